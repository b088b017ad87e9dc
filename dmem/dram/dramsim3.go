package dram

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// ReadDRAMsim3 reads a DRAMsim3 file from disk; see [ParseDRAMsim3].
func ReadDRAMsim3(name string) (Config, []Warning, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Config{}, nil, fmt.Errorf("dram: %w", err)
	}
	return ParseDRAMsim3(INIFile{name, string(text)})
}

// ParseDRAMsim3 reads a DRAMsim3 configuration of a DDR3, DDR4, DDR5, HBM or HBM2 memory
// as far as this model covers it, with bank groups on and the capacity set. What the file
// says and the model cannot follow is returned as a warning, item by item (DEVIATIONS.md,
// section D); what would make the result meaningless, such as another protocol, is an
// error: an *[INIError] each, joined. A missing key gets DRAMsim3's own default, with a
// warning.
func ParseDRAMsim3(f INIFile) (Config, []Warning, error) {
	r := sim3{file: f.Name, values: map[string]sim3Value{}}
	r.scan(f.Text)
	cfg := r.config()
	var unused []string
	for key, v := range r.values {
		if !v.used {
			unused = append(unused, key)
		}
	}
	slices.SortFunc(unused, func(a, b string) int { return r.values[a].line - r.values[b].line })
	for _, key := range unused {
		r.warnings = append(r.warnings, Warning{f.Name, r.values[key].line, key, "not covered by the model, ignored"})
	}
	if r.errs != nil {
		return Config{}, r.warnings, errors.Join(r.errs...)
	}
	return cfg, r.warnings, nil
}

// sim3 reads one file. Keys are "section.name" in lower case.
type sim3 struct {
	file     string
	values   map[string]sim3Value
	warnings []Warning
	errs     []error
}

type sim3Value struct {
	text string
	line int
	used bool
}

// scan reads the sections: "name = value", comments after ';' or '#' at the start of a
// line and after a blank and ';' within it.
func (r *sim3) scan(text string) {
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == ';' || line[0] == '#' {
			continue
		}
		for j := 1; j < len(line); j++ {
			if line[j] == ';' && (line[j-1] == ' ' || line[j-1] == '\t') {
				line = strings.TrimSpace(line[:j])
			}
		}
		if line[0] == '[' && strings.HasSuffix(line, "]") {
			section = strings.ToLower(strings.TrimSpace(line[1 : len(line)-1]))
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			r.errs = append(r.errs, &INIError{File: r.file, Line: i + 1, Value: line, Want: "[section] or name = value"})
			continue
		}
		r.values[section+"."+strings.ToLower(strings.TrimSpace(key))] = sim3Value{strings.TrimSpace(value), i + 1, false}
	}
}

func (r *sim3) warn(key, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{r.file, r.values[strings.ToLower(key)].line, key, fmt.Sprintf(format, args...)})
}

func (r *sim3) fail(key, want string) {
	v := r.values[strings.ToLower(key)]
	r.errs = append(r.errs, &INIError{File: r.file, Line: v.line, Key: key, Value: v.text, Want: want})
}

func (r *sim3) has(key string) bool {
	_, ok := r.values[strings.ToLower(key)]
	return ok
}

func (r *sim3) text(key, missing string) string {
	v, ok := r.values[strings.ToLower(key)]
	if !ok {
		r.warn(key, "missing, taken as %s", missing)
		return missing
	}
	v.used = true
	r.values[strings.ToLower(key)] = v
	return v.text
}

// number reads a non-negative whole number; text after it is ignored.
func (r *sim3) number(key string, missing int) int {
	s := r.text(key, strconv.Itoa(missing))
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 32)
	if err != nil {
		r.fail(key, "a decimal number")
	}
	return int(n)
}

func (r *sim3) cycles(key string, missing int) units.Cycles {
	return units.Cycles(r.number(key, missing))
}

func (r *sim3) real(key string, missing float64) float64 {
	s, _, _ := strings.Cut(r.text(key, strconv.FormatFloat(missing, 'g', -1, 64)), " ")
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0) || math.IsInf(f, 0) {
		r.fail(key, "a decimal number")
	}
	return f
}

// current reads a current in mA, which the model keeps as a whole number.
func (r *sim3) current(key string, missing float64) uint32 {
	f := r.real(key, missing)
	if f > math.MaxInt32 {
		r.fail(key, "a current in mA")
		return 0
	}
	n := uint32(math.Round(f))
	if float64(n) != f {
		r.warn(key, "rounded to %d mA", n)
	}
	return n
}

func (r *sim3) flag(key string, missing bool) bool {
	if !r.has(key) {
		return missing
	}
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(r.text(key, "")))
}

func (r *sim3) config() Config {
	var c Config
	d, s := &c.Device, &c.System
	protocol := r.text("dram_structure.protocol", "DDR3")
	if !slices.Contains([]string{"DDR3", "DDR4", "DDR5", "HBM", "HBM2"}, protocol) {
		r.fail("dram_structure.protocol", "DDR3, DDR4, DDR5, HBM or HBM2: the model covers no other")
	}
	hbm := strings.HasPrefix(protocol, "HBM")

	groups, perGroup := r.number("dram_structure.bankgroups", 2), r.number("dram_structure.banks_per_group", 2)
	if !r.flag("dram_structure.bankgroup_enable", true) {
		groups, perGroup = 1, groups*perGroup
	}
	d.NumBanks = groups * perGroup
	d.NumRows, d.NumCols = r.number("dram_structure.rows", 1<<16), r.number("dram_structure.columns", 1<<10)
	if hbm {
		d.NumCols *= 2 // DRAMsim3's unit: a column of HBM is two beats
		if r.flag("dram_structure.hbm_dual_cmd", true) {
			r.warn("dram_structure.hbm_dual_cmd", "not covered: one command a cycle, row and column commands alike (DEVIATIONS.md D3)")
		}
	}
	d.DeviceWidth, d.BL = r.number("dram_structure.device_width", 8), r.number("dram_structure.bl", 8)

	d.TCKNs = float32(r.real("timing.tCK", 1))
	if d.TCKNs <= 0 {
		r.fail("timing.tCK", "a period above 0 ns")
		d.TCKNs = 1
	}
	d.CL = r.cycles("timing.CL", 12)
	if r.has("timing.AL") {
		d.AL = r.cycles("timing.AL", 0)
	}
	if cwl := r.cycles("timing.CWL", 12); cwl != d.CL-1 {
		r.warn("timing.CWL", "write latency %d is not covered: the model's is one less than the read latency (DEVIATIONS.md D2)", cwl)
	}
	d.TRP, d.TRAS = r.cycles("timing.tRP", 10), r.cycles("timing.tRAS", 24)
	d.TRC = d.TRAS + d.TRP
	if hbm {
		rd, wr := r.cycles("timing.tRCDRD", 24), r.cycles("timing.tRCDWR", 20)
		if d.TRCD = max(rd, wr); rd != wr {
			r.warn("timing.tRCDRD", "tRCDRD and tRCDWR differ: the larger one is used for both (DEVIATIONS.md D3)")
		}
		short, long := r.cycles("timing.tRTP_S", 5), r.cycles("timing.tRTP_L", 5)
		if d.TRTP = max(short, long); short != long {
			r.warn("timing.tRTP_S", "tRTP_S and tRTP_L differ: the larger one is used for both (DEVIATIONS.md D3)")
		}
	} else {
		d.TRCD, d.TRTP = r.cycles("timing.tRCD", 10), r.cycles("timing.tRTP", 5)
	}
	d.TCCD, d.TRRD, d.TWTR = r.cycles("timing.tCCD_S", 4), r.cycles("timing.tRRD_S", 4), r.cycles("timing.tWTR_S", 5)
	ccd, rrd, wtr := r.cycles("timing.tCCD_L", 6), r.cycles("timing.tRRD_L", 4), r.cycles("timing.tWTR_L", 5)
	if groups > 1 {
		d.BankGroups, d.TCCDL, d.TRRDL, d.TWTRL = groups, ccd, rrd, wtr
	} else {
		d.TCCD, d.TRRD, d.TWTR = max(d.TCCD, ccd), max(d.TRRD, rrd), max(d.TWTR, wtr)
	}
	d.TWR, d.TRTRS = r.cycles("timing.tWR", 10), r.cycles("timing.tRTRS", 2)
	d.TRFC, d.TFAW = r.cycles("timing.tRFC", 74), r.cycles("timing.tFAW", 50)
	d.TCKE, d.TXP, d.TCMD = r.cycles("timing.tCKE", 6), r.cycles("timing.tXP", 8), 1
	interval := r.number("timing.tREFI", 7800)
	d.RefreshPeriodNs = int(math.Ceil(float64(interval) * float64(d.TCKNs)))
	if got := int(float32(d.RefreshPeriodNs) / d.TCKNs); got != interval {
		r.warn("timing.tREFI", "%d cycles become %d: the model keeps the interval in whole nanoseconds (DEVIATIONS.md D4)", interval, got)
	}

	d.IDD0, d.IDD2P, d.IDD2N = r.current("power.IDD0", 48), r.current("power.IDD2P", 25), r.current("power.IDD2N", 34)
	d.IDD3N, d.IDD4W, d.IDD4R = r.current("power.IDD3N", 43), r.current("power.IDD4W", 123), r.current("power.IDD4R", 135)
	d.IDD5, d.IDD6 = r.current("power.IDD5AB", 250), r.current("power.IDD6x", 31)
	d.VddV = float32(r.real("power.VDD", 1.2))

	s.NumChans, s.DataBusBits = r.number("system.channels", 1), r.number("system.bus_width", 64)
	c.Capacity = units.Bytes(r.number("system.channel_size", 1024)) * units.Bytes(s.NumChans) * units.MiB
	s.TransQueueDepth = r.number("system.trans_queue_size", 32)
	s.CmdQueueDepth = 2 * r.number("system.cmd_queue_size", 16) // the model counts ACT and column command
	s.TotalRowAccesses = 4                                      // DRAMsim3 closes a row after four hits if others wait
	s.Scheduling = RankThenBank
	switch r.text("system.row_buf_policy", "OPEN_PAGE") {
	case "OPEN_PAGE":
	case "CLOSE_PAGE":
		s.RowBufferPolicy = ClosePage
	default:
		r.fail("system.row_buf_policy", "OPEN_PAGE or CLOSE_PAGE")
	}
	switch r.text("system.queue_structure", "PER_BANK") {
	case "PER_RANK":
	case "PER_BANK":
		s.Queuing = PerRankPerBank
	default:
		r.fail("system.queue_structure", "PER_RANK or PER_BANK")
	}
	if r.has("system.refresh_policy") {
		if p := r.text("system.refresh_policy", ""); p != "RANK_LEVEL_STAGGERED" {
			r.warn("system.refresh_policy", "%s is not covered: ranks are refreshed as a whole, staggered (DEVIATIONS.md D5)", p)
		}
	}
	s.AddressMapping = Scheme2
	s.FieldOrder = r.order(d, groups > 1)
	for _, key := range []string{"other.epoch_period", "other.output_level", "other.output_prefix", "power.IPP0", "power.IDD3P"} {
		if r.has(key) {
			r.text(key, "") // of no effect on what is simulated
		}
	}
	return c
}

// order turns DRAMsim3's mapping, six two-letter fields from the high end, into a field
// order; bank and bank group must be neighbours.
func (r *sim3) order(d *Device, groups bool) string {
	const key = "system.address_mapping"
	const want = "ch, ra, bg, ba, ro and co in some order, bg beside ba"
	text := r.text(key, "chrobabgraco")
	if len(text) != 12 {
		r.fail(key, want)
		return ""
	}
	names := map[string]string{"ch": "chan", "ra": "rank", "ba": "bank", "ro": "row", "co": "col", "bg": "bg"}
	var order []string
	for i := 10; i >= 0; i -= 2 {
		order = append(order, names[text[i:i+2]])
	}
	bg, ba := slices.Index(order, "bg"), slices.Index(order, "bank")
	if bg < 0 || ba < 0 || groups && bg != ba-1 && bg != ba+1 {
		r.fail(key, want)
		return ""
	}
	d.GroupsHigh = groups && bg > ba
	order = slices.Delete(order, bg, bg+1)
	sorted := slices.Sorted(slices.Values(order))
	if !slices.Equal(sorted, []string{"bank", "chan", "col", "rank", "row"}) {
		r.fail(key, want)
	}
	return strings.Join(order, ",")
}
