package experiment

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// DesignDivisor is what the paper's rack is divided by at small scale in the questions of
// design and in [Slowdowns], which need many runs. Pages are divided too, by 16, so that a
// chunk of 4 MB is 64 pages and one of 64 KB still a page.
const DesignDivisor = 256

// designDivisor returns the divisor of a scale; see [DesignDivisor].
func designDivisor(scale string) (int, error) {
	if scale == "" || scale == "small" {
		return DesignDivisor, nil
	}
	return Divisor(scale)
}

// Design is a rack of other proportions than the paper's, and what a run on it measured.
type Design struct {
	Machine      Machine
	Pair         Pair
	Nodes, Pools int
	Stretch      float64     // of the tracer's stamps: a smaller one is more demand
	Chunk, Local units.Bytes // at the paper's size
	Lookup       units.Time  // of the pool's address at the RMAC, a remote access
	Result       *dmem.Result

	divisor int
}

// paperDesign returns the paper's chunk, local memory and best pair of policies on some nodes
// and pools.
func paperDesign(m Machine, nodes, pools int, stretch float64) Design {
	p := dmem.Paper()
	return Design{Machine: m, Pair: Pair{place.Alternate, pool.SmartIdle}, Nodes: nodes, Pools: pools, Stretch: stretch, Chunk: p.Chunk, Local: p.LocalMemory}
}

func (d *Design) config(divisor int, seed uint64) dmem.Config {
	c := Rack(divisor, d.Machine, d.Pair, seed)
	c.Replay.Stretch, c.Replay.Stagger = d.Stretch, units.Time(d.Stretch*float64(designStarts/units.Time(divisor)))
	c.Nodes, c.Pools = d.Nodes, d.Pools
	c.Chunk, c.LocalMemory = d.Chunk/units.Bytes(divisor), d.Local/units.Bytes(divisor)
	c.MMU.PageSize /= units.Bytes(min(divisor, 16))
	c.MMU.RMACLookup = d.Lookup
	return c
}

// runDesigns makes a run of each design.
func runDesigns(ctx context.Context, o Options, what string, all []Design) ([]Design, error) {
	divisor, err := designDivisor(o.Scale)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for i := range all {
		d := &all[i]
		d.divisor = divisor
		runs = append(runs, Run{
			Name:   fmt.Sprintf("%s: %s, %s, %d nodes, %d pools, stretch %v, chunks of %v, %v local", what, d.Machine.Name, d.Pair, d.Nodes, d.Pools, d.Stretch, d.Chunk, d.Local),
			Config: d.config(divisor, o.seed()),
		})
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap(what, err)
	}
	for i := range all {
		all[i].Result = results[i]
	}
	return all, nil
}

// PoolNumbers runs 12 nodes with 1 to 4 pools at two demands, on both machines: the paper
// promises "a correlation between the compute node's workload demands and the number of
// memory pools" [Paper §III-A].
func PoolNumbers(ctx context.Context, o Options) ([]Design, error) {
	var all []Design
	for _, m := range Machines() {
		for _, stretch := range []float64{1, 2} {
			for pools := 1; pools <= 4; pools++ {
				all = append(all, paperDesign(m, 12, pools, stretch))
			}
		}
	}
	return runDesigns(ctx, o, "number of pools", all)
}

// NodesPerPool runs 4 and 8 nodes a pool with 1, 2 and 4 pools on the machine whose
// memory binds: whether a large rack does better than a small one of the same proportions.
func NodesPerPool(ctx context.Context, o Options) ([]Design, error) {
	var all []Design
	for _, ratio := range []int{4, 8} {
		for _, pools := range []int{1, 2, 4} {
			all = append(all, paperDesign(MemoryBound(), ratio*pools, pools, moderate))
		}
	}
	return runDesigns(ctx, o, "nodes per pool", all)
}

// The load of the questions of design, which is not that of the figures: each has a stretch of
// its own, so that few nodes load few pools.
const (
	// moderate, on 8 nodes a pool, is three quarters of the load that a pool of the paper's rack
	// has at [Stretch] at small scale.
	moderate = 1.5
	// designStarts is the time over which the starts of the nodes are spread at the paper's size
	// and a stretch of 1: about a quarter of a run.
	designStarts = 375 * units.Millisecond
)

// LocalSizes runs local memories from 64 MB to 2 GB with both page placements, 16 nodes and 2
// pools of the machine whose memory binds.
func LocalSizes(ctx context.Context, o Options) ([]Design, error) {
	var all []Design
	for _, p := range []place.Policy{place.LocalFirst, place.Alternate} {
		for _, size := range []units.Bytes{64, 256, 1024, 2048} {
			d := paperDesign(MemoryBound(), 16, 2, moderate)
			d.Pair.Placement, d.Local = p, size*units.MiB
			all = append(all, d)
		}
	}
	return runDesigns(ctx, o, "local memory", all)
}

// ChunkSizes runs chunks from 64 KB to 64 MB with random and with smart-idle pools, 16 nodes
// and 2 pools of the machine whose memory binds, not stretched, so that the pools are near
// what they can serve and balance counts. Each remote access waits for the search of a [MappingTable] for the
// largest program.
func ChunkSizes(ctx context.Context, o Options) ([]Design, error) {
	var all []Design
	for _, p := range []pool.Policy{pool.Random, pool.SmartIdle} {
		for size := 64 * units.KiB; size <= 64*units.MiB; size *= 4 {
			d := paperDesign(MemoryBound(), 16, 2, 1)
			d.Pair.Pool, d.Chunk, d.Lookup = p, size, NewMappingTable(size).Searched
			all = append(all, d)
		}
	}
	return runDesigns(ctx, o, "chunk size", all)
}

// MappingTable is the table of chunks at a node's RMAC, for the largest program of Table I. An
// entry is an assumption of ours: 8 bytes, for the pool and the chunk's place in it. So is the
// time of a read: that of the smallest of the paper's caches (Table II) that holds the whole
// table.
type MappingTable struct {
	Chunk    units.Bytes
	Entries  int
	Size     units.Bytes
	Manager  units.Bytes // the table of all chunks of the paper's pools, at the global manager
	Indexed  units.Time  // a look-up in an array in the order of addresses: one read
	Searched units.Time  // a binary search: a read for each halving
}

const mappingEntry = 8 * units.Byte

// NewMappingTable returns the table for chunks of the given size.
func NewMappingTable(chunk units.Bytes) MappingTable {
	var largest units.Bytes
	for _, row := range workload.TableI(1) {
		largest = max(largest, row.Footprint)
	}
	p := dmem.Paper()
	chunks := func(b units.Bytes) units.Bytes { return (b + chunk - 1) / chunk }
	t := MappingTable{Chunk: chunk, Entries: int(chunks(largest - p.LocalMemory)), Manager: units.Bytes(p.Pools) * chunks(p.PoolMemory) * mappingEntry}
	t.Size = units.Bytes(t.Entries) * mappingEntry
	t.Indexed = readTime(t.Size)
	t.Searched = t.Indexed * units.Time(bits.Len(uint(t.Entries-1)))
	return t
}

// readTime returns the latency of the smallest of Table II's caches that holds a table.
func readTime(size units.Bytes) units.Time {
	n, t := frontend.TableII(), frontend.ComputeTime()
	cycles := t.L3 // 16 MiB
	switch {
	case size <= n.L1D.Size:
		cycles = t.L1
	case size <= n.L2.Size:
		cycles = t.L2
	}
	return n.Clock.At(cycles)
}

// DemandGBs returns the payload that a node asks of the pools while all nodes are active, in
// 10^9 bytes a second.
func (d *Design) DemandGBs() float64 {
	a := &d.Result.Active
	return float64(a.Total.Remote.Count()) * float64(mem.LineSize) / (a.To - a.From).Seconds() / 1e9 / float64(d.Nodes)
}

// RemoteMeanNs returns the mean latency of remote accesses while all nodes are active.
func (d *Design) RemoteMeanNs() float64 { return d.Result.Active.Total.Remote.All().Ns() }

// MeanNs returns the mean latency of all accesses while all nodes are active.
func (d *Design) MeanNs() float64 { return d.Result.Active.Total.Overall().All().Ns() }

// RemoteP99Ns returns the 99th percentile of the latency of remote accesses while all nodes
// are active.
func (d *Design) RemoteP99Ns() float64 { return d.Result.Active.Total.Remote.All().QuantileNs(0.99) }

// RemotePercent returns the share of accesses that are remote while all nodes are active.
func (d *Design) RemotePercent() float64 {
	t := &d.Result.Active.Total
	return sharePercent(t.Remote.Count(), t.Count())
}

// BusyPercent returns the mean utilisation of what binds the machine, while all nodes are
// active: of the data bus where a pool has one rank, else of the link to the switch. A single
// rank is used up when its bus is busy for little more than a third of the time: its banks are
// what is slow.
func (d *Design) BusyPercent() float64 {
	if poolRanks(&d.Result.Config) == 1 {
		return 100 * d.Result.Active.DRAMUtilization
	}
	return 100 * d.Result.Active.LinkOutUtilization
}

// ImbalancePercent returns the difference between the most and the least accessed pool, a mean
// over windows of time, in per cent of a pool's mean.
func (d *Design) ImbalancePercent() float64 { return imbalance(d.Result) }

// Entries returns the largest number of chunks that a node was granted.
func (d *Design) Entries() int {
	most := 0
	chunks := make([]int, d.Nodes)
	for _, g := range d.Result.Grants {
		chunks[g.Node]++
		most = max(most, chunks[g.Node])
	}
	return most
}

// Stranded returns the remote memory that was granted and never used at the end of the run, a
// mean over the nodes at the paper's size, and the share of it in what was granted, in per
// cent.
func (d *Design) Stranded() (units.Bytes, float64) {
	c := &d.Result.Config
	granted := units.Bytes(len(d.Result.Grants)) * c.Chunk
	used := units.Bytes(0)
	for i := range d.Result.Nodes {
		used += units.Bytes(d.Result.Nodes[i].RemotePages) * c.MMU.PageSize
	}
	return (granted - used) * units.Bytes(d.divisor) / units.Bytes(d.Nodes), sharePercent(uint64(granted-used), uint64(granted))
}

// DesignTable returns a row a design: its proportions, latencies while all nodes are active,
// and beside them the load.
func DesignTable(title string, all []Design) *stats.Table {
	t := stats.NewTable(title,
		stats.Column{Name: "machine"}, stats.Column{Name: "pool_policy"}, stats.Column{Name: "placement"},
		stats.Column{Name: "nodes"}, stats.Column{Name: "pools"}, stats.Column{Name: "stretch"},
		stats.Column{Name: "chunk", Unit: "KiB"}, stats.Column{Name: "local_memory", Unit: "MiB"},
		stats.Column{Name: "demand_a_node", Unit: "GB/s"}, stats.Column{Name: "remote", Unit: "%"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "remote_mean", Unit: "ns"}, stats.Column{Name: "remote_p99", Unit: "ns"},
		stats.Column{Name: "lookup", Unit: "ns"}, stats.Column{Name: "network_wait", Unit: "ns"}, stats.Column{Name: "memory_wait", Unit: "ns"},
		stats.Column{Name: "pool_link_out", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"},
		stats.Column{Name: "imbalance", Unit: "%"}, stats.Column{Name: "chunk_spread", Unit: "%"},
		stats.Column{Name: "entries"}, stats.Column{Name: "stranded", Unit: "MiB"}, stats.Column{Name: "stranded_share", Unit: "%"})
	for i := range all {
		d := &all[i]
		r := d.Result
		network, memory := waitsNs(r, &r.Active.Total)
		stranded, share := d.Stranded()
		t.Append(d.Machine.Name, d.Pair.Pool.Name, d.Pair.Placement.Name, d.Nodes, d.Pools, d.Stretch,
			float64(d.Chunk)/float64(units.KiB), float64(d.Local)/float64(units.MiB),
			d.DemandGBs(), d.RemotePercent(), d.MeanNs(), d.RemoteMeanNs(), d.RemoteP99Ns(),
			d.Lookup.Nanoseconds(), network-d.Lookup.Nanoseconds(), memory,
			100*r.Active.LinkOutUtilization, 100*r.Active.DRAMUtilization,
			d.ImbalancePercent(), chunkSpread(r), d.Entries(), float64(stranded)/float64(units.MiB), share)
	}
	return t
}

// MappingTables returns a row a chunk size from 64 KB to 64 MB.
func MappingTables() *stats.Table {
	t := stats.NewTable("The table of chunks at a node's RMAC, for the largest program",
		stats.Column{Name: "chunk", Unit: "KiB"}, stats.Column{Name: "entries"}, stats.Column{Name: "size", Unit: "KiB"}, stats.Column{Name: "at_the_manager", Unit: "KiB"},
		stats.Column{Name: "indexed", Unit: "ns"}, stats.Column{Name: "searched", Unit: "ns"})
	for size := 64 * units.KiB; size <= 64*units.MiB; size *= 4 {
		m := NewMappingTable(size)
		kib := float64(units.KiB)
		t.Append(float64(size)/kib, m.Entries, float64(m.Size)/kib, float64(m.Manager)/kib, m.Indexed.Nanoseconds(), m.Searched.Nanoseconds())
	}
	return t
}
