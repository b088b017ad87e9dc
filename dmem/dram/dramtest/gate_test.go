package dramtest_test

import (
	"strconv"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// place returns an address that leads to a rank, bank, row and burst within the row.
func place(cfg dram.Config, rank, bank, row, col int) mem.PAddr {
	a := uint64(0)
	f := cfg.Fields()
	for name, v := range map[string]int{"rank": rank, "bank": bank, "row": row, "col": col} {
		a |= uint64(v) << f[name][0]
	}
	return mem.PAddr(a)
}

type gateReq struct {
	at                   units.Cycles
	rank, bank, row, col int
	write                bool
}

// eight is a device of eight banks, on which tFAW binds.
func eight(cfg *dram.Config) { cfg.Device.NumBanks, cfg.Device.TFAW = 8, 40 }

// awake turns power-down off: a request for a second rank is split off one cycle later, by
// when that rank sleeps.
func awake(cfg *dram.Config) { cfg.System.LowPower = false }

// Each gate opens in exactly the cycle that the part's timings, worked out by hand, give:
// with both commands wanted all along, the second comes not a cycle earlier and not a cycle
// later. DDR4-2400: CL 16, RL 16, WL 15, four cycles of data.
func TestGates(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*dram.Config)
		reqs   []gateReq
		want   []string // op and cycle
	}{
		{"first read: split 0, ACT 1, tRCD 16", nil, []gateReq{{0, 0, 0, 1, 0, false}}, []string{"ACT@1", "RD@17", "PRE@33"}},
		{"from power-down: tXP 4", nil, []gateReq{{100, 0, 0, 1, 0, false}}, []string{"ACT@104", "RD@120", "PRE@136"}},
		{"asleep since cycle 0 only: tCKE 3 holds up power-up", nil, []gateReq{{1, 0, 0, 1, 0, false}}, []string{"ACT@7", "RD@23", "PRE@39"}},
		{"no power-down", awake, []gateReq{{100, 0, 0, 1, 0, false}}, []string{"ACT@101", "RD@117", "PRE@133"}},
		{"AL 10: read at tRCD - AL", func(c *dram.Config) { c.Device.AL = 10 }, []gateReq{{0, 0, 0, 1, 0, false}}, []string{"ACT@1", "RD@7", "PRE@33"}},
		{"read to read, open row: tCCD 4", nil, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "RD@17", "RD@21", "PRE@33"}},
		{"read to read, tCCD 6", func(c *dram.Config) { c.Device.TCCD = 6 }, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "RD@17", "RD@23", "PRE@33"}},
		{"write to write: 4", nil, []gateReq{{0, 0, 0, 1, 0, true}, {0, 0, 0, 1, 1, true}}, []string{"ACT@1", "WR@17", "WR@21", "PRE@58"}},
		{"read to write: 16 + 4 + 1 - 15", nil, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, true}}, []string{"ACT@1", "RD@17", "WR@23", "PRE@60"}},
		{"write to read: 15 + 4 + tWTR 5", nil, []gateReq{{0, 0, 0, 1, 0, true}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "WR@17", "RD@41", "PRE@54"}},
		{"write to PRE: 15 + 4 + tWR 18", nil, []gateReq{{0, 0, 0, 1, 0, true}}, []string{"ACT@1", "WR@17", "PRE@54"}},
		{"read to PRE: tRTP 20", func(c *dram.Config) { c.Device.TRTP = 20 }, []gateReq{{0, 0, 0, 1, 0, false}}, []string{"ACT@1", "RD@17", "PRE@37"}},
		{"row conflict: tRAS 32, then tRP 16", nil, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 2, 0, false}}, []string{"ACT@1", "RD@17", "PRE@33", "ACT@49", "RD@65", "PRE@81"}},
		{"row conflict: tRC 60", func(c *dram.Config) { c.Device.TRC = 60 }, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 2, 0, false}}, []string{"ACT@1", "RD@17", "PRE@33", "ACT@61", "RD@77", "PRE@93"}},
		{"other bank: tRRD 4", nil, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 1, 1, 0, false}}, []string{"ACT@1", "ACT@5", "RD@17", "RD@21", "PRE@33", "PRE@37"}},
		{"four activates: tFAW 40", eight, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 1, 1, 0, false}, {0, 0, 2, 1, 0, false}, {0, 0, 3, 1, 0, false}, {0, 0, 4, 1, 0, false}},
			[]string{"ACT@1", "ACT@5", "ACT@9", "ACT@13", "RD@17", "RD@21", "RD@25", "RD@29", "PRE@33", "PRE@37", "ACT@41", "PRE@42", "PRE@45", "RD@57", "PRE@73"}},
		{"other rank, read to read: 4 + tRTRS 1", awake, []gateReq{{0, 0, 0, 1, 0, false}, {0, 1, 0, 1, 0, false}}, []string{"ACT@1", "ACT@2", "RD@17", "RD@22", "PRE@33", "PRE@34"}},
		{"other rank, write to read: 4 + 1 - 1", awake, []gateReq{{0, 0, 0, 1, 0, true}, {0, 1, 0, 1, 0, false}}, []string{"ACT@1", "ACT@2", "WR@17", "RD@21", "PRE@34", "PRE@54"}},
		{"other rank, read to write: 4 + 1 + 1", awake, []gateReq{{0, 0, 0, 1, 0, false}, {0, 1, 0, 1, 0, true}}, []string{"ACT@1", "ACT@2", "RD@17", "WR@23", "PRE@33", "PRE@60"}},
		{"refresh due at 4681 waits for the open bank: PRE, tRP 16", nil, []gateReq{{4650, 0, 1, 1, 0, false}}, []string{"ACT@4654", "RD@4670", "PRE@4686", "REF@4702"}},
		{"after a refresh: tRFC 312", nil, []gateReq{{4690, 0, 0, 1, 0, false}}, []string{"REF@4681", "ACT@4993", "RD@5009", "PRE@5025"}},
		{"five row hits of six: the owner and TOTAL_ROW_ACCESSES 4", nil, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, false}, {0, 0, 0, 1, 2, false}, {0, 0, 0, 1, 3, false}, {0, 0, 0, 1, 4, false}, {0, 0, 0, 1, 5, false}},
			[]string{"ACT@1", "RD@17", "RD@21", "RD@25", "RD@29", "RD@33", "PRE@37", "ACT@53", "RD@69", "PRE@85"}},
		{"close page: read, tRTP 4 + tRP 16, but tRC 48", func(c *dram.Config) { c.System.RowBufferPolicy = dram.ClosePage }, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "RDA@17", "ACT@49", "RDA@65"}},
		{"close page: write, 15 + 4 + 18 + tRP 16", func(c *dram.Config) { c.System.RowBufferPolicy = dram.ClosePage }, []gateReq{{0, 0, 0, 1, 0, true}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "WRA@17", "ACT@70", "RDA@86"}},
		{"bank groups: tCCD_L 6 within a group", func(c *dram.Config) { c.Device.BankGroups, c.Device.TCCDL = 2, 6 }, []gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 0, 1, 1, false}}, []string{"ACT@1", "RD@17", "RD@23", "PRE@33"}},
		{"bank groups: tCCD 4 across, tRRD_L 9 within", func(c *dram.Config) { c.Device.BankGroups, c.Device.TCCDL, c.Device.TRRDL = 2, 6, 9 },
			[]gateReq{{0, 0, 0, 1, 0, false}, {0, 0, 1, 1, 0, false}, {0, 0, 2, 1, 0, false}}, []string{"ACT@1", "ACT@5", "ACT@10", "RD@17", "RD@21", "RD@26", "PRE@33", "PRE@37", "PRE@42"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := dram.DDR4_2400()
			if c.change != nil {
				c.change(&cfg)
			}
			cfg.Capacity = units.Bytes(cfg.MiBPerRank()) * units.MiB * 2
			m, err := dram.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			m.Probe.OnCommand = func(k *dram.Command) {
				if k.Op == dram.OpREF && k.Rank > 0 {
					return
				}
				got = append(got, k.Op.String()+"@"+strconv.FormatInt(int64(k.Cycle), 10))
			}
			for i, q := range c.reqs {
				m.Push(q.at, place(cfg, q.rank, q.bank, q.row, q.col), q.write, uint32(i))
			}
			m.Advance(c.reqs[0].at + 400)
			m.Stats() // catch up with what comes after the last completion
			if len(got) != len(c.want) {
				t.Fatalf("got  %v\nwant %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("got  %v\nwant %v", got, c.want)
				}
			}
		})
	}
}
