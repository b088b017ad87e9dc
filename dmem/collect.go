package dmem

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/internal/invariant"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// collector takes the completed accesses of all nodes, round by round, and sorts them into
// the result. What nodes share is counted by worker and summed at the end: the sums are of
// integers, so the order does not matter.
type collector struct {
	config  *Config
	result  *Result
	probe   *Probe
	start   units.Time // of the first window of the time series that is being filled
	tallies []tally    // by worker
}

// tally is what one worker has counted.
type tally struct {
	all   uint64
	last  units.Time  // completion so far
	live  []*frame    // windows of the time series being filled: completions become known a little ahead of time
	spare []*frame    // empty
	pools []poolTally // by pool
	_     [64]byte
}

type poolTally struct {
	memory Latency
	queue  stats.Mean
}

// frame is a window of the time series being filled.
type frame struct {
	count  uint64
	groups []frameGroup // by workload
}

type frameGroup struct {
	classes [4]stats.Samples // local read, local write, remote read, remote write
	memory  stats.Mean       // time in the pools' memory
}

func newCollector(c *Config, r *Result, p *Probe) *collector {
	r.Active.Groups = make([]Sample, len(c.Workloads))
	k := &collector{config: c, result: r, probe: p}
	k.share(1)
	return k
}

// share makes a tally for each worker; nothing has been counted yet.
func (k *collector) share(workers int) {
	k.tallies = make([]tally, workers)
	for w := range k.tallies {
		k.tallies[w].pools = make([]poolTally, k.config.Pools)
	}
}

// all returns how many accesses have been completed.
func (k *collector) all() uint64 {
	var n uint64
	for w := range k.tallies {
		n += k.tallies[w].all
	}
	return n
}

// last returns the time of the last completion.
func (k *collector) last() units.Time {
	var t units.Time
	for w := range k.tallies {
		t = max(t, k.tallies[w].last)
	}
	return t
}

// tell tells the probe what the nodes have completed of what they issued before a time, node
// by node.
func (k *collector) tell(nodes []node, before units.Time) {
	f := k.probe.OnComplete
	if f == nil {
		return
	}
	for i := range nodes {
		n := &nodes[i]
		for j := range n.done {
			if a := &n.flights.slots[n.done[j]].Access; a.Issue < before {
				f(a)
			}
		}
	}
}

// take records what a node has completed of what it issued before a time in the tally of a
// worker. All nodes have been simulated up to that time, so that it is known which of those
// accesses they issued while all were active.
func (k *collector) take(worker int, n *node, before units.Time) {
	t := &k.tallies[worker]
	later := n.done[:0]
	for _, j := range n.done {
		a := &n.flights.slots[j].Access
		if a.Issue >= before {
			later = append(later, j)
			continue
		}
		k.record(t, n, a)
		n.flights.release(j)
	}
	t.all += uint64(len(n.done) - len(later))
	t.last = max(t.last, n.end)
	n.done = later
}

func (k *collector) record(t *tally, n *node, a *Access) {
	if invariant.Enabled && a.Stages.Total() != a.Done-a.Issue {
		panic(fmt.Sprintf("dmem: broken invariant: stages %v of %+v do not sum to its latency", a.Stages, a))
	}
	n.end = max(n.end, a.Done)
	if a.Issue < k.config.Replay.Warmup {
		return
	}
	sample := &k.result.Nodes[n.id].Sample
	if a.Issue < k.result.Active.To && a.Issue >= k.result.Active.From {
		sample = &n.active
	}
	sample.record(a)
	f := t.frame(a.Done-k.start, k.config)
	f.count++
	g := &f.groups[n.group]
	class := 0
	if a.Remote {
		memory := a.Stages[mem.PoolQueue] + a.Stages[mem.DRAM]
		g.memory.Add(memory)
		p := &t.pools[a.Pool]
		p.memory.of(a.Write).Record(memory)
		p.queue.Add(a.Stages[mem.PoolQueue])
		class = 2
	}
	if a.Write {
		class++
	}
	g.classes[class].Record(a.Done - a.Issue)
}

// frame returns the window that holds a time after the start of the first that is being
// filled.
func (t *tally) frame(after units.Time, c *Config) *frame {
	i := 0
	for ; after >= c.Window; after -= c.Window { // a few at most, which takes less than a division
		i++
	}
	for len(t.live) <= i {
		if n := len(t.spare); n > 0 {
			t.live, t.spare = append(t.live, t.spare[n-1]), t.spare[:n-1]
		} else {
			t.live = append(t.live, &frame{groups: make([]frameGroup, len(c.Workloads))})
		}
	}
	return t.live[i]
}

// passed closes the windows of the time series that end at now or before; all completions
// before now have been taken.
func (k *collector) passed(now units.Time) {
	for k.filling() && now >= k.start+k.config.Window {
		k.shut()
	}
	if !k.filling() {
		k.start = now - now%k.config.Window
	}
}

// filling reports whether a window of the time series is being filled.
func (k *collector) filling() bool {
	for w := range k.tallies {
		if len(k.tallies[w].live) > 0 {
			return true
		}
	}
	return false
}

// close closes all windows and completes the pools' results.
func (k *collector) close() {
	for k.filling() {
		k.shut()
	}
	for w := range k.tallies {
		for i := range k.tallies[w].pools {
			t, p := &k.tallies[w].pools[i], &k.result.Pools[i]
			p.Memory.Merge(&t.memory)
			p.Queue.Merge(t.queue)
		}
	}
}

// shut adds the first window that is being filled to the result, if anything completed in
// it.
func (k *collector) shut() {
	var whole *frame
	for w := range k.tallies {
		t := &k.tallies[w]
		if len(t.live) == 0 {
			continue
		}
		f := t.live[0]
		t.live = append(t.live[:0], t.live[1:]...)
		t.spare = append(t.spare, f)
		if f.count == 0 {
			continue
		}
		if whole == nil {
			whole = f
			continue
		}
		whole.merge(f)
		f.reset()
	}
	if whole != nil {
		k.result.Windows = append(k.result.Windows, whole.window(k.start))
		whole.reset()
	}
	k.start += k.config.Window
}

// merge adds the accesses of o.
func (f *frame) merge(o *frame) {
	f.count += o.count
	for g := range f.groups {
		to, from := &f.groups[g], &o.groups[g]
		to.memory.Merge(from.memory)
		for c := range to.classes {
			to.classes[c].Merge(&from.classes[c])
		}
	}
}

// reset empties the frame and keeps its memory.
func (f *frame) reset() {
	f.count = 0
	for g := range f.groups {
		f.groups[g].memory = stats.Mean{}
		for c := range f.groups[g].classes {
			f.groups[g].classes[c].Reset()
		}
	}
}

// window returns what the frame holds.
func (f *frame) window(start units.Time) Window {
	w := Window{Start: start, Groups: make([]WindowGroup, len(f.groups))}
	for g := range w.Groups {
		from := &f.groups[g]
		s := &from.classes
		w.Groups[g] = WindowGroup{s[0].Brief(), s[1].Brief(), s[2].Brief(), s[3].Brief(), from.memory}
	}
	return w
}
