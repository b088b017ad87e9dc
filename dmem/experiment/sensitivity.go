package experiment

import (
	"context"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Sensitivity runs the three pool policies, with alternate pages on the machine whose memory
// binds, under other assumptions on the load than [Rack]'s: other stretches, write-backs
// replayed, stores as writes, all nodes starting at once. It returns a row a variant and
// policy.
func Sensitivity(ctx context.Context, o Options) (*stats.Table, error) {
	divisor, err := Divisor(o.Scale)
	if err != nil {
		return nil, err
	}
	x := Stretch(divisor)
	stretched := func(f float64) func(*dmem.Config) {
		return func(c *dmem.Config) { *c = Stretched(*c, f*x, divisor) }
	}
	variants := []struct {
		name   string
		change func(*dmem.Config)
	}{
		{"as calibrated", func(*dmem.Config) {}},
		{"a tenth more load", stretched(1 / 1.1)},
		{"a tenth less load", stretched(1 / 0.9)},
		{"a quarter less load", stretched(1 / 0.75)},
		{"stores as writes", func(c *dmem.Config) { c.Replay.Stores = dmem.StoresWrite }},
		{"with write-backs, a third less load", func(c *dmem.Config) { *c = Stretched(*c, 1.5*x, divisor); c.Replay.WriteBacks = true }},
		{"all nodes start at once", func(c *dmem.Config) { c.Replay.Stagger = 0 }},
	}
	policies := []pool.Policy{pool.Random, pool.RoundRobin, pool.SmartIdle}
	var runs []Run
	for _, v := range variants {
		for _, p := range policies {
			c := Rack(divisor, MemoryBound(), Pair{place.Alternate, p}, o.seed())
			v.change(&c)
			runs = append(runs, Run{Name: fmt.Sprintf("%s, %s", v.name, p.Name), Config: c})
		}
	}
	results, err := runAll(ctx, o, runs)
	if err != nil {
		return nil, wrap("sensitivity", err)
	}
	t := stats.NewTable("Other loads: alternate pages, "+MemoryBound().Name,
		stats.Column{Name: "load"}, stats.Column{Name: "stretch"}, stats.Column{Name: "pool_policy"},
		stats.Column{Name: "mean", Unit: "ns"}, stats.Column{Name: "p99", Unit: "ns"}, stats.Column{Name: "over_1000ns", Unit: "%"},
		stats.Column{Name: "pools_over_500ns", Unit: "%"}, stats.Column{Name: "pool_dram_bus", Unit: "%"}, stats.Column{Name: "pool_link_out", Unit: "%"})
	for i, r := range results {
		all := r.Active.Total.Overall().All()
		t.Append(variants[i/len(policies)].name, r.Config.Replay.Stretch, policies[i%len(policies)].Name,
			all.Ns(), all.QuantileNs(0.99), over1000(all), poolsOver500(r), 100*r.Active.DRAMUtilization, 100*r.Active.LinkOutUtilization)
	}
	return t, nil
}
