package experiment

import (
	"context"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Mix is what the nodes of the [Leaderboard] replay together.
type Mix struct {
	Name  string
	About string
	Load  float64 // demand on the pools over what they can serve
	make  func(*dmem.Config, size)
}

// Mixes returns the six mixes. All memory is remote. All but WL-Mix are made-up streams: each
// node goes once through its memory, so that all its accesses go to the chunk it got last: a
// node's chunks are hot one after the other.
func Mixes() []Mix {
	return []Mix{
		{"uniform", "all nodes alike", 0.8, func(c *dmem.Config, s size) {
			streams(c, s, 1)
		}},
		{"skewed", "four kinds of nodes, with rates of 1, 2, 4 and 8", 0.8, func(c *dmem.Config, s size) {
			streams(c, s, 1, 2, 4, 8)
		}},
		{"phases", "each node pauses for a quarter of the time, after every 1.3, 1.8, 2.3 or 2.8 chunks", 0.7, func(c *dmem.Config, s size) {
			for i := range streams(c, s, 1, 1, 1, 1) {
				pauses(c.Workloads[i].Synthetic, (13+5*int64(i))*s.chunk/10, 4./3)
			}
		}},
		{"bursts", "each node pauses for two thirds of the time, after every tenth of a chunk", 0.7, func(c *dmem.Config, s size) {
			for i := range streams(c, s, 1) {
				pauses(c.Workloads[i].Synthetic, s.chunk/10, 3)
			}
		}},
		{"WL-Mix", "the four workloads of the paper's Table I, the first seventh of their time", 0.7, wlMix},
		{"hot node", "one node with three times the rate of the others", 0.8, func(c *dmem.Config, s size) {
			rates := make([]float64, c.Nodes)
			for i := range rates {
				rates[i] = 1
			}
			rates[0] = 3
			streams(c, s, rates...)
		}},
	}
}

// size is the size of a mix: with the divisor of the paper's rack.
type size struct {
	divisor int
	chunk   int64 // lines of a chunk
	records int64 // accesses of a node, on average
}

// The rack of the leaderboard: as many nodes a pool as make it hard to pack them evenly.
const (
	mixNodes    = 16
	mixPools    = 4
	chunksANode = 6 // of the streams, on average
	baseGap     = 100.0
	wlMixPart   = 0.15 // of the programs' time
)

// config returns the rack with the mix, at the stamps as they are made.
func (m *Mix) config(divisor int) dmem.Config {
	c := dmem.Paper()
	MemoryBound().Change(&c)
	c.Nodes, c.Pools = mixNodes, mixPools
	c.LocalMemory = 0
	c.Placement = place.LocalFirst
	c.Chunk /= units.Bytes(divisor)
	chunk := int64(c.Chunk / mem.LineSize)
	m.make(&c, size{divisor, chunk, chunksANode * chunk})
	return c
}

// streams sets the workloads: node i of them has the rate i modulo their number, and as many
// accesses as to end at the same time. It returns the workloads.
func streams(c *dmem.Config, s size, rates ...float64) []dmem.Workload {
	mean := 0.0
	for i := range c.Nodes {
		mean += rates[i%len(rates)] / float64(c.Nodes)
	}
	c.Workloads = nil
	for _, rate := range rates {
		w := trace.DefaultSynthetic()
		w.Pattern, w.Arrivals, w.WriteBacks, w.Stores = trace.Stream, trace.Poisson, 0, 0
		w.Records = int64(rate / mean * float64(s.records))
		pages := units.Bytes(w.Records)*mem.LineSize/(16*units.KiB) + 1 // one more for each of 4 threads
		w.Footprint = (pages + 1) * 16 * units.KiB
		w.MeanGap = baseGap * mean / rate
		c.Workloads = append(c.Workloads, dmem.Workload{Name: fmt.Sprintf("rate %.3g", rate), Synthetic: &w})
	}
	return c.Workloads
}

// pauses makes the stream faster by a factor, with pauses after so many records that its mean
// rate stays.
func pauses(w *trace.Synthetic, burst int64, faster float64) {
	w.Burst = burst
	w.Pause = float64(burst) * w.MeanGap * (1 - 1/faster)
	w.MeanGap /= faster
}

// wlMix sets the four programs of Table I. They are divided by four times as much as the
// chunk, so that a run is short and chunks keep their 16 pages.
func wlMix(c *dmem.Config, s size) {
	scaled := dmem.Scaled(4 * s.divisor)
	c.Workloads = scaled.Workloads
	c.Replay.Until = units.Time(wlMixPart * traceCycles / 1.2 / float64(4*s.divisor) * float64(units.Nanosecond))
}

// demand returns the remote accesses per second that the mix asks for, and how long it lasts.
func demand(ctx context.Context, c dmem.Config) (perSecond float64, lasts units.Time, err error) {
	c.Seed = 1
	d, err := dmem.MeasureDemand(ctx, c)
	if err != nil {
		return 0, 0, err
	}
	if c.Replay.Until > 0 {
		d.Active = min(d.Active, c.Replay.Until)
	}
	return float64(d.Remote) / d.Active.Seconds(), d.Active, nil
}

// saturated returns a rack of one pool and its share of the nodes that asks for all at once:
// all policies are the same there, and it serves as much as a pool can.
func saturated(c dmem.Config) dmem.Config {
	c.Nodes /= c.Pools
	c.Pools = 1
	c.LocalMemory = 0
	c.Seed = 1
	c.Replay.Stretch = 1e-6
	c.Replay.Until = 0
	return c
}

// loaded returns c with stamps stretched so that the demand is the given share of what the
// pools can serve.
func loaded(c dmem.Config, load, demand, poolCapacity float64) (dmem.Config, error) {
	x := demand / (load * poolCapacity * float64(c.Pools))
	if !(x > 0) || math.IsInf(x, 0) {
		return c, fmt.Errorf("demand of %v accesses a second, pools that serve %v: want both above 0", demand, poolCapacity)
	}
	c.Replay.Stretch = x
	c.Replay.Until = units.Time(float64(c.Replay.Until) * x)
	return c, nil
}
