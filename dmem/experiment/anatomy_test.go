package experiment_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestAnatomy holds what each reading of Table II changes to sums by hand. The memory's
// clock moves a request by less than a cycle, 0.83 ns.
func TestAnatomy(t *testing.T) {
	lives, err := experiment.Anatomy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	more := map[string]float64{ // in ns, of a remote read
		"at each end":   4 * 12.5,                // both ends of request and response
		"sender only":   -2 * 10,                 // half of 10 ns at four ends
		"none":          -4 * 5,                  // four links
		"cables of 2 m": 4 * 5,                   // four links
		"at a time":     0,                       // nobody is in the way
		"200 Gb/s":      -2 * (5.12 + 10.24) / 2, // 64 and 128 bytes on two links each, twice as fast
		"400 Gb/s":      -2 * (5.12 + 10.24) * 3 / 4,
		"1 µs":          1000,
	}
	base := lives[0].Read.Total()
	for _, l := range lives {
		var want float64
		known := l.Answer == ""
		for part, v := range more {
			if strings.Contains(l.Answer, part) {
				want, known = v, true
			}
		}
		if !known {
			continue // a DRAM part
		}
		if got := (l.Read.Total() - base).Nanoseconds(); got < want-0.85 || got > want+0.85 {
			t.Errorf("%s: %s: %v ns more, want %v", l.Question, l.Answer, got, want)
		}
		if l.Local[mem.Return] != 0 || l.Local.Total() >= l.Read.Total() {
			t.Errorf("%s: local %v, remote %v", l.Question, l.Local, l.Read)
		}
	}
	if base < 150*units.Nanosecond || base > 300*units.Nanosecond {
		t.Errorf("a remote read alone takes %v", base)
	}
	if n := len(experiment.AnatomyTable(lives).Rows); n != len(experiment.Variants()) {
		t.Errorf("%d rows", n)
	}
	names, ns := experiment.StageParts(lives[0].Read, lives[0].Local)
	sum := 0.0
	for i := range names {
		sum += ns[i][0]
	}
	if want := base.Nanoseconds(); sum < want-1e-6 || sum > want+1e-6 {
		t.Errorf("parts sum to %v of %v", sum, want)
	}
}

// TestUnderLoad: latency rises with the load, and the tightest stage with it.
func TestUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("runs 20 racks")
	}
	all, err := experiment.UnderLoad(t.Context(), experiment.Options{Runs: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		first, last := l.Points[0], l.Points[len(l.Points)-1]
		waitsIn := mem.Return // links of 100 Gb/s bind
		if l.Machine.Short == "1rank" {
			waitsIn = mem.DRAM
		}
		if rise := last.StagesNs[waitsIn] + last.StagesNs[mem.PoolQueue] - first.StagesNs[waitsIn] - first.StagesNs[mem.PoolQueue]; rise < 20 {
			t.Errorf("%s: %v rises by %v ns from a tenth to nearly all of the capacity", l.Machine.Name, waitsIn, rise)
		}
		if last.P99Ns <= first.P99Ns {
			t.Errorf("%s: p99 %v at low load, %v at high", l.Machine.Name, first.P99Ns, last.P99Ns)
		}
		_, names, ns := l.Lines()
		if len(names) != 6 || len(ns) != len(names) {
			t.Errorf("stages %v", names)
		}
		for k, p := range l.Points {
			whole, drawn := 0.0, 0.0
			for _, x := range p.StagesNs {
				whole += x
			}
			for i := range ns {
				if x := ns[i][k]; !math.IsNaN(x) {
					drawn += x
				}
			}
			if math.Abs(whole-drawn) > 1e-9*whole {
				t.Errorf("%s: the lines at load %v sum to %v ns, the stages to %v", l.Machine.Name, p.Load, drawn, whole)
			}
		}
	}
	// A link of 100 Gb/s carries a response of 128 bytes in 10.24 ns.
	if c := all[0].Capacity; c < 90 || c > 1.02*1e3/10.24 { // at the ends of the interval are responses of accesses outside
		t.Errorf("a pool of Table II serves %v accesses a microsecond, its link carries %v", c, 1e3/10.24)
	}
}
