package lesson

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Demand is what nodes ask of a small rack without time: chunk after chunk, and in each window
// between two grants so many accesses to each chunk that has been granted.
type Demand struct {
	Pools   int                                // 1 to 6
	Room    int                                // chunks in each pool
	Chunks  int                                // that are asked for
	Traffic func(chunk, age int) (size uint64) // accesses to a chunk in the window that ends age grants after its own; age is 1 at least
}

// Grant is one decision of a policy and what it saw.
type Grant struct {
	Policy     string
	Number     int         // from 0
	Windows    [4][]uint64 // accesses by pool: in the window that ends now, and in the three before it
	Factors    []float64   // smart-idle's access factors
	Candidates []int       // smart-idle's, idlest first; nil for other policies and in its round-robin start
	Free       []int       // chunks, before the grant
	Chosen     int
	Total      []uint64 // accesses by pool since the start
	room       int
}

// Run asks a policy for each chunk and returns its decisions. The view it gives has the
// windows, free memory and totals; nothing is in flight in a rack without time.
//
// Factors and candidates are computed here from the definition at [pool.SmartIdle], to be
// shown; the decision is the policy's own.
func (d Demand) Run(p pool.Policy) []Grant {
	if d.Pools < 1 || d.Pools > 6 || d.Room < 1 || d.Chunks < 1 || d.Chunks > d.Pools*d.Room || d.Traffic == nil {
		panic(fmt.Errorf("lesson: a demand for %d chunks on %d pools with room for %d each: want 1 to 6 pools, room for all, and traffic", d.Chunks, d.Pools, d.Room))
	}
	const size = 4 * units.MiB
	selector := p.New(pool.Env{NumPools: d.Pools, NumNodes: 1, Rand: rand.New(rand.NewPCG(1, 1))})
	free, total := slices.Repeat([]int{d.Room}, d.Pools), make([]uint64, d.Pools)
	granted := make([]uint32, d.Pools)
	var homes []int // of the chunks
	var past [3][]uint64
	for k := range past {
		past[k] = make([]uint64, d.Pools)
	}
	var all []Grant
	for n := range d.Chunks {
		g := Grant{Policy: p.Name, Number: n, Free: slices.Clone(free), room: d.Room}
		now := make([]uint64, d.Pools)
		for chunk, home := range homes {
			now[home] += d.Traffic(chunk, n-chunk)
		}
		g.Windows = [4][]uint64{now, past[0], past[1], past[2]}
		past = [3][]uint64{now, past[0], past[1]}
		view := pool.View{Pools: make([]pool.Stat, d.Pools)}
		order := make([]int, d.Pools)
		for i := range d.Pools {
			total[i] += now[i]
			g.Factors = append(g.Factors, float64(now[i])+float64(g.Windows[1][i]+g.Windows[2][i]+g.Windows[3][i])/3)
			order[i] = i
			view.Pools[i] = pool.Stat{Capacity: units.Bytes(d.Room) * size, Free: units.Bytes(free[i]) * size, Window: now[i], Total: total[i]}
		}
		g.Total = slices.Clone(total)
		if p.Name == pool.SmartIdle.Name && n >= d.Pools {
			slices.SortStableFunc(order, func(a, b int) int {
				switch {
				case g.Factors[a] < g.Factors[b]:
					return -1
				case g.Factors[a] > g.Factors[b]:
					return 1
				}
				return 0
			})
			g.Candidates = order[:max(1, bits.Len(uint(d.Pools-1)))]
		}
		g.Chosen = int(selector.Select(pool.Request{Size: size, Granted: slices.Clone(granted)}, view))
		if g.Chosen >= d.Pools {
			panic(&pool.SelectError{Policy: p.Name, Got: pool.ID(g.Chosen), NumPools: d.Pools})
		}
		for range d.Pools { // as the manager does
			if free[g.Chosen] > 0 {
				break
			}
			g.Chosen = (g.Chosen + 1) % d.Pools
		}
		free[g.Chosen]--
		granted[g.Chosen]++
		homes = append(homes, g.Chosen)
		all = append(all, g)
	}
	return all
}

// MostOverMean returns the accesses of the busiest pool over the mean, since the start: 1 is
// perfect balance. Before the first access it is 1.
func (g *Grant) MostOverMean() float64 {
	var sum, most uint64
	for _, t := range g.Total {
		sum, most = sum+t, max(most, t)
	}
	if sum == 0 {
		return 1
	}
	return float64(most) * float64(len(g.Total)) / float64(sum)
}

// Figure draws the decision: the pools filled with what they granted, under each what the
// manager's counters say, and an arrow to the pool that grants the chunk.
func (g *Grant) Figure() *nb.Figure {
	d := nb.Drawing{Width: 14, Height: 6.6}
	n := len(g.Free)
	left, step := 3.4, 10.4/float64(n)
	centre := func(i int) float64 { return left + step*(float64(i)+0.5) }
	d.Boxes = []nb.Box{{X: 0.3, Y: 4.1, W: 2.2, H: 1.1, Name: "global memory\nmanager", Colour: nb.Grey, Level: 1}}
	d.Links = []nb.Link{{X1: 2.5, Y1: 5.55, X2: centre(g.Chosen), Y2: 5.55}, {X1: 1.4, Y1: 5.2, X2: 1.4, Y2: 5.55}, {X1: 1.4, Y1: 5.55, X2: 2.5, Y2: 5.55},
		{X1: centre(g.Chosen), Y1: 5.55, X2: centre(g.Chosen), Y2: 5.02, Strong: true}}
	rows := []struct {
		y     float64
		name  string
		value func(i int) string
	}{
		{2.95, "free chunks", func(i int) string { return fmt.Sprint(g.Free[i]) }},
		{2.45, "accesses, last window", func(i int) string { return fmt.Sprint(g.Windows[0][i]) }},
		{1.95, "the three before", func(i int) string {
			return fmt.Sprintf("%d  %d  %d", g.Windows[1][i], g.Windows[2][i], g.Windows[3][i])
		}},
		{1.45, "access factor Af", func(i int) string { return fmt.Sprintf("%.1f", g.Factors[i]) }},
	}
	for _, r := range rows {
		d.Texts = append(d.Texts, nb.Text{X: 0.3, Y: r.y, Text: r.name, Small: true})
		for i := range n {
			d.Texts = append(d.Texts, nb.Text{X: centre(i), Y: r.y, Text: r.value(i), Centre: true, Small: true})
		}
	}
	for i := range n {
		d.Boxes = append(d.Boxes, nb.Box{X: centre(i) - 0.3*step, Y: 3.3, W: 0.6 * step, H: 1.7, Name: fmt.Sprint("pool ", i), Top: true,
			Colour: nb.Blue, Level: float64(g.room-g.Free[i]) / float64(g.room), Strong: i == g.Chosen})
		if slices.Contains(g.Candidates, i) {
			d.Boxes = append(d.Boxes, nb.Box{X: centre(i) - 0.3*step, Y: 0.85, W: 0.6 * step, H: 0.36, Name: "candidate", Small: true, Colour: nb.Yellow, Level: 1})
		}
	}
	how := ""
	switch {
	case g.Candidates != nil:
		how = fmt.Sprintf(": of the m = %d idlest pools, the one with most free chunks", len(g.Candidates))
	case g.Policy == pool.SmartIdle.Name:
		how = ": it begins with a round"
	}
	d.Texts = append(d.Texts,
		nb.Text{X: 0.3, Y: 6.2, Text: fmt.Sprintf("Chunk %d goes to pool %d. %s%s.", g.Number+1, g.Chosen, g.Policy, how)},
		nb.Text{X: 0.3, Y: 0.35, Text: fmt.Sprintf("Since the start the busiest pool had %.2f times the mean of all accesses.", g.MostOverMean())})
	return nb.Schematic(d)
}
