package dmem

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Comparison is the same run under several pool policies.
type Comparison struct {
	Results []*Result // by policy, in the order given
}

// Compare runs the configuration once with each pool policy, as many runs at a time as
// there are processors. The results do not depend on how many that is.
func Compare(c Config, policies ...pool.Policy) (*Comparison, error) {
	if len(policies) == 0 {
		return nil, fmt.Errorf("dmem: nothing to compare: give at least one policy")
	}
	cmp := &Comparison{Results: make([]*Result, len(policies))}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range policies {
		c := c
		c.Pool = p
		g.Go(func() (err error) {
			if cmp.Results[i], err = Run(context.Background(), c); err != nil {
				return fmt.Errorf("policy %s: %w", p.Name, err)
			}
			return nil
		})
	}
	return cmp, g.Wait()
}

// Table returns a row a policy: latencies over all accesses, the tail, how evenly the pools
// were used, and the load under which all this was measured.
func (c *Comparison) Table() *stats.Table {
	t := stats.NewTable("Pool policies",
		stats.Column{Name: "policy"},
		stats.Column{Name: "mean", Unit: "ns"},
		stats.Column{Name: "remote_mean", Unit: "ns"},
		stats.Column{Name: "p99", Unit: "ns"},
		stats.Column{Name: "over_1000ns", Unit: "%"},
		stats.Column{Name: "most_over_mean_pool"},
		stats.Column{Name: "pool_link_load", Unit: "%"},
		stats.Column{Name: "pool_dram_load", Unit: "%"},
	)
	for _, r := range c.Results {
		all := r.Total.Overall().All()
		var link, dram float64
		var most, sum uint64
		for i := range r.Pools {
			p := &r.Pools[i]
			link += max(p.LinkInUtilization, p.LinkOutUtilization) / float64(len(r.Pools))
			dram += p.DRAMUtilization / float64(len(r.Pools))
			most = max(most, p.Memory.Count())
			sum += p.Memory.Count()
		}
		t.Append(r.Config.Pool.Name, all.Ns(), r.Total.Remote.All().Ns(), all.QuantileNs(0.99),
			100*float64(all.Over1000ns())/float64(all.Count), float64(most)*float64(len(r.Pools))/float64(sum), 100*link, 100*dram)
	}
	return t
}
