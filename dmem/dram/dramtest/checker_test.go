package dramtest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/dram/dramtest"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func judged(t *testing.T, cfg dram.Config, reqs []dram.Request) []dramtest.Violation {
	t.Helper()
	m, err := dram.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k := dramtest.NewChecker(cfg)
	m.Probe.OnCommand = func(c *dram.Command) { k.Command(*c) }
	if _, err := m.Replay(reqs); err != nil {
		t.Skip(err) // the reference ends there, too
	}
	return k.Violations
}

// The commands of random configurations keep to the timing parameters, but for the known
// gaps of the reference.
func TestCheckerRandom(t *testing.T) {
	n := 400
	if testing.Short() {
		n = 100
	}
	turnaround, wake := 0, 0
	for i := range n {
		rng := rand.New(rand.NewPCG(uint64(i), 3))
		c := dramtest.RandomCase(rng, 1000)
		d := &c.Config.Device
		// The gaps of the reference, DEVIATIONS.md section R: a rank that powers up forgets tRC and
		// tRRD (R4); a bank opened soon after another rank's column command escapes the rules of
		// the bus (R3); auto-precharge does not wait for odd timings (R5).
		sleeps, closes := c.Config.System.LowPower, c.Config.System.RowBufferPolicy == dram.ClosePage
		escapes := c.Config.Ranks() > 1 && units.Cycles(d.BL/2)+d.TRTRS > d.TRCD-d.AL
		t.Run("", func(t *testing.T) {
			for _, v := range judged(t, c.Config, c.Requests) {
				switch v.Rule {
				case "tRC", "tRRD", "tRRD_L":
					if wake++; sleeps {
						continue
					}
				case "data bus", "rank switch":
					if turnaround++; escapes {
						continue
					}
				case "tRP":
					if closes && (v.Command.Op == dram.OpREF || sleeps && units.Cycles(d.BL/2) < d.TCCD) {
						continue
					}
				case "tWTR":
					if closes && d.TWTR > d.TWR+d.TRP+d.TRCD-d.AL {
						continue
					}
				}
				t.Fatalf("seed %d: %v\n%+v", i, v, c.Config)
			}
		})
	}
	if wake == 0 || turnaround == 0 {
		t.Errorf("the known gaps have closed (wake %d, turnaround %d): say so in DEVIATIONS.md", wake, turnaround)
	}
}

// The rack's configuration has none of the gaps.
func TestCheckerDDR4(t *testing.T) {
	cfg := dram.DDR4_2400()
	cfg.Capacity = 8 * units.GiB
	rng := rand.New(rand.NewPCG(1, 2))
	for _, gap := range []units.Cycles{3, 5, 10, 40, 300} {
		var reqs []dram.Request
		for i := range units.Cycles(20000) {
			reqs = append(reqs, dram.Request{At: i * gap, Addr: mem.PAddr(rng.Uint64N(uint64(cfg.Capacity) >> (8 * (i / 5000)))), Write: rng.IntN(3) == 0})
		}
		for _, v := range judged(t, cfg, reqs) {
			t.Fatalf("every %d: %v", gap, v)
		}
	}
}

// The checker does find faults: each rule is broken once, by one cycle.
func TestCheckerFinds(t *testing.T) {
	cfg := dram.DDR4_2400()
	cfg.Capacity = 4 * units.GiB
	act := func(at units.Cycles, rank, bank int, row uint32) dram.Command {
		return dram.Command{Cycle: at, Rank: rank, Bank: bank, Op: dram.OpACT, Row: row}
	}
	op := func(op dram.Op, at units.Cycles, rank, bank int, row uint32) dram.Command {
		return dram.Command{Cycle: at, Rank: rank, Bank: bank, Op: op, Row: row}
	}
	for _, c := range []struct {
		rule string
		cmds []dram.Command
	}{
		{"state", []dram.Command{op(dram.OpRD, 10, 0, 0, 1)}},
		{"state", []dram.Command{act(0, 0, 0, 1), op(dram.OpRD, 16, 0, 0, 2)}},
		{"state", []dram.Command{act(0, 0, 0, 1), act(100, 0, 0, 2)}},
		{"state", []dram.Command{act(0, 0, 0, 1), op(dram.OpREF, 100, 0, 0, 0)}},
		{"command bus", []dram.Command{act(0, 0, 0, 1), act(0, 1, 0, 1)}},
		{"tRCD", []dram.Command{act(0, 0, 0, 1), op(dram.OpRD, 15, 0, 0, 1)}},
		{"tRRD", []dram.Command{act(0, 0, 0, 1), act(3, 0, 1, 1)}},
		{"tRAS", []dram.Command{act(0, 0, 0, 1), op(dram.OpPRE, 31, 0, 0, 1)}},
		{"tRP", []dram.Command{act(0, 0, 0, 1), op(dram.OpPRE, 40, 0, 0, 1), act(55, 0, 0, 2)}},
		{"tRC", []dram.Command{act(0, 0, 0, 1), op(dram.OpPRE, 32, 0, 0, 1), act(47, 0, 0, 2)}},
		{"tRFC", []dram.Command{op(dram.OpREF, 0, 0, 0, 0), act(311, 0, 0, 1)}},
		{"tCCD", []dram.Command{act(0, 0, 0, 1), op(dram.OpRD, 16, 0, 0, 1), op(dram.OpRD, 19, 0, 0, 1)}},
		{"tWTR", []dram.Command{act(0, 0, 0, 1), op(dram.OpWR, 16, 0, 0, 1), op(dram.OpRD, 39, 0, 0, 1)}},
		{"tRTP", []dram.Command{act(0, 0, 0, 1), op(dram.OpRD, 40, 0, 0, 1), op(dram.OpPRE, 43, 0, 0, 1)}},
		{"tWR", []dram.Command{act(0, 0, 0, 1), op(dram.OpWR, 16, 0, 0, 1), op(dram.OpPRE, 52, 0, 0, 1)}},
		{"data bus", []dram.Command{act(0, 0, 0, 1), act(1, 1, 0, 1), op(dram.OpRD, 17, 0, 0, 1), op(dram.OpRD, 20, 1, 0, 1)}},
		{"rank switch", []dram.Command{act(0, 0, 0, 1), act(1, 1, 0, 1), op(dram.OpRD, 17, 0, 0, 1), op(dram.OpRD, 21, 1, 0, 1)}},
	} {
		k := dramtest.NewChecker(cfg)
		for i, cmd := range c.cmds {
			if len(k.Violations) > 0 {
				t.Errorf("%s: command %d already violates %v", c.rule, i-1, k.Violations)
			}
			k.Command(cmd)
		}
		found := false
		for _, v := range k.Violations {
			found = found || v.Rule == c.rule && v.Early <= 1
		}
		if !found {
			t.Errorf("%s: got %v", c.rule, k.Violations)
		}
	}
}
