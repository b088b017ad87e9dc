package experiment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const (
	// Scale divides local memory, chunk and window of the paper's rack: the footprints in
	// data/traces are 7 to 12 MiB, those of the paper 0.57 to 3.2 GB, 1.9 GB on average.
	Scale = 128

	// TargetLoad is the criterion of the calibration: the mean demand on the links of the
	// pools, as a share of their rate, while all nodes are active.
	TargetLoad = 0.8
)

// Options are what all experiments take. The zero value does not work: Data must be set.
type Options struct {
	Data     string                // the project's folder "data"
	Scale    string                // "small", or "" for it; "paper" is for [TableI] only so far
	Seed     uint64                // 0 stands for 1
	Progress func(done, total int) // may be nil; called often, from one goroutine at a time
}

func (o *Options) validate() error {
	switch o.Scale {
	case "", "small":
		return nil
	case "paper":
		return errors.New("experiment: at the scale of the paper racks need its four workloads, which they do not replay yet: use the scale small")
	}
	return fmt.Errorf("experiment: unknown scale %q: want small or paper", o.Scale)
}

// Machine is a variant of the hardware.
type Machine struct {
	Name   string
	Change func(*dmem.Config)
}

// TableII is the machine of the paper's Table II to the letter: 100 Gb/s links and 32 GB
// pools, which are 16 ranks of the assumed part.
func TableII() Machine { return Machine{"Table II", func(*dmem.Config) {}} }

// MemoryBound is a machine on which the pools' memory is the bottleneck instead of their
// links: one rank of 2 GiB a pool, as in the peer simulator's runs, and 200 Gb/s links.
func MemoryBound() Machine {
	return Machine{"1 rank, 200 Gb/s", func(c *dmem.Config) {
		c.PoolMemory = 2 * units.GiB
		c.Fabric.RMACLink.Rate = 200 * units.Gbps
		c.Fabric.SwitchLink.Rate = 200 * units.Gbps
	}}
}

// SmallRack returns the paper's rack with memory, chunk and window scaled by [Scale], and
// its 64 nodes replaying the three real traces in data and a synthetic stream, 16 nodes
// each, every node from a record of its own (seeded) on. The stamps are not stretched yet;
// see [Calibrate].
func SmallRack(data string, seed uint64) dmem.Config {
	c := dmem.Paper()
	c.Seed = max(seed, 1)
	c.LocalMemory /= Scale
	c.Chunk /= Scale
	c.Window /= Scale
	c.Replay.Offset = dmem.OffsetSeeded
	for _, f := range []struct{ name, file string }{
		{"sort", "gnusort_500k_par4.csv.gz"},
		{"python", "python_dict_sort.csv.gz"},
		{"sqlite", "sqlite3_index_groupby.csv.gz"},
	} {
		c.Workloads = append(c.Workloads, dmem.Workload{Name: f.name, Trace: filepath.Join(data, "traces", f.file)})
	}
	s := trace.DefaultSynthetic()
	s.Pattern = trace.Stream
	s.Records = 120_000 // as many as each real trace has
	s.Footprint = 8 * units.MiB
	s.MeanGap = 458 // cycles of 1.2 GHz: the mean intensity of sort
	c.Workloads = append(c.Workloads, dmem.Workload{Name: "stream", Synthetic: &s})
	return c
}

// Calibration says how the load of an experiment was set.
type Calibration struct {
	Stretch float64     // factor on all stamps
	Load    float64     // mean demand on the pool links at that stretch, a share of their rate
	Active  units.Time  // how long all nodes are active, at that stretch
	Remote  float64     // share of remote accesses in that time
	Machine string      // whose links the load refers to
	Rate    units.Bytes // payload a second that the demand asks of one pool on average
}

// Calibrate stretches the stamps of c so that the mean demand on the pool links is
// [TargetLoad] of their rate while all nodes are active, and ends the run with that time:
// what follows would be the longest trace alone. It replays the traces through placement
// only, so nothing measured decides the factor.
func Calibrate(ctx context.Context, c *dmem.Config) (Calibration, error) {
	d, err := dmem.MeasureDemand(ctx, *c)
	if err != nil {
		return Calibration{}, err
	}
	load := d.LinkLoad(c)
	if !(load > 0) {
		return Calibration{}, fmt.Errorf("experiment: no remote access while all nodes are active: nothing to calibrate")
	}
	factor := load / TargetLoad
	c.Replay.Stretch *= factor
	active := units.Time(float64(d.Active) * factor)
	c.Replay.Until = active
	payload := float64(d.Remote) * 64 / active.Seconds() / float64(c.Pools)
	return Calibration{
		Stretch: c.Replay.Stretch, Load: TargetLoad, Active: active, Machine: TableII().Name,
		Remote: float64(d.Remote) / float64(d.Local+d.Remote), Rate: units.Bytes(payload),
	}, nil
}

// ranks returns the number of ranks in a pool of the configuration.
func ranks(c *dmem.Config) int {
	return dram.Config{Device: c.PoolDRAM.Device, System: c.PoolDRAM.System, Capacity: c.PoolMemory}.Ranks()
}
