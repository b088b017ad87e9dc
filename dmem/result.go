package dmem

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Result is what a run measured. Latencies are those of accesses issued after the warm-up.
type Result struct {
	Config    Config
	Simulated units.Time // up to the last completion
	Accesses  uint64     // completed, warm-up included

	Total   Sample                // of the whole rack
	Groups  []GroupResult         // by workload, in the order of Config.Workloads
	Nodes   []NodeResult          // by node
	Pools   []PoolResult          // by pool
	Windows []Window              // by window of time
	Grants  []manager.GrantRecord // all chunk grants, in order
	Active  Active                // while all nodes were active
}

// GroupResult is the sample of the nodes that replay one workload.
type GroupResult struct {
	Name string
	Sample
}

// NodeResult is the sample of one node.
type NodeResult struct {
	ID    mem.NodeID
	Group int // index into Result.Groups
	Sample
	Issued             uint64
	First, Last        units.Time // issue of its first and last access
	End                units.Time // when the last of its accesses to complete did so
	LocalPages         uint64
	RemotePages        uint64
	LocalFullAt        units.Time // when its local memory was used up; [units.Never] if it was not
	DRAM               dram.Stats
	LinkOutUtilization float64 // of the link to the switch, 0 to 1
	LinkInUtilization  float64 // of the link from the switch, 0 to 1
	DRAMUtilization    float64 // of the data bus, 0 to 1
}

// PoolResult is what one pool served.
type PoolResult struct {
	ID                 mem.PoolID
	Memory             Latency    // from the RMAC's admission to the end of the DRAM access
	Queue              stats.Mean // the part of it before the memory controller took the request
	Chunks             int        // granted
	Free               units.Bytes
	Arrivals           stats.Counts // requests that arrived, by window of time, warm-up included
	DRAM               dram.Stats
	DRAMUtilization    float64 // of the data bus, 0 to 1
	LinkInUtilization  float64 // of the link from the switch, 0 to 1
	LinkOutUtilization float64 // of the link to the switch, 0 to 1
}

// Latency holds the latencies of reads and writes apart.
type Latency struct {
	Read, Write stats.Hist
}

// All returns the latencies of reads and writes together.
func (l *Latency) All() *stats.Hist {
	var h stats.Hist
	h.Merge(&l.Read)
	h.Merge(&l.Write)
	return &h
}

// Count returns the number of reads and writes.
func (l *Latency) Count() uint64 { return l.Read.Count + l.Write.Count }

// of returns the histogram of reads or of writes.
func (l *Latency) of(write bool) *stats.Hist {
	if write {
		return &l.Write
	}
	return &l.Read
}

// Merge adds the latencies of o.
func (l *Latency) Merge(o *Latency) {
	l.Read.Merge(&o.Read)
	l.Write.Merge(&o.Write)
}

// Sample is a set of accesses: their latencies, and the time they spent in each stage.
type Sample struct {
	Local, Remote             Latency
	LocalStages, RemoteStages mem.Breakdown // sums over the accesses
}

func (s *Sample) record(a *Access) {
	l, stages := &s.Local, &s.LocalStages
	if a.Remote {
		l, stages = &s.Remote, &s.RemoteStages
	}
	l.of(a.Write).Record(a.Done - a.Issue)
	for i := range stages {
		stages[i] += a.Stages[i]
	}
}

// Merge adds the accesses of o.
func (s *Sample) Merge(o *Sample) {
	s.Local.Merge(&o.Local)
	s.Remote.Merge(&o.Remote)
	for i := range s.LocalStages {
		s.LocalStages[i] += o.LocalStages[i]
		s.RemoteStages[i] += o.RemoteStages[i]
	}
}

// Overall returns the latencies of local and remote accesses together.
func (s *Sample) Overall() *Latency {
	var l Latency
	l.Merge(&s.Local)
	l.Merge(&s.Remote)
	return &l
}

// Count returns the number of accesses.
func (s *Sample) Count() uint64 { return s.Local.Count() + s.Remote.Count() }

// stageMeanNs returns the mean time a remote access spent in the given stages together, in
// nanoseconds; NaN without remote accesses.
func (s *Sample) stageMeanNs(stages ...mem.Stage) float64 {
	n := s.Remote.Count()
	if n == 0 {
		return math.NaN()
	}
	var sum units.Time
	for _, i := range stages {
		sum += s.RemoteStages[i]
	}
	return sum.Nanoseconds() / float64(n)
}

// RequestMeanNs returns the mean time of a remote access from its issue to its admission
// to the pool's memory, in nanoseconds; NaN without remote accesses.
func (s *Sample) RequestMeanNs() float64 {
	return s.stageMeanNs(mem.Translate, mem.Source, mem.RMAC, mem.Link, mem.Switch)
}

// PoolMeanNs returns the mean time of a remote access in the pool's memory, its queue
// included, in nanoseconds: the remote latency without the network. NaN without remote
// accesses.
func (s *Sample) PoolMeanNs() float64 { return s.stageMeanNs(mem.PoolQueue, mem.DRAM) }

// ResponseMeanNs returns the mean time of a remote access from the DRAM back to the node,
// in nanoseconds; NaN without remote accesses.
func (s *Sample) ResponseMeanNs() float64 { return s.stageMeanNs(mem.Return) }

// Active is the interval in which all nodes are active: from the first access of the node
// that begins last to the last access of the node that ends first. In it the load is even;
// numbers of the whole run also hold the time in which only the longest trace runs.
type Active struct {
	From, To units.Time
	Total    Sample   // accesses issued in the interval, after the warm-up
	Groups   []Sample // by workload
	// Mean utilisation over all pools in the interval, to within a window of the engine.
	DRAMUtilization, LinkInUtilization, LinkOutUtilization float64
}

// Window is one window of the time series: the time from Start on, [Config.Window] long.
type Window struct {
	Start  units.Time
	Groups []WindowGroup // by workload
}

// WindowGroup is what the accesses of a group that completed in a window were like.
type WindowGroup struct {
	LocalRead, LocalWrite, RemoteRead, RemoteWrite stats.Brief
	PoolMemory                                     stats.Mean // the part of the remote latencies in the pools' memory, its queue included
}

// All returns the mean over all accesses of the group in the window.
func (w *WindowGroup) All() stats.Mean {
	m := w.LocalRead.Mean
	m.Merge(w.LocalWrite.Mean)
	m.Merge(w.RemoteRead.Mean)
	m.Merge(w.RemoteWrite.Mean)
	return m
}

// Remote returns the mean over the remote accesses of the group in the window.
func (w *WindowGroup) Remote() stats.Mean {
	m := w.RemoteRead.Mean
	m.Merge(w.RemoteWrite.Mean)
	return m
}
