package dram_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func iniText(t testing.TB) (device, system string) {
	t.Helper()
	cfg := dram.DDR4_2400()
	return cfg.WriteINI()
}

func TestINIRoundTrip(t *testing.T) {
	for _, want := range []dram.Config{dram.DDR4_2400(), dram.DDR3_1333_x4(), dram.DDR3_1333_x16(), dram.DDR2_800_x4()} {
		device, system := want.WriteINI()
		got, warnings, err := dram.ParseINI(dram.INIFile{Name: "d.ini", Text: device}, dram.INIFile{Name: "s.ini", Text: system})
		check(t, err)
		want.Device.Clock = units.Clock{} // the format has none
		if got != want || len(warnings) > 0 {
			t.Errorf("got  %+v\nwant %+v\nwarnings %v", got, want, warnings)
		}
	}
}

// The presets are the parts of the golden cases.
func TestPresetsAreTheOracleParts(t *testing.T) {
	for name, cfg := range map[string]dram.Config{
		"core_rand_low_4g": dram.DDR4_2400(), "close_ddr3_s4_lp": dram.DDR3_1333_x4(),
		"open_lostref_ddr3_64r": dram.DDR3_1333_x16(), "open_ddr2_bl4": dram.DDR2_800_x4(),
	} {
		got, _, err := dram.ReadINI("testdata/oracle/"+name+"/device.ini", "testdata/oracle/core_rand_low_4g/system.ini")
		check(t, err)
		cfg.Device.Clock = units.Clock{}
		if got != cfg {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, cfg, got)
		}
	}
}

func TestINISyntax(t *testing.T) {
	device, system := iniText(t)
	for _, c := range []struct {
		name     string
		old, new string // replaced in the device file
		err      string // part of the error; empty: none
		warning  string
		differs  func(*dram.Config) // from the preset
	}{
		{name: "comment after the value", old: "tRTRS=1\n", new: "tRTRS=2; -- RANK PARAMETER\n", differs: func(c *dram.Config) { c.Device.TRTRS = 2 }},
		{name: "blanks and tabs at the end", old: "CL=16\n", new: "CL=17 \t \n", differs: func(c *dram.Config) { c.Device.CL = 17 }},
		{name: "line ends of another system", old: "CL=16\n", new: "CL=17\r\n", differs: func(c *dram.Config) { c.Device.CL = 17 }},
		{name: "comment line, empty line", old: "CL=16\n", new: "\n;CL=3\n  ;x\nCL=16\n"},
		{name: "decimal prefix", old: "CL=16\n", new: "CL=17ck\n", warning: `d.ini:7: CL: "ck" after the number is ignored`, differs: func(c *dram.Config) { c.Device.CL = 17 }},
		{name: "the last one counts", old: "CL=16\n", new: "CL=16\nCL=18\n", warning: "d.ini:8: CL: counts instead of line 7", differs: func(c *dram.Config) { c.Device.CL = 18 }},
		{name: "single precision", old: "tCK=0.833\n", new: "tCK=1.2\n", differs: func(c *dram.Config) { c.Device.TCKNs = 1.2 }},
		{name: "exponent", old: "tCK=0.833\n", new: "tCK=12e-1\n", differs: func(c *dram.Config) { c.Device.TCKNs = 1.2 }},
		{name: "unknown key", old: "CL=16\n", new: "CL=16\ntFOO=3\n", warning: "d.ini:8: tFOO: unknown key, ignored"},
		{name: "system key in the device file", old: "CL=16\n", new: "CL=16\nUSE_LOW_POWER=true\n"},
		{name: "blank before =", old: "CL=16\n", new: "CL =16\n", err: "d.ini, s.ini: missing key CL: want a decimal number", warning: "blanks belong to the key"},
		{name: "blank after =", old: "CL=16\n", new: "CL= 16\n", err: "d.ini:7: CL= 16: want a decimal number"},
		{name: "no =", old: "CL=16\n", new: "CL 16\nCL=16\n", err: `d.ini:7: "CL 16": want KEY=VALUE`},
		{name: "no number", old: "CL=16\n", new: "CL=x\n", err: "d.ini:7: CL=x: want a decimal number"},
		{name: "negative", old: "CL=16\n", new: "CL=-1\n", err: "d.ini:7: CL=-1: want a decimal number"},
		{name: "too large", old: "CL=16\n", new: "CL=99999999999\n", err: "want a decimal number up to 2147483647"},
		{name: "no value", old: "tCK=0.833\n", new: "tCK=\n", err: "d.ini:6: tCK=: want a positive decimal number"},
		{name: "zero period", old: "tCK=0.833\n", new: "tCK=0\n", err: "want a positive decimal number"},
		{name: "missing", old: "tRP=16\n", new: "", err: "missing key tRP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(device, c.old, c.new, 1)
			if text == device {
				t.Fatal("nothing replaced")
			}
			got, warnings, err := dram.ParseINI(dram.INIFile{Name: "d.ini", Text: text}, dram.INIFile{Name: "s.ini", Text: system})
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error: got %v, want %q", err, c.err)
			}
			if (len(warnings) > 0) != (c.warning != "") || len(warnings) > 0 && !strings.Contains(warnings[0].String(), c.warning) {
				t.Errorf("warnings: got %v, want %q", warnings, c.warning)
			}
			if err != nil {
				return
			}
			want := dram.DDR4_2400()
			want.Device.Clock = units.Clock{}
			if c.differs != nil {
				c.differs(&want)
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestINIEnumerations(t *testing.T) {
	device, system := iniText(t)
	for _, c := range []struct{ old, new, err string }{
		{"ROW_BUFFER_POLICY=open_page", "ROW_BUFFER_POLICY=open", "s.ini:6: ROW_BUFFER_POLICY=open: want one of open_page, close_page"},
		{"ADDRESS_MAPPING_SCHEME=scheme2", "ADDRESS_MAPPING_SCHEME=scheme8", "want one of scheme1, scheme2, scheme3, scheme4, scheme5, scheme6, scheme7"},
		{"SCHEDULING_POLICY=rank_then_bank_round_robin", "SCHEDULING_POLICY=fcfs", "want one of rank_then_bank_round_robin, bank_then_rank_round_robin"},
		{"QUEUING_STRUCTURE=per_rank", "QUEUING_STRUCTURE=", "want one of per_rank, per_rank_per_bank"},
		{"QUEUING_STRUCTURE=per_rank\n", "", "missing key QUEUING_STRUCTURE: want one of per_rank, per_rank_per_bank"},
	} {
		text := strings.Replace(system, c.old, c.new, 1)
		_, _, err := dram.ParseINI(dram.INIFile{Name: "d.ini", Text: device}, dram.INIFile{Name: "s.ini", Text: text})
		if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got %v, want %q", c.new, err, c.err)
		}
	}
	// Booleans are true for exactly true and 1.
	for value, want := range map[string]bool{"true": true, "1": true, "True": false, "TRUE": false, "yes": false, "0": false, "false": false} {
		text := strings.Replace(system, "USE_LOW_POWER=true", "USE_LOW_POWER="+value, 1)
		cfg, warnings, err := dram.ParseINI(dram.INIFile{Name: "d.ini", Text: device}, dram.INIFile{Name: "s.ini", Text: text})
		check(t, err)
		if cfg.System.LowPower != want {
			t.Errorf("%s: got %v", value, cfg.System.LowPower)
		}
		if odd := !want && value != "0" && value != "false"; odd != (len(warnings) == 1) {
			t.Errorf("%s: warnings %v", value, warnings)
		}
	}
}

// All faults come at once, each with its place.
func TestINIErrorsJoined(t *testing.T) {
	_, _, err := dram.ParseINI(dram.INIFile{Name: "a", Text: "CL=x\nnonsense\n"}, dram.INIFile{Name: "b", Text: "AL=y\n"})
	var one *dram.INIError
	if !errors.As(err, &one) || one.File != "a" || one.Line != 1 || one.Key != "CL" || one.Value != "x" {
		t.Errorf("got %+v", one)
	}
	for _, part := range []string{"a:1: CL=x", `a:2: "nonsense"`, "b:1: AL=y", "missing key tCK", "missing key IDD7"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in\n%v", part, err)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		change func(*dram.Config)
		want   string // path of the field; empty: valid
	}{
		{func(*dram.Config) {}, ""},
		{func(c *dram.Config) { c.Capacity = 512 * units.MiB }, ""}, // less than one rank: one rank
		{func(c *dram.Config) { c.Capacity = 0 }, "dram.capacity"},
		{func(c *dram.Config) { c.Capacity = 3 * units.GiB }, "dram.capacity"},
		{func(c *dram.Config) { c.Capacity = 4*units.GiB + 1 }, "dram.capacity"},
		{func(c *dram.Config) { c.System.TotalRowAccesses = 0 }, "dram.system.total_row_accesses"},
		{func(c *dram.Config) { c.System.TotalRowAccesses = 0; c.System.RowBufferPolicy = dram.ClosePage }, ""},
		{func(c *dram.Config) { c.System.CmdQueueDepth = 1 }, "dram.system.cmd_queue_depth"},
		{func(c *dram.Config) { c.System.TransQueueDepth = 0 }, "dram.system.trans_queue_depth"},
		{func(c *dram.Config) { c.System.NumChans = 0 }, "dram.system.num_chans"},
		{func(c *dram.Config) { c.System.AddressMapping = 8 }, "dram.system.address_mapping"},
		{func(c *dram.Config) { c.System.FieldOrder = "row,row,bank,rank,chan" }, "dram.system.field_order"},
		{func(c *dram.Config) { c.System.FieldOrder = "row,col,bank,rank,chan" }, ""},
		{func(c *dram.Config) { c.Device.TFAW = 0 }, "dram.device.tfaw"},
		{func(c *dram.Config) { c.Device.TCMD = 2 }, "dram.device.tcmd"},
		{func(c *dram.Config) { c.Device.TCMD = 0 }, "dram.device.tcmd"},
		{func(c *dram.Config) { c.Device.AL = 17 }, "dram.device.al"},
		{func(c *dram.Config) { c.Device.TRFC = 1 << 20 }, "dram.device.trfc"},
		{func(c *dram.Config) { c.Device.CL = -1 }, "dram.device.cl"},
		{func(c *dram.Config) { c.Device.BL = 1 }, "dram.device.bl"},
		{func(c *dram.Config) { c.Device.DeviceWidth = 0 }, "dram.device.device_width"},
		{func(c *dram.Config) { c.Device.DeviceWidth = 128 }, "dram.device.device_width"},
		{func(c *dram.Config) { c.Device.NumRows = 1; c.Device.NumCols = 8 }, "dram.device.num_rows"},
		{func(c *dram.Config) { c.Device.NumCols = 4; c.Device.NumRows = 1 << 24 }, "dram.device.num_cols"},
		{func(c *dram.Config) { c.Device.TCKNs = 0 }, "dram.device.tck_ns"},
		{func(c *dram.Config) { c.Device.RefreshPeriodNs = 1; c.Device.TCKNs = 0.9 }, "dram.device.refresh_period_ns"},
		{func(c *dram.Config) { c.Device.BankGroups = 3 }, "dram.device.bank_groups"},
		{func(c *dram.Config) { c.Device.TCCDL = 6 }, "dram.device.bank_groups"},
		{func(c *dram.Config) { c.Front = 2 }, "dram.front"},
	} {
		cfg := dram.DDR4_2400()
		cfg.Capacity = 4 * units.GiB
		c.change(&cfg)
		_, err := dram.New(cfg)
		if c.want == "" {
			check(t, err)
			continue
		}
		var fault *units.FieldError
		if !errors.As(err, &fault) || fault.Path != c.want || fault.Want == "" {
			t.Errorf("got %v, want a fault in %s", err, c.want)
		}
	}
	// The zero Config reports everything at once.
	err := dram.Config{}.Validate()
	if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n < 15 {
		t.Errorf("got %d faults", n)
	}
}

// A parsed file never makes the parser or New fail other than by an error, and what is
// valid survives being written and read again.
func FuzzINI(f *testing.F) {
	device, system := iniText(f)
	f.Add(device, system)
	f.Add("CL=16;x\n=\n;\nCL", "USE_LOW_POWER=1")
	f.Add(strings.ReplaceAll(device, "=", " ="), system)
	f.Fuzz(func(t *testing.T, device, system string) {
		cfg, _, err := dram.ParseINI(dram.INIFile{Name: "d", Text: device}, dram.INIFile{Name: "s", Text: system})
		if err != nil {
			return
		}
		d, s := cfg.WriteINI()
		again, warnings, err := dram.ParseINI(dram.INIFile{Name: "d", Text: d}, dram.INIFile{Name: "s", Text: s})
		if err != nil || len(warnings) > 0 || !reflect.DeepEqual(cfg, again) {
			t.Fatalf("%v %v\n%+v\n%+v", err, warnings, cfg, again)
		}
		cfg.Capacity = units.GiB
		_ = cfg.Validate()
	})
}
