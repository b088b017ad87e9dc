package frontend_test

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func TestValidate(t *testing.T) {
	if err := frontend.TableII().Validate(); err != nil {
		t.Error(err)
	}
	c := frontend.Config{}
	c.L2.Line = 128
	c.Prefetch.Kind = 9
	c.Timing = frontend.Timing{Rule: 7, Instruction: -1, TLBHit: 5, L1: 1 << 40}
	_, err := frontend.New(c, &slice{})
	for _, field := range []string{"cores", "clock", "itlb.ways", "dtlb.line", "l1i.ways", "l1d.line", "l2.ways", "l3.line", "timing.rule", "timing.instruction", "timing.l1", "timing.tlb_miss", "prefetch.kind", "prefetch.degree", "reorder"} {
		if err == nil || !strings.Contains(err.Error(), field+" = ") {
			t.Errorf("does not name %s:\n%v", field, err)
		}
	}
	c = frontend.TableII()
	c.L2 = cache.Config{Size: 1 << 20, Line: 128, Ways: 4}
	c.ITLB = cache.TLB(128, 8, 2*units.MiB)
	err = c.Validate()
	for _, field := range []string{"l2.line", "itlb.line"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("does not name %s: %v", field, err)
		}
	}
}

// TestTableII holds the preset against the paper's table.
func TestTableII(t *testing.T) {
	c := frontend.TableII()
	for _, v := range []struct {
		name  string
		c     cache.Config
		lines uint64
		ways  int
	}{
		{"ITLB", c.ITLB, 128, 8}, {"DTLB", c.DTLB, 64, 4},
		{"L1I", c.L1I, 32 << 10 / 64, 8}, {"L1D", c.L1D, 32 << 10 / 64, 8}, {"L2", c.L2, 256 << 10 / 64, 4}, {"L3", c.L3, 16 << 20 / 64, 16},
	} {
		if v.c.Lines() != v.lines || v.c.Ways != v.ways || v.c.Replacement != cache.RoundRobin || v.c.Writing != cache.WriteBack || v.c.StoreMiss != cache.Allocate {
			t.Errorf("%s: %+v", v.name, v.c)
		}
	}
	if c.Cores != 8 || c.Clock.Hz() != 1_200_000_000 || c.Coherent || c.Prefetch.Kind != frontend.NoPrefetch {
		t.Errorf("%+v", c)
	}
}

func TestNames(t *testing.T) {
	for r, name := range map[frontend.Rule]string{frontend.Sum: "sum", frontend.Longest: "longest"} {
		text, err := r.MarshalText()
		var back frontend.Rule
		if err != nil || string(text) != name || r.String() != name || back.UnmarshalText(text) != nil || back != r {
			t.Errorf("%v: %q, %v, %v", r, text, err, back)
		}
	}
	for p, name := range map[frontend.Prefetcher]string{frontend.NoPrefetch: "none", frontend.NextLine: "next-line", frontend.Stride: "stride"} {
		text, err := p.MarshalText()
		var back frontend.Prefetcher
		if err != nil || string(text) != name || p.String() != name || back.UnmarshalText(text) != nil || back != p {
			t.Errorf("%v: %q, %v, %v", p, text, err, back)
		}
	}
	var p frontend.Prefetcher
	var r frontend.Rule
	if p.UnmarshalText([]byte("ghb")) == nil || r.UnmarshalText([]byte("max")) == nil {
		t.Error("unknown names are read")
	}
	if _, err := frontend.Rule(9).MarshalText(); err == nil || frontend.Rule(9).String() != "Rule(9)" {
		t.Error("a rule that does not exist has a name")
	}
	if _, err := frontend.Prefetcher(9).MarshalText(); err == nil || frontend.Prefetcher(9).String() != "Prefetcher(9)" {
		t.Error("a prefetcher that does not exist has a name")
	}
}
