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
	// Histograms of the window of the time series that is being filled and of the next one:
	// completions become known a little ahead of time. By group, then by class.
	live  [2][][4]stats.Hist
	start units.Time // of the window in live[0]
	all   uint64
	last  units.Time // completion so far
}

func newCollector(c *Config, r *Result, p *Probe) *collector {
	k := &collector{config: c, result: r, probe: p}
	for i := range k.live {
		k.live[i] = make([][4]stats.Hist, len(c.Workloads))
	}
	r.Active.Groups = make([]Sample, len(c.Workloads))
	return k
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
	class := 0
	if a.Remote {
		p := &k.result.Pools[a.Pool]
		p.Memory.of(a.Write).Record(a.Stages[mem.PoolQueue] + a.Stages[mem.DRAM])
		p.Queue.Add(a.Stages[mem.PoolQueue])
		class = 2
	}
	if a.Write {
		class++
	}
	live := 0
	if a.Done >= k.start+k.config.Window {
		live = 1
	}
	k.live[live][group][class].Record(a.Done - a.Issue)
}

// passed closes the windows of the time series that end at now or before.
func (k *collector) passed(now units.Time) {
	for now >= k.start+k.config.Window {
		k.shut()
	}
}

// close closes the windows that have begun.
func (k *collector) close() {
	for k.last > k.start {
		k.shut()
	}
}

func (k *collector) shut() {
	w := Window{Start: k.start, Groups: make([]WindowGroup, len(k.live[0]))}
	for g := range w.Groups {
		h := &k.live[0][g]
		w.Groups[g] = WindowGroup{brief(&h[0]), brief(&h[1]), brief(&h[2]), brief(&h[3])}
		for c := range h {
			h[c].Reset()
		}
	}
	k.result.Windows = append(k.result.Windows, w)
	k.live[0], k.live[1] = k.live[1], k.live[0]
	k.start += k.config.Window
}
