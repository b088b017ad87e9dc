package experiment

import (
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Verdicts on a claim of the paper.
const (
	Reproduced    = "reproduced"
	Partly        = "partly"
	NotReproduced = "not reproduced"
)

// verdict judges a claim of which parts of n hold.
func verdict(holds, n int) string {
	switch holds {
	case n:
		return Reproduced
	case 0:
		return NotReproduced
	}
	return Partly
}

// Claims holds the sentences of section IV-A on Figure 2 against what was measured: a row
// for each claim and machine, with the criterion of the verdict. One seed, one load: a
// verdict here says what this run shows, no more.
func (f *Fig2) Claims() *stats.Table {
	t := stats.NewTable("Claims of section IV-A",
		stats.Column{Name: "claim"}, stats.Column{Name: "machine"}, stats.Column{Name: "measured"},
		stats.Column{Name: "criterion"}, stats.Column{Name: "verdict"})
	for i := range f.Machines {
		m := &f.Machines[i]
		means := m.MeanNs()
		over, least, most := 0, math.Inf(1), 0.0
		for _, v := range means {
			if v > 1000 {
				over++
			}
			least, most = min(least, v), max(most, v)
		}
		t.Append("each benchmark's mean latency exceeds a microsecond", m.Name,
			fmt.Sprintf("%.0f to %.0f ns", least, most), "mean of every benchmark over 1000 ns", verdict(over, len(means)))

		network, memory := m.waits()
		holds := 0
		if memory > network {
			holds = 1
		}
		t.Append("contention in the remote memory queues is the only significant factor", m.Name,
			fmt.Sprintf("of a mean remote wait of %.0f ns, %.0f %% stands at the memory", network+memory, 100*memory/(network+memory)),
			"more wait at the pools' memory than in the network", verdict(holds, 1))

		all := m.Latency()
		share := 100 * float64(all.Over1000ns()) / float64(all.Count)
		holds = 0
		if share >= 1 && share <= 4 {
			holds = 1
		}
		t.Append("2 % of the accesses take 1000 ns or more", m.Name, fmt.Sprintf("%.1f %%", share), "1 % to 4 %", verdict(holds, 1))

		local := m.Result.Total.Local.All().Over1000ns()
		holds = 0
		if local == 0 {
			holds = 1
		}
		t.Append("only remote accesses do", m.Name, fmt.Sprintf("%d local accesses of %d", local, all.Over1000ns()), "no local access among them", verdict(holds, 1))

		_, difference := m.Variation()
		sum := 0.0
		for _, d := range difference {
			sum += d
		}
		perPool := float64(m.Result.Total.Remote.Count()) / float64(len(m.Result.Pools))
		spread := 100 * sum / perPool
		holds = 0
		if spread > 50 {
			holds = 1
		}
		t.Append("accesses vary widely between pools", m.Name,
			fmt.Sprintf("most - least is %.0f %% of a pool's mean", spread), "over half of the mean a pool and window", verdict(holds, 1))
	}
	return t
}

// waits returns the mean time that remote accesses waited in the network and at the pools'
// memory, in nanoseconds: what is above the latency on an idle rack.
func (m *Fig2Machine) waits() (network, memory float64) {
	c := &m.Result.Config
	total := &m.Result.Total
	idle := 0.0
	for _, part := range []struct {
		count uint64
		write bool
	}{{total.Remote.Read.Count, false}, {total.Remote.Write.Count, true}} {
		request, response := c.Fabric.Sizes.Request(part.write), c.Fabric.Sizes.Response(part.write)
		way := c.Fabric.UnloadedLatency(request) + c.Fabric.UnloadedLatency(response)
		idle += float64(part.count) * way.Nanoseconds()
	}
	idle /= float64(total.Remote.Count())
	network = total.RequestMeanNs() + total.ResponseMeanNs() - idle
	return network, total.PoolMeanNs() - m.idleMemoryNs()
}

// idleMemoryNs returns the least time a remote access took in the pools' memory.
func (m *Fig2Machine) idleMemoryNs() float64 {
	least := math.Inf(1)
	for i := range m.Result.Pools {
		if h := m.Result.Pools[i].Memory.All(); h.Count > 0 {
			least = min(least, h.MinNs())
		}
	}
	return least
}
