package dmem

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/internal/invariant"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// collector takes the completed accesses of all nodes, one window of the engine after the
// other and node by node, and sorts them into the result.
type collector struct {
	config *Config
	result *Result
	probe  *Probe
	live   []*frame   // windows of the time series being filled: completions become known a little ahead of time
	spare  []*frame   // empty
	start  units.Time // of the window in live[0]
	all    uint64
	last   units.Time // completion so far
}

// frame is a window of the time series being filled.
type frame struct {
	count  uint64
	groups []frameGroup // by workload
}

type frameGroup struct {
	classes [4]stats.Hist // local read, local write, remote read, remote write
	memory  stats.Mean    // time in the pools' memory
}

func newCollector(c *Config, r *Result, p *Probe) *collector {
	r.Active.Groups = make([]Sample, len(c.Workloads))
	return &collector{config: c, result: r, probe: p}
}

// take records what the nodes have completed.
func (k *collector) take(nodes []node) {
	for i := range nodes {
		n := &nodes[i]
		for j := range n.done {
			k.record(&n.done[j])
		}
		n.done = n.done[:0]
	}
}

func (k *collector) record(a *Access) {
	if invariant.Enabled && a.Stages.Total() != a.Done-a.Issue {
		panic(fmt.Sprintf("dmem: broken invariant: stages %v of %+v do not sum to its latency", a.Stages, a))
	}
	k.all++
	k.last = max(k.last, a.Done)
	if f := k.probe.OnComplete; f != nil {
		f(a)
	}
	if a.Issue < k.config.Replay.Warmup {
		return
	}
	group := k.config.group(a.Node)
	k.result.Nodes[a.Node].record(a)
	if a.Issue < k.result.Active.To && a.Issue >= k.result.Active.From {
		k.result.Active.Groups[group].record(a)
	}
	f := k.frame(int((a.Done - k.start) / k.config.Window))
	f.count++
	g := &f.groups[group]
	class := 0
	if a.Remote {
		memory := a.Stages[mem.PoolQueue] + a.Stages[mem.DRAM]
		g.memory.Add(memory)
		p := &k.result.Pools[a.Pool]
		p.Memory.of(a.Write).Record(memory)
		p.Queue.Add(a.Stages[mem.PoolQueue])
		class = 2
	}
	if a.Write {
		class++
	}
	g.classes[class].Record(a.Done - a.Issue)
}

// frame returns the i-th window that is being filled.
func (k *collector) frame(i int) *frame {
	for len(k.live) <= i {
		f := &frame{groups: make([]frameGroup, len(k.config.Workloads))}
		if n := len(k.spare); n > 0 {
			f, k.spare = k.spare[n-1], k.spare[:n-1]
		}
		k.live = append(k.live, f)
	}
	return k.live[i]
}

// passed closes the windows of the time series that end at now or before; all completions
// before now have been taken.
func (k *collector) passed(now units.Time) {
	for len(k.live) > 0 && now >= k.start+k.config.Window {
		k.shut()
	}
	if len(k.live) == 0 {
		k.start = now - now%k.config.Window
	}
}

// close closes all windows.
func (k *collector) close() {
	for len(k.live) > 0 {
		k.shut()
	}
}

// shut adds the first window that is being filled to the result, if anything completed in
// it.
func (k *collector) shut() {
	f := k.live[0]
	if f.count > 0 {
		w := Window{Start: k.start, Groups: make([]WindowGroup, len(f.groups))}
		for g := range w.Groups {
			from := &f.groups[g]
			h := &from.classes
			w.Groups[g] = WindowGroup{brief(&h[0]), brief(&h[1]), brief(&h[2]), brief(&h[3]), from.memory}
			for c := range h {
				h[c].Reset()
			}
			from.memory = stats.Mean{}
		}
		k.result.Windows = append(k.result.Windows, w)
	}
	f.count = 0
	k.spare = append(k.spare, f)
	k.live = append(k.live[:0], k.live[1:]...)
	k.start += k.config.Window
}
