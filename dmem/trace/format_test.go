package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

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
		{"csv.csv", trace.Options{Mapping: mapping("ro16,ba2")}, "address mapping ro16,ba2: want none, as csv", trace.ErrOption},
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

// TestReadAs: an error says as what a file was read if its content only suggests that; and where
// the content does not tell, its name does.
func TestReadAs(t *testing.T) {
	dir := t.TempDir()
	instructions, err := os.ReadFile("testdata/samples/sample.champsimtrace.xz")
	if err != nil {
		t.Fatal(err)
	}
	x, err := xz.NewReader(bytes.NewReader(instructions))
	if err != nil {
		t.Fatal(err)
	}
	if instructions, err = io.ReadAll(x); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"(empty)"}},
		{"foo.champsimtrace", string(instructions[:len(instructions)-3]), []string{"read as champsim by its name", "truncated"}},
		{"foo.champsimtrace.gz", string(gzipped(instructions[:len(instructions)-3])), []string{"read as champsim by its name", "truncated"}},
		{"a.csv", "0,40,R,0\n", []string{"read as csv by its name", "line 1", "cycle,hexaddr,rw,thread"}},
		{"a.csv", "\ufeff" + header + "0,40,R,0\n", []string{"byte order mark"}},
		{"a.csv", "cycle;hexaddr;rw;thread\n0;40;R;0\n", []string{"want commas"}},
		{"a.dmt", "DMEMTRX", []string{"read as binary by its name"}},
		{"a.trc", "0x40 READ 1\n0x40 READ 0\n", []string{"read as dramsim3 by its content", "line 2"}},
		{"a.txt", "hello world\n", []string{"unknown trace format"}},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := trace.OpenRefs(path, trace.Options{})
		if errors.Is(err, trace.ErrFamily) {
			var g *trace.File
			if g, err = trace.Open(path, trace.Options{}); err == nil {
				_, err = trace.Scan(g, 4096)
				g.Close()
			}
		} else if err == nil {
			_, err = trace.ScanRefs(f, 4096)
			f.Close()
		}
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		if known := strings.Contains(c.want[0], "read as") && strings.Contains(c.want[0], "name"); known && errors.Is(err, trace.ErrFormat) {
			t.Errorf("%s: %v, want no list of formats", c.name, err)
		}
	}
}

// TestCSVProcesses: with a column for them, processes are kept.
func TestCSVProcesses(t *testing.T) {
	ms := []trace.Miss{{Cycle: 1, Addr: 64, Process: 0}, {Cycle: 2, Addr: 128, Process: 7, Thread: 3, Kind: trace.WriteBack}}
	for _, wide := range []bool{false, true} {
		var b bytes.Buffer
		s, err := trace.NewSink(&b, trace.CSV, trace.Header{Processes: wide})
		if err == nil {
			err = errors.Join(s.Write(ms), s.Close())
		}
		if !wide {
			if !errors.Is(err, trace.ErrInvalid) || !strings.Contains(err.Error(), "process 7") {
				t.Errorf("without a column: %v", err)
			}
			continue
		}
		if got, derr := decode(t, b.Bytes()); err != nil || derr != nil || !slices.Equal(got, ms) {
			t.Errorf("%q: %v, %v, %v", &b, got, err, derr)
		}
	}
}
