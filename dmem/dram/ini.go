package dram

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// INIError reports one fault of a DRAMSim2 file.
type INIError struct {
	File  string // name of the file; both, if a key is missing
	Line  int    // counted from 1; 0 if a key is missing
	Key   string // as written; empty if the line has none
	Value string // as written
	Want  string // what is allowed
}

func (e *INIError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("dram: %s: missing key %s: want %s", e.File, e.Key, e.Want)
	}
	if e.Key == "" {
		return fmt.Sprintf("dram: %s:%d: %q: want %s", e.File, e.Line, e.Value, e.Want)
	}
	return fmt.Sprintf("dram: %s:%d: %s=%s: want %s", e.File, e.Line, e.Key, e.Value, e.Want)
}

// Warning tells of something in a file that is not an error but that the author may not
// have meant, such as a key that nobody knows.
type Warning struct {
	File    string
	Line    int // counted from 1; 0 if it concerns the file as a whole
	Key     string
	Message string
}

// String returns the warning in one line.
func (w Warning) String() string {
	if w.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", w.File, w.Key, w.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", w.File, w.Line, w.Key, w.Message)
}

// INIFile is the text of a file and the name it goes by in messages.
type INIFile struct {
	Name string
	Text string
}

// ReadINI reads DRAMSim2's device file and system file from disk; see [ParseINI].
func ReadINI(device, system string) (Config, []Warning, error) {
	var files []INIFile
	for _, name := range []string{device, system} {
		text, err := os.ReadFile(name)
		if err != nil {
			return Config{}, nil, fmt.Errorf("dram: %w", err)
		}
		files = append(files, INIFile{name, string(text)})
	}
	return ParseINI(files...)
}

// ParseINI reads the parameters of a memory in DRAMSim2's file format: KEY=VALUE lines,
// comments from ';' on, no blanks around '='. Of a number the longest decimal prefix
// counts; a boolean is true for "true" or "1" only. The files are read in order; a key may
// stand in any of them, and the last one wins, with a warning if one file has it twice. Every numeric key and every enumeration
// must be present.
//
// It returns all faults joined, each an *[INIError] with file, line, key and what is
// allowed; unknown keys, which the reference ignores, as warnings. The Config has no
// capacity yet and is not validated.
func ParseINI(files ...INIFile) (Config, []Warning, error) {
	var cfg Config
	var warnings []Warning
	var errs []error
	keys := iniKeys(&cfg)
	seen := map[string]bool{}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		lines := map[string]int{} // of its keys
		for i, line := range strings.Split(f.Text, "\n") {
			line, _, _ = strings.Cut(line, ";")
			line = strings.TrimRight(line, " \t\r")
			if line == "" {
				continue
			}
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				errs = append(errs, &INIError{File: f.Name, Line: i + 1, Value: line, Want: "KEY=VALUE"})
				continue
			}
			k := slices.IndexFunc(keys, func(k iniKey) bool { return k.name == key })
			if k < 0 {
				message := "unknown key, ignored"
				if strings.TrimSpace(key) != key {
					message = "unknown key, ignored (blanks belong to the key)"
				}
				warnings = append(warnings, Warning{f.Name, i + 1, key, message})
				continue
			}
			if before := lines[key]; before > 0 {
				warnings = append(warnings, Warning{f.Name, i + 1, key, fmt.Sprintf("counts instead of line %d", before)})
			}
			lines[key] = i + 1
			seen[key] = true
			want, warning := keys[k].set(value)
			if want != "" {
				errs = append(errs, &INIError{File: f.Name, Line: i + 1, Key: key, Value: value, Want: want})
			}
			if warning != "" {
				warnings = append(warnings, Warning{f.Name, i + 1, key, warning})
			}
		}
	}
	all := strings.Join(names, ", ")
	for _, k := range keys {
		switch {
		case seen[k.name]:
		case !k.optional:
			errs = append(errs, &INIError{File: all, Key: k.name, Want: k.want})
		case k.missing != "":
			warnings = append(warnings, Warning{all, 0, k.name, k.missing})
		}
	}
	if errs != nil {
		return Config{}, warnings, errors.Join(errs...)
	}
	return cfg, warnings, nil
}

// iniKey is one key of the format: set stores a value and returns what is allowed if it is
// not, and a warning.
type iniKey struct {
	name     string
	want     string
	set      func(value string) (want, warning string)
	optional bool
	missing  string // warning if an optional key is missing
}

func iniKeys(c *Config) []iniKey {
	d, s := &c.Device, &c.System
	ignored := func(string) (string, string) { return "", "" }
	flag := func(name string) iniKey { return iniKey{name: name, set: ignored, optional: true} }
	keys := []iniKey{
		number("NUM_BANKS", &d.NumBanks), number("NUM_ROWS", &d.NumRows), number("NUM_COLS", &d.NumCols),
		number("DEVICE_WIDTH", &d.DeviceWidth), number("REFRESH_PERIOD", &d.RefreshPeriodNs), float("tCK", &d.TCKNs),
		number("CL", &d.CL), number("AL", &d.AL), number("BL", &d.BL),
		number("tRAS", &d.TRAS), number("tRCD", &d.TRCD), number("tRRD", &d.TRRD), number("tRC", &d.TRC),
		number("tRP", &d.TRP), number("tCCD", &d.TCCD), number("tRTP", &d.TRTP), number("tWTR", &d.TWTR),
		number("tWR", &d.TWR), number("tRTRS", &d.TRTRS), number("tRFC", &d.TRFC), number("tFAW", &d.TFAW),
		number("tCKE", &d.TCKE), number("tXP", &d.TXP), number("tCMD", &d.TCMD),
		number("IDD0", &d.IDD0), number("IDD1", &d.IDD1), number("IDD2P", &d.IDD2P), number("IDD2Q", &d.IDD2Q),
		number("IDD2N", &d.IDD2N), number("IDD3Pf", &d.IDD3Pf), number("IDD3Ps", &d.IDD3Ps), number("IDD3N", &d.IDD3N),
		number("IDD4W", &d.IDD4W), number("IDD4R", &d.IDD4R), number("IDD5", &d.IDD5), number("IDD6", &d.IDD6),
		number("IDD6L", &d.IDD6L), number("IDD7", &d.IDD7), float("Vdd", &d.VddV),
		number("NUM_CHANS", &s.NumChans), number("JEDEC_DATA_BUS_BITS", &s.DataBusBits),
		number("TRANS_QUEUE_DEPTH", &s.TransQueueDepth), number("CMD_QUEUE_DEPTH", &s.CmdQueueDepth),
		number("EPOCH_LENGTH", &s.EpochLength), number("TOTAL_ROW_ACCESSES", &s.TotalRowAccesses),
		choice("ROW_BUFFER_POLICY", &s.RowBufferPolicy, rowPolicyNames),
		choice("ADDRESS_MAPPING_SCHEME", &s.AddressMapping, mappingNames[1:]),
		choice("SCHEDULING_POLICY", &s.Scheduling, schedulingNames),
		choice("QUEUING_STRUCTURE", &s.Queuing, queuingNames),
		{name: "USE_LOW_POWER", optional: true, missing: "missing, taken as false", set: func(v string) (string, string) {
			s.LowPower = v == "true" || v == "1"
			if !s.LowPower && v != "false" && v != "0" {
				return "", "read as false: only true and 1 are true"
			}
			return "", ""
		}},
	}
	for _, name := range []string{
		"DEBUG_TRANS_Q", "DEBUG_CMD_Q", "DEBUG_ADDR_MAP", "DEBUG_BUS", "DEBUG_BANKSTATE", "DEBUG_BANKS", "DEBUG_POWER",
		"VIS_FILE_OUTPUT", "VERIFICATION_OUTPUT", "DEBUG_INI_READER",
	} {
		keys = append(keys, flag(name))
	}
	return keys
}

// number is a key whose value is a decimal number; text after it is ignored.
func number[T ~int | ~int64 | ~uint32](name string, dst *T) iniKey {
	want := "a decimal number up to " + strconv.Itoa(math.MaxInt32)
	return iniKey{name: name, want: want, set: func(v string) (string, string) {
		end := 0
		for end < len(v) && v[end] >= '0' && v[end] <= '9' {
			end++
		}
		n, err := strconv.ParseInt(v[:end], 10, 32)
		if err != nil {
			return want, ""
		}
		*dst = T(n)
		return "", trailing(v[end:])
	}}
}

// float is a key whose value is a decimal fraction in single precision.
func float(name string, dst *float32) iniKey {
	const want = "a positive decimal number"
	return iniKey{name: name, want: want, set: func(v string) (string, string) {
		end := 0
		for i := 1; i <= len(v) && strings.IndexByte("0123456789.eE+-", v[i-1]) >= 0; i++ {
			if _, err := strconv.ParseFloat(v[:i], 32); err == nil {
				end = i
			}
		}
		f, err := strconv.ParseFloat(v[:end], 32)
		if err != nil || !(f > 0) {
			return want, ""
		}
		*dst = float32(f)
		return "", trailing(v[end:])
	}}
}

func trailing(rest string) string {
	if rest = strings.TrimSpace(rest); rest != "" {
		return fmt.Sprintf("%q after the number is ignored", rest)
	}
	return ""
}

// choice is a key whose value is one of several names.
func choice(name string, dst encoding.TextUnmarshaler, names []string) iniKey {
	want := "one of " + strings.Join(names, ", ")
	return iniKey{name: name, want: want, set: func(v string) (string, string) {
		if dst.UnmarshalText([]byte(v)) != nil {
			return want, ""
		}
		return "", ""
	}}
}

// WriteINI returns the Config in DRAMSim2's file format, as a device file and a system
// file. Reading them back gives the same Device (without what the format cannot express:
// the nominal clock and bank groups) and System.
func (c Config) WriteINI() (device, system string) {
	d, s := &c.Device, &c.System
	var dev, sys strings.Builder
	p := func(b *strings.Builder, key string, v any) { fmt.Fprintf(b, "%s=%v\n", key, v) }
	for _, kv := range []struct {
		key string
		v   any
	}{
		{"NUM_BANKS", d.NumBanks}, {"NUM_ROWS", d.NumRows}, {"NUM_COLS", d.NumCols}, {"DEVICE_WIDTH", d.DeviceWidth},
		{"REFRESH_PERIOD", d.RefreshPeriodNs}, {"tCK", d.TCKNs}, {"CL", int64(d.CL)}, {"AL", int64(d.AL)}, {"BL", d.BL},
		{"tRAS", d.TRAS}, {"tRCD", d.TRCD}, {"tRRD", d.TRRD}, {"tRC", d.TRC}, {"tRP", d.TRP}, {"tCCD", d.TCCD},
		{"tRTP", d.TRTP}, {"tWTR", d.TWTR}, {"tWR", d.TWR}, {"tRTRS", d.TRTRS}, {"tRFC", d.TRFC}, {"tFAW", d.TFAW},
		{"tCKE", d.TCKE}, {"tXP", d.TXP}, {"tCMD", d.TCMD},
		{"IDD0", d.IDD0}, {"IDD1", d.IDD1}, {"IDD2P", d.IDD2P}, {"IDD2Q", d.IDD2Q}, {"IDD2N", d.IDD2N},
		{"IDD3Pf", d.IDD3Pf}, {"IDD3Ps", d.IDD3Ps}, {"IDD3N", d.IDD3N}, {"IDD4W", d.IDD4W}, {"IDD4R", d.IDD4R},
		{"IDD5", d.IDD5}, {"IDD6", d.IDD6}, {"IDD6L", d.IDD6L}, {"IDD7", d.IDD7}, {"Vdd", d.VddV},
	} {
		p(&dev, kv.key, kv.v)
	}
	p(&sys, "NUM_CHANS", s.NumChans)
	p(&sys, "JEDEC_DATA_BUS_BITS", s.DataBusBits)
	p(&sys, "TRANS_QUEUE_DEPTH", s.TransQueueDepth)
	p(&sys, "CMD_QUEUE_DEPTH", s.CmdQueueDepth)
	p(&sys, "EPOCH_LENGTH", s.EpochLength)
	p(&sys, "ROW_BUFFER_POLICY", s.RowBufferPolicy)
	p(&sys, "ADDRESS_MAPPING_SCHEME", s.AddressMapping)
	p(&sys, "SCHEDULING_POLICY", s.Scheduling)
	p(&sys, "QUEUING_STRUCTURE", s.Queuing)
	p(&sys, "USE_LOW_POWER", s.LowPower)
	p(&sys, "TOTAL_ROW_ACCESSES", s.TotalRowAccesses)
	return dev.String(), sys.String()
}
