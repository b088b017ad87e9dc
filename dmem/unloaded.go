package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Unloaded is the latency of one remote access on an idle rack, in closed form.
type Unloaded struct {
	Request  []fabric.Hop // from the node's memory management unit to the pool's memory controller
	Response []fabric.Hop // from the DRAM to the node
}

// Unloaded returns the network's part of a remote read or write on an idle rack, stage by
// stage. In between lies the pool's DRAM, whose latency depends on its state (see package
// dram) and on the phase of its clock.
func (c *Config) Unloaded(write bool) Unloaded {
	return Unloaded{
		Request:  c.Fabric.Unloaded(c.Fabric.Sizes.Request(write)),
		Response: c.Fabric.Unloaded(c.Fabric.Sizes.Response(write)),
	}
}

// Table returns the way stage by stage, each direction with its sum.
func (u Unloaded) Table() *stats.Table {
	t := stats.NewTable("The network of an idle rack",
		stats.Column{Name: "direction"}, stats.Column{Name: "stage"}, stats.Column{Name: "time", Unit: "ns"})
	for _, way := range []struct {
		name string
		hops []fabric.Hop
	}{{"request", u.Request}, {"response", u.Response}} {
		var sum units.Time
		for _, h := range way.hops {
			t.Append(way.name, h.Name, h.Time.Nanoseconds())
			sum += h.Time
		}
		t.Append(way.name, "sum", sum.Nanoseconds())
	}
	return t
}
