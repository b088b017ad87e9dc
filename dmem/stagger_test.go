package dmem_test

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// issues runs a rack and returns when the accesses of each node issue.
func issues(t *testing.T, c dmem.Config) (*dmem.Result, map[mem.NodeID][]units.Time) {
	t.Helper()
	all := map[mem.NodeID][]units.Time{}
	r, err := dmem.New(c, dmem.Probe{OnComplete: func(a *dmem.Access) { all[a.Node] = append(all[a.Node], a.Issue) }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	result, err := r.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result, all
}

// earliest returns a node's first issue.
func earliest(all []units.Time) units.Time {
	first := units.Never
	for _, t := range all {
		first = min(first, t)
	}
	return first
}

// In the open loop a start adds to each stamp, whatever the stretch; nodes start at
// different times before Stagger, and all their records are replayed.
func TestStaggerShiftsOpenLoop(t *testing.T) {
	c := quick()
	c.Replay.Stretch = 1.5
	_, base := issues(t, c)
	c.Replay.Stagger = 50 * units.Microsecond
	result, shifted := issues(t, c)
	starts := map[units.Time]bool{}
	from := units.Time(0)
	for id, all := range shifted {
		start := earliest(all) - earliest(base[id])
		if start < 0 || start >= c.Replay.Stagger {
			t.Errorf("node %d starts at %v, want less than %v", id, start, c.Replay.Stagger)
		}
		starts[start] = true
		from = max(from, earliest(all))
		count := map[units.Time]int{}
		for _, at := range base[id] {
			count[at+start]++
		}
		for _, at := range all {
			count[at]--
		}
		for at, n := range count {
			if n != 0 {
				t.Fatalf("node %d: %d accesses at %v are missing or more", id, n, at)
			}
		}
	}
	if len(starts) != c.Nodes {
		t.Errorf("%d nodes start at %d times", c.Nodes, len(starts))
	}
	if result.Active.From != from {
		t.Errorf("all active from %v, the last node's first access is at %v", result.Active.From, from)
	}
	c.Seed++
	if _, other := issues(t, c); earliest(other[0]) == earliest(shifted[0]) {
		t.Error("another seed, the same start")
	}
}

// In the closed loop a single node does the same later: latencies may differ by when it
// meets refreshes.
func TestStaggerShiftsClosedLoop(t *testing.T) {
	c := quick()
	c.Nodes, c.Replay.Loop = 1, dmem.Closed
	base, at := issues(t, c)
	c.Replay.Stagger = units.Millisecond
	later, shifted := issues(t, c)
	start := earliest(shifted[0]) - earliest(at[0])
	if start <= 0 || start >= c.Replay.Stagger || later.Active.From-base.Active.From != start {
		t.Errorf("starts at %v; active from %v, without from %v", start, later.Active.From, base.Active.From)
	}
	if n := later.Total.Count(); n != base.Total.Count() {
		t.Errorf("%d accesses, want %d", n, base.Total.Count())
	}
	took, want := later.Nodes[0].Last-earliest(shifted[0]), base.Nodes[0].Last-earliest(at[0])
	if off := float64(took)/float64(want) - 1; math.Abs(off) > 0.02 {
		t.Errorf("takes %v, want %v", took, want)
	}
}

// The demand counts from the last start on, and ends with the first trace.
func TestStaggeredDemand(t *testing.T) {
	c := quick()
	c.Replay.Stagger = 20 * units.Microsecond
	d, err := dmem.MeasureDemand(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, all := issues(t, c)
	end := units.Never
	for _, times := range all {
		last := units.Time(0)
		for _, at := range times {
			last = max(last, at)
		}
		end = min(end, last)
	}
	if d.From <= 0 || d.From >= c.Replay.Stagger || d.From+d.Active != end {
		t.Errorf("from %v for %v; the first trace ends at %v", d.From, d.Active, end)
	}
	n := uint64(0)
	for _, times := range all {
		for _, at := range times {
			if at >= d.From && at <= end {
				n++
			}
		}
	}
	if d.Local+d.Remote != n {
		t.Errorf("%d accesses in that time, want %d", d.Local+d.Remote, n)
	}
	c.Replay.Stagger = units.Second
	if d, err := dmem.MeasureDemand(t.Context(), c); err != nil || d.Active != 0 || !math.IsNaN(d.LinkLoad(&c)) {
		t.Errorf("nodes that are never all active: %+v, %v", d, err)
	}
}

// What would start at Until or later does not.
func TestStaggerUntil(t *testing.T) {
	c := quick()
	c.Replay.Stagger, c.Replay.Until = 100*units.Microsecond, 30*units.Microsecond
	_, all := issues(t, c)
	for id, times := range all {
		for _, at := range times {
			if at >= c.Replay.Until {
				t.Fatalf("node %d issues at %v, until %v", id, at, c.Replay.Until)
			}
		}
	}
	if len(all) == 0 || len(all) == c.Nodes {
		t.Errorf("%d nodes issue, want some but not all", len(all))
	}
}
