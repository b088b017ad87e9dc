package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// Preset is a named configuration.
type Preset struct {
	Name    string
	Summary string
	New     func() Config // returns a fresh value
}

// Presets returns all presets, in the order of their names.
func Presets() []Preset {
	return []Preset{
		{"dracksim", "the peer simulator DRackSim-Trace with its constants and unit mistakes: 8 nodes, 2 pools", DRackSim},
		{"paper", "the paper's rack, Table II: 64 nodes, 6 pools of 32 GiB", Paper},
		{"scaled", "the paper's rack with its four workloads, sizes divided by 64; scaled:S by S: 1, 4, 16, 64 or 256", func() Config { return Scaled(64) }},
		{"small", "the paper's rack in small: 8 nodes, 2 pools of 4 GiB, a run takes seconds", Small},
	}
}

// ddr4 is the memory of every preset. The paper names no part; this is the peer
// simulator's DDR4-2400 x16.
func ddr4(front dram.Front) Memory {
	d := dram.DDR4_2400()
	return Memory{Front: front, Device: d.Device, System: d.System}
}

// Paper returns the paper's rack [Paper §V, Table II]: 64 nodes with 256 MB, 6 pools of
// 32 GB, random pools with alternate pages as in its Figure 2. It has no workload: the
// caller adds traces.
//
// What the table leaves open is assumed, and [fabric.Default] says so line by line; GB is
// read as GiB, pages are 4 KiB, and write-backs are off since the authors' tracer has none.
func Paper() Config {
	return Config{
		Seed:  1,
		Nodes: 64, // Paper §V
		Pools: 6,  // Paper §V
		Replay: Replay{
			Loop:        Open,
			Outstanding: 4, // ours: the paper does not close the loop
			WriteBuffer: 8, // ours: likewise
			Stretch:     1,
			Offset:      OffsetNone,
		},
		Placement:   place.Alternate,  // Paper §IV-A
		Pool:        pool.Random,      // Paper §IV-A
		LocalMemory: 256 * units.MiB,  // Table II
		PoolMemory:  32 * units.GiB,   // Table II
		Chunk:       4 * units.MiB,    // Paper §IV-A
		MMU:         mmu.Default(),    // 4 KiB pages; faults cost nothing, as in the paper
		Fabric:      fabric.Default(), // Table II
		LocalDRAM:   ddr4(dram.FrontFIFO),
		PoolDRAM:    ddr4(dram.FrontFIFO),
		Window:      1250 * units.Microsecond, // 1.5 M cycles of 1.2 GHz, Figure 2(d)
	}
}

// Scaled returns the paper's rack with the four workloads of its Table I, 16 nodes each:
// node i replays workload i modulo 4. Footprints, caches, fills, local memory, chunk and
// window are divided by s together; pools and their ranks are as they are. It replays fills
// only, in the open loop, at the tracer's stamps. Scaled(1) is the paper's size: 1.37 billion
// accesses.
//
// Nothing is stretched or staggered yet: as it is, the demand is more than the pools can
// serve. s is a power of four, 1 to 256; [Config.Validate] refuses any other.
func Scaled(s int) Config {
	c := Paper()
	divisor := units.Bytes(max(s, 1))
	c.LocalMemory /= divisor
	c.Chunk /= divisor
	c.Window /= units.Time(divisor)
	for _, row := range workload.TableI(1) {
		c.Workloads = append(c.Workloads, Workload{
			Name:    row.Name,
			Program: &Program{Name: row.Name, Divide: s, Timing: TimingTracer},
		})
	}
	return c
}

// Small returns the paper's rack with 8 nodes, 2 pools of 4 GiB, 16 MiB of local memory and
// chunks of 256 KiB, and four synthetic workloads: a stream, a stride, random lines and a
// pointer chase. A run takes a second or two; for first steps, tutorials and tests.
func Small() Config {
	c := Paper()
	c.Nodes, c.Pools = 8, 2
	c.PoolMemory = 4 * units.GiB
	c.LocalMemory = 16 * units.MiB
	c.Chunk = 256 * units.KiB
	c.Window = 100 * units.Microsecond
	for i, p := range []trace.Pattern{trace.Stream, trace.Strided, trace.Random, trace.Chase} {
		s := trace.DefaultSynthetic()
		s.Pattern = p
		s.Records = 50_000
		s.Footprint = 48 * units.MiB
		if p == trace.Strided {
			s.Stride = 320 * units.Byte
		}
		s.Arrivals = trace.Poisson
		s.MeanGap = 60 // cycles; near the knee of the two pool links
		s.Seed = uint64(i + 1)
		c.Workloads = append(c.Workloads, Workload{Name: p.String(), Synthetic: &s})
	}
	return c
}

// DRackSim returns the peer simulator's model of the rack with its constants, unit mistakes
// taken as given: cycles of 3.6 GHz, a NIC that takes a packet every 13 cycles, link
// serialisation computed in nanoseconds and counted in cycles, packet sizes that do not
// depend on the direction of the data, and a memory clocked in every third cycle. Its
// memories always accept; stores are replayed as writes. It has no workload.
//
// The memories hold 2 GiB, one rank, as in the reference runs this preset is tested with.
func DRackSim() Config {
	cpu := units.MustClock(3600 * units.MHz)
	cycles := func(n units.Cycles) units.Time { return cpu.At(n) }
	c := Paper()
	c.Nodes, c.Pools = 8, 2
	c.LocalMemory = 16 * units.MiB
	c.PoolMemory = 2 * units.GiB
	c.Pool = pool.RoundRobin
	c.Replay.Stores = StoresWrite
	c.Replay.WriteBacks = true
	c.LocalDRAM, c.PoolDRAM = ddr4(dram.FrontPend), ddr4(dram.FrontPend)
	c.LocalDRAM.Phase = cycles(2) // clocked in cycles 2, 5, 8, ...
	c.PoolDRAM.Phase = cycles(2)
	// 64 B take 5 cycles to the switch and 1 from it, 128 B twice as long; each packet
	// occupies a cycle more.
	link := func(n units.BitRate) fabric.Link {
		return fabric.Link{Rate: 512 * 3600 * units.Mbps / n, Gap: cycles(1), Propagation: cycles(18)}
	}
	c.Fabric = fabric.Config{
		PacketPrep: fabric.Stage{Delay: cycles(44)},
		RMAC:       fabric.Stage{Delay: cycles(12), Interval: cycles(13)},
		RMACLink:   link(5),
		Switch:     fabric.Stage{Delay: cycles(12 + 3)}, // processing and crossbar
		SwitchLink: link(1),
		Sizes: fabric.Sizes{
			ReadRequest: 64 * units.Byte, ReadResponse: 128 * units.Byte,
			WriteRequest: 64 * units.Byte, WriteAck: 128 * units.Byte,
		},
		RMACQueue:    units.MiB,
		RMACBuffer:   units.MiB,
		PortBuffer:   7 * units.MiB,
		CreditReturn: cycles(162), // ours, as in the paper's preset: the peer looks into the next queue
	}
	return c
}
