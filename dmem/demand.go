package dmem

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Demand is what the traces of a configuration ask of the rack in the open loop, whatever
// the rack then does.
type Demand struct {
	From      units.Time  // when the last node starts: 0 without Replay.Stagger
	Active    units.Time  // from then until the first trace ends
	Local     uint64      // local accesses in that time
	Remote    uint64      // remote accesses in that time
	ToPools   units.Bytes // request packets
	FromPools units.Bytes // response packets
}

// LinkLoad returns the mean load that the demand puts on the pools' links in their busier
// direction, as a share of their rate; above 1 the rack cannot keep up. It is NaN if the
// nodes are at no time all active.
func (d *Demand) LinkLoad(c *Config) float64 {
	if d.Active == 0 {
		return math.NaN()
	}
	seconds := d.Active.Seconds() * float64(c.Pools)
	in := float64(d.ToPools) * 8 / float64(c.Fabric.SwitchLink.Rate)
	out := float64(d.FromPools) * 8 / float64(c.Fabric.RMACLink.Rate)
	return max(in, out) / seconds
}

// MeasureDemand replays the traces through page tables and page placement only: no network,
// no DRAM, no time but that of the stamps. In the open loop a page's place does not depend
// on latency, so the result is exact. It reads every trace twice.
func MeasureDemand(ctx context.Context, c Config) (Demand, error) {
	var d Demand
	if err := c.Validate(); err != nil {
		return d, fmt.Errorf("dmem: invalid configuration:\n%w", err)
	}
	if err := prepare(ctx, &c, nil); err != nil {
		return d, err
	}
	known := counts{}
	end := units.Never
	for i := range c.Nodes {
		d.From = max(d.From, c.start(mem.NodeID(i)))
		last := units.Time(0)
		err := eachRecord(ctx, &c, mem.NodeID(i), known, func(r *record) (bool, error) {
			last = r.at
			return true, nil
		})
		if err != nil {
			return d, err
		}
		end = min(end, last)
	}
	d.Active = max(0, end-d.From)
	m, err := newManager(&c)
	if err != nil {
		return d, err
	}
	for i := range c.Nodes {
		if err := d.addNode(ctx, &c, mem.NodeID(i), m, known); err != nil {
			return d, fmt.Errorf("dmem: node %d: %w", i, err)
		}
	}
	return d, nil
}

// addNode adds the demand of one node.
func (d *Demand) addNode(ctx context.Context, c *Config, id mem.NodeID, m *manager.Manager, known counts) error {
	frames := m.Node(id)
	placer := c.Placement.New(place.Env{
		Node: id, NumNodes: c.Nodes, Rand: rand.New(rand.NewPCG(c.Seed, mix(0x91ace, uint64(id)))),
	})
	unit, err := mmu.New(c.MMU, id, frames, placer)
	if err != nil {
		return err
	}
	quiet := make([]manager.PoolTraffic, c.Pools)
	return eachRecord(ctx, c, id, known, func(r *record) (bool, error) {
		if r.at > d.From+d.Active {
			return false, nil
		}
		t, err := unit.Translate(r.at, r.process, r.addr)
		for err == nil && t.NeedsChunk {
			if _, err = m.Grant(0, id, quiet); err == nil {
				t, err = unit.Translate(r.at, r.process, r.addr)
			}
		}
		if err != nil {
			return false, err
		}
		if r.at < d.From {
			return true, nil
		}
		if !t.Remote {
			d.Local++
			return true, nil
		}
		d.Remote++
		write := r.kind == trace.WriteBack || c.Replay.Stores == StoresWrite && r.kind == trace.StoreFill
		d.ToPools += c.Fabric.Sizes.Request(write)
		d.FromPools += c.Fabric.Sizes.Response(write)
		return true, nil
	})
}

// eachRecord calls f with the records of a node until it returns false.
func eachRecord(ctx context.Context, c *Config, id mem.NodeID, known counts, f func(*record) (bool, error)) error {
	in, err := newFeed(c, id, known)
	if err != nil {
		return err
	}
	defer in.close()
	var r record
	for i := 0; ; i++ {
		if i%feedBatch == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		more, err := in.record(&r)
		if err != nil || !more {
			return err
		}
		if more, err = f(&r); err != nil || !more {
			return err
		}
	}
}
