package trace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestRecognise: starts that two formats could have, or none.
func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       trace.Format
	}{
		// The thread of the second entry looks like the operation of a .trc.
		{"drmemtrace, version 1", entries([3]uint64{25, 0, 1}, [3]uint64{22, 4, 0x1e946}, [3]uint64{24, 4, 0x1e946}, [3]uint64{26, 0, 0}), trace.DRMemtrace},
		{"mase of DRAMSim2", "0x2000D5C0 IFETCH  30\n0x1FF96FC0 WRITE   160\n", trace.DRAMsim3},
		{"misc with data", "0x40 write 12\n", trace.Auto},
		{"DRAMSys with tabs", "7:\twrite\t0x38000000  \r\n", trace.DRAMSys},
		{"Ramulator's CPU traces", "3 20734016\n1 20846400\n", trace.Auto},
		{"zip", "PK\x03\x04" + strings.Repeat("\x00", 90), trace.Auto},
		{"zeros", strings.Repeat("\x00", 960), trace.Auto},
		{"text", strings.Repeat("no trace at all\n", 60), trace.Auto},
	} {
		format := trace.Auto
		f, err := trace.NewFile(strings.NewReader(c.text), c.name, trace.Options{})
		if err == nil {
			format = f.Format()
			f.Close()
		}
		r, refErr := trace.NewRefFile(strings.NewReader(c.text), c.name, trace.Options{})
		if refErr == nil {
			format = r.Format()
			r.Close()
		}
		if format != c.want || c.want == trace.Auto && (!errors.Is(err, trace.ErrFormat) || !errors.Is(refErr, trace.ErrFormat)) {
			t.Errorf("%s: %v, %v, %v; want %v", c.name, format, err, refErr, c.want)
		}
	}
}

// TestOptions: what does not fit a file is refused.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		file string
		o    trace.Options
		want string
		is   error
	}{
		{"csv.csv", trace.Options{Gap: 5}, "gap 5: want none, as csv", trace.ErrOption},
		{"misc_sample.trc", trace.Options{Gap: -1}, "gap -1", trace.ErrOption},
		{"readwrite.trace", trace.Options{}, "address mapping (none): want one, such as", trace.ErrOption},
		{"csv.csv", trace.Options{Format: 200}, "Format(200)", trace.ErrFormat},
		{"csv.csv", trace.Options{MaxRatio: -1}, "ratio", trace.ErrOption},
		{"lackey.txt", trace.Options{}, "format lackey: want a trace of misses", trace.ErrFamily},
	} {
		if _, err := trace.Open(samplePath(c.file), c.o); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %+v: got %v, want %q", c.file, c.o, err, c.want)
		}
	}
}

// TestFormatNames: names go through text and back, and unknown ones list the known.
func TestFormatNames(t *testing.T) {
	for _, f := range append(trace.Formats(), trace.Auto) {
		text, err := f.MarshalText()
		var back trace.Format
		if err != nil || back.UnmarshalText(text) != nil || back != f || string(text) != f.String() {
			t.Errorf("%v: %q, %v, %v", f, text, err, back)
		}
	}
	var f trace.Format
	if err := f.UnmarshalText([]byte("pcap")); err == nil || !strings.Contains(err.Error(), "champsim, cloudsuite") {
		t.Errorf("got %v", err)
	}
}

func ExampleFormats() {
	for _, f := range trace.Formats()[:3] {
		fmt.Printf("%v: %s\n", f, f.About())
	}
	// Output:
	// binary: our own: compact, checked, keeps everything
	// csv: lines cycle,hexaddr,rw,thread with that header line, a fifth column process is optional
	// dracksim: 32-byte records (.trc), sorted: what DRackSim's simulator reads
}
