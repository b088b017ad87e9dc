package dram_test

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// A DDR4 memory in DRAMsim3's format.
const sim3DDR4 = `; a comment
[dram_structure]
protocol = DDR4
bankgroups = 4
banks_per_group = 4
rows = 65536 ;
columns = 1024
device_width = 8 ; per chip
BL = 8

[timing]
tCK = 0.833
AL = 0
CL = 16
CWL = 12
tRCD = 16
tRP = 16
tRAS = 39
tRFC = 420
tREFI = 9364
tRRD_S = 4
tRRD_L = 6
tWTR_S = 3
tWTR_L = 9
tFAW = 26
tWR = 19
tCCD_S = 4
tCCD_L = 6
tRTP = 9
tCKE = 6
tXP = 8
tRTRS = 2
tRPRE = 1

[power]
VDD = 1.2
IDD0 = 48
IDD2P = 25
IDD2N = 34.5
IDD3N = 43
IDD4W = 123
IDD4R = 135
IDD5AB = 250
IDD6x = 31

[system]
channel_size = 16384
channels = 2
bus_width = 64
address_mapping = rochrababgco
queue_structure = PER_BANK
refresh_policy = BANK_LEVEL_STAGGERED
row_buf_policy = OPEN_PAGE
cmd_queue_size = 8
trans_queue_size = 32
`

func TestDRAMsim3(t *testing.T) {
	cfg, warnings, err := dram.ParseDRAMsim3(dram.INIFile{Name: "x.ini", Text: sim3DDR4})
	check(t, err)
	check(t, cfg.Validate())
	want := dram.Config{
		Device: dram.Device{
			NumBanks: 16, NumRows: 65536, NumCols: 1024, DeviceWidth: 8, RefreshPeriodNs: 7801, TCKNs: 0.833,
			CL: 16, BL: 8, TRAS: 39, TRCD: 16, TRRD: 4, TRC: 55, TRP: 16, TCCD: 4, TRTP: 9, TWTR: 3, TWR: 19, TRTRS: 2,
			TRFC: 420, TFAW: 26, TCKE: 6, TXP: 8, TCMD: 1, BankGroups: 4, TCCDL: 6, TRRDL: 6, TWTRL: 9,
			IDD0: 48, IDD2P: 25, IDD2N: 35, IDD3N: 43, IDD4W: 123, IDD4R: 135, IDD5: 250, IDD6: 31, VddV: 1.2,
		},
		System: dram.System{
			NumChans: 2, DataBusBits: 64, TransQueueDepth: 32, CmdQueueDepth: 16, AddressMapping: dram.Scheme2,
			FieldOrder: "col,bank,rank,chan,row", Queuing: dram.PerRankPerBank, TotalRowAccesses: 4,
		},
		Capacity: 32 * units.GiB,
	}
	if cfg != want {
		t.Errorf("got  %+v\nwant %+v", cfg, want)
	}
	if got := cfg.Ranks(); got != 2 {
		t.Errorf("ranks: got %d, want 2", got)
	}
	var text []string
	for _, w := range warnings {
		text = append(text, w.String())
	}
	all := strings.Join(text, "\n")
	for _, part := range []string{"CWL: write latency 12 is not covered", "IDD2N: rounded to 35 mA", "refresh_policy: BANK_LEVEL_STAGGERED is not covered", "tRPRE: not covered"} {
		if !strings.Contains(strings.ToLower(all), strings.ToLower(part)) {
			t.Errorf("no warning %q in\n%s", part, all)
		}
	}
	if len(warnings) != 4 {
		t.Errorf("warnings:\n%s", all)
	}
}

func TestDRAMsim3Variants(t *testing.T) {
	for _, c := range []struct{ old, new, err, warning string }{
		{"protocol = DDR4", "protocol = HMC", "x.ini:3: dram_structure.protocol=HMC: want DDR3, DDR4, DDR5, HBM or HBM2", ""},
		{"rochrababgco", "robachrabgco", "want ch, ra, bg, ba, ro and co in some order, bg beside ba", ""},
		{"rochrababgco", "roro", "want ch, ra, bg, ba, ro and co in some order", ""},
		{"rochrababgco", "rochrababgro", "want ch, ra, bg, ba, ro and co in some order", ""},
		{"OPEN_PAGE", "OPEN", "want OPEN_PAGE or CLOSE_PAGE", ""},
		{"tRCD = 16", "tRCD = x", "timing.tRCD=x: want a decimal number", ""},
		{"tRCD = 16", "", "", "timing.tRCD: missing, taken as 10"},
		{"protocol = DDR4", "protocol = HBM2", "", "hbm_dual_cmd: not covered"},
		{"tRPRE = 1", "nonsense", `x.ini:33: "nonsense"`, ""},
	} {
		_, warnings, err := dram.ParseDRAMsim3(dram.INIFile{Name: "x.ini", Text: strings.Replace(sim3DDR4, c.old, c.new, 1)})
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got error %v, want %q", c.new, err, c.err)
		}
		found := c.warning == ""
		for _, w := range warnings {
			found = found || strings.Contains(w.String(), c.warning)
		}
		if !found {
			t.Errorf("%s: got %v, want %q", c.new, warnings, c.warning)
		}
	}
}

func FuzzDRAMsim3(f *testing.F) {
	f.Add(sim3DDR4)
	f.Add("[a]\n;\n=\nx=")
	f.Fuzz(func(t *testing.T, text string) {
		if cfg, _, err := dram.ParseDRAMsim3(dram.INIFile{Name: "x", Text: text}); err == nil {
			_ = cfg.Validate()
		}
	})
}
