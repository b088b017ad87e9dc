package trace_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func samplePath(name string) string { return filepath.Join("testdata", "samples", name) }

// missSamples are files of each format of misses, and the records that were put into them
// by hand.
var missSamples = []struct {
	file    string
	format  trace.Format
	byName  bool // the content does not tell the format
	options trace.Options
	want    []trace.Miss
}{
	{file: "csv.csv", format: trace.CSV, want: []trace.Miss{
		{Cycle: 0, Addr: 0x1000},
		{Cycle: 7, Addr: 0x2040, Thread: 1, Kind: trace.WriteBack},
		{Cycle: 7, Addr: 0xffffffffffffffc0, Thread: 3},
	}},
	{file: "dracksim.trc", format: trace.DRackSim, want: drackSimSample},
	{file: "dracksim-text.txt", format: trace.DRackSimText, want: drackSimSample},
	// Thread 1 is behind thread 0 in the file; 0x20fc misses its line and the next one, of
	// 0x3000 only the next one is missing, 0x4000 has a -1.
	{file: "dracksim-raw.trc", format: trace.DRackSimRaw, want: []trace.Miss{
		{Cycle: 50, Addr: 0x3040, Thread: 1},
		{Cycle: 100, Addr: 0x1000},
		{Cycle: 170, Addr: 0x20c0, Kind: trace.StoreFill},
		{Cycle: 170, Addr: 0x2100, Kind: trace.StoreFill},
		{Cycle: 170, Addr: 0x5040, Thread: 1},
	}},
	// The last packet is of 128 bytes that do not start at a line: three lines.
	{file: "gem5.ptrc", format: trace.Gem5, want: []trace.Miss{
		{Cycle: 500, Addr: 0x80001000},
		{Cycle: 1000, Addr: 0x80002040, Kind: trace.WriteBack},
		{Cycle: 1000, Addr: 0x80003030},
		{Cycle: 1000, Addr: 0x80003040},
		{Cycle: 1000, Addr: 0x80003080},
	}},
	{file: "dramsys.stl", format: trace.DRAMSys, want: []trace.Miss{
		{Cycle: 31, Addr: 0x400140},
		{Cycle: 33, Addr: 0x400160, Kind: trace.WriteBack},
		{Cycle: 33, Addr: 0x400180, Kind: trace.WriteBack},
		{Cycle: 33, Addr: 0x4001c0, Kind: trace.WriteBack},
		{Cycle: 40, Addr: 0xffffffffffffffc0},
	}},
	{file: "dramsys.rstl", format: trace.DRAMSysRelative, want: []trace.Miss{
		{Cycle: 5, Addr: 0x400140},
		{Cycle: 5, Addr: 0x400180, Kind: trace.WriteBack},
		{Cycle: 17, Addr: 0x4001c0},
	}},
	// 8252 is 0x203c: 8 bytes reach into the next line.
	{file: "prospero.txt", format: trace.Prospero, want: []trace.Miss{
		{Cycle: 0, Addr: 0x1000},
		{Cycle: 12, Addr: 0x203c, Kind: trace.WriteBack},
		{Cycle: 12, Addr: 0x2040, Kind: trace.WriteBack},
		{Cycle: 13, Addr: 140735340871680},
	}},
	{file: "k6_sample.trc", format: trace.DRAMSim2K6, want: []trace.Miss{
		{Cycle: 10, Addr: 0x1000},
		{Cycle: 12, Addr: 0x2040, Kind: trace.WriteBack},
		{Cycle: 12, Addr: 0x3080, Kind: trace.WriteBack},
		{Cycle: 20, Addr: 0x40c0},
		{Cycle: 21, Addr: 0x5100},
	}},
	{file: "mase_sample.trc", format: trace.DRAMSim2Mase, byName: true, want: stampedSample},
	{file: "mase_sample.trc", format: trace.DRAMsim3, want: stampedSample},
	{file: "dramsim3.trace", format: trace.DRAMsim3, want: stampedSample},
	{file: "misc_sample.trc", format: trace.DRAMSim2Misc, options: trace.Options{Gap: 25}, want: pacedSample},
	{file: "misc_data.trc", format: trace.DRAMSim2Misc, byName: true, want: []trace.Miss{
		{Cycle: 0, Addr: 0x1000, Kind: trace.WriteBack},
		{Cycle: 1, Addr: 0x1000},
	}},
	{file: "ramulator.trace", format: trace.Ramulator, options: trace.Options{Gap: 25}, want: pacedSample},
	// ro16,ba2,bg2,ra1,co7,ch1,by6 from the top: by 0-5, ch 6, co 7-13, ra 14, bg 15-16, ba 17-18, ro 19-34.
	{file: "readwrite.trace", format: trace.RamulatorReadWrite, options: trace.Options{Gap: 4, Mapping: mapping("ro16,ba2,bg2,ra1,co7,ch1,by6")}, want: []trace.Miss{
		{Cycle: 0, Addr: 3<<7 | 1<<15 | 2<<17 | 5<<19},
		{Cycle: 4, Addr: 1<<6 | 127<<7 | 3<<15 | 3<<17 | 65535<<19, Kind: trace.WriteBack},
	}},
}

var (
	drackSimSample = []trace.Miss{
		{Cycle: 53, Addr: 0x1000},
		{Cycle: 53, Addr: 0x2040, Process: 1, Thread: 3, Kind: trace.StoreFill},
		{Cycle: 99, Addr: 0x7fff12345680, Thread: 1},
	}
	stampedSample = []trace.Miss{
		{Cycle: 10, Addr: 0x1000},
		{Cycle: 12, Addr: 0x2040, Kind: trace.WriteBack},
		{Cycle: 12, Addr: 0x3080},
	}
	pacedSample = []trace.Miss{
		{Cycle: 0, Addr: 0x1000},
		{Cycle: 25, Addr: 0x2040, Kind: trace.WriteBack},
		{Cycle: 50, Addr: 0x3080},
	}
)

// refSamples are the same of references.
var refSamples = []struct {
	file   string
	format trace.Format
	want   []trace.Reference
}{
	// A marker, an encoding, a prefetch and a later turn of a rep loop leave nothing; the
	// bundle is of 3, 2 and 5 bytes behind the jump at 0x400004; 264 bytes are two pieces.
	{"drmemtrace.trace", trace.DRMemtrace, []trace.Reference{
		{Addr: 0x400000, Instructions: 1, Size: 4, Kind: trace.IFetch},
		{Addr: 0x7ffd1000, Size: 8},
		{Addr: 0x400004, Instructions: 1, Size: 5, Kind: trace.IFetch},
		{Addr: 0x7ffd1040, Size: 4, Kind: trace.Store},
		{Addr: 0x400009, Instructions: 1, Size: 3, Kind: trace.IFetch},
		{Addr: 0x40000c, Instructions: 1, Size: 2, Kind: trace.IFetch},
		{Addr: 0x40000e, Instructions: 1, Size: 5, Kind: trace.IFetch},
		{Addr: 0x7ffd2000, Size: 64},
		{Addr: 0x500000, Thread: 1, Instructions: 1, Size: 2, Kind: trace.IFetch},
		{Addr: 0x600000, Thread: 1, Size: 255, Kind: trace.Store},
		{Addr: 0x6000ff, Thread: 1, Size: 9, Kind: trace.Store},
	}},
	{"pinatrace.out", trace.Pinatrace, []trace.Reference{
		{Addr: 0x7ffc00001000, Instructions: 1},
		{Addr: 0x7ffc00001000, Kind: trace.Store},
		{Addr: 0x601040, Instructions: 1},
	}},
	{"lackey.txt", trace.Lackey, []trace.Reference{
		{Addr: 0x23c790, Instructions: 1, Size: 2, Kind: trace.IFetch},
		{Addr: 0xbe801950, Size: 4},
		{Addr: 0x23c792, Instructions: 1, Size: 5, Kind: trace.IFetch},
		{Addr: 0xbe80199c, Size: 4, Kind: trace.Store},
		{Addr: 0x25747c, Size: 1},
		{Addr: 0x25747c, Size: 1, Kind: trace.Store},
	}},
	{"loadstore.trace", trace.RamulatorLoadStore, []trace.Reference{
		{Addr: 0x1000, Instructions: 1},
		{Addr: 0x2040, Instructions: 1, Kind: trace.Store},
		{Addr: 0x3080, Instructions: 1},
	}},
	{"sample.champsimtrace", trace.ChampSim, champSimSample},
	{"sample.champsimtrace.xz", trace.ChampSim, champSimSample},
	{"sample.cloudsuite", trace.CloudSuite, []trace.Reference{
		{Addr: 0x400500, Process: 1, Instructions: 1, Kind: trace.IFetch},
		{Addr: 0x7ffd1000, Process: 1},
		{Addr: 0x400504, Process: 1, Instructions: 1, Kind: trace.IFetch},
		{Addr: 0x601040, Process: 1},
		{Addr: 0x601040, Process: 1, Kind: trace.Store},
		{Addr: 0x601080, Process: 1, Kind: trace.Store},
		{Addr: 0x40050a, Process: 256, Instructions: 1, Kind: trace.IFetch},
		{Addr: 0x400500, Process: 1, Instructions: 1, Kind: trace.IFetch},
	}},
}

var champSimSample = []trace.Reference{
	{Addr: 0x400500, Instructions: 1, Kind: trace.IFetch},
	{Addr: 0x7ffd1000},
	{Addr: 0x400504, Instructions: 1, Kind: trace.IFetch},
	{Addr: 0x601040},
	{Addr: 0x602080},
	{Addr: 0x601040, Kind: trace.Store},
	{Addr: 0x40050a, Instructions: 1, Kind: trace.IFetch},
	{Addr: 0x400500, Instructions: 1, Kind: trace.IFetch},
	{Addr: 0x7fff00000008, Kind: trace.Store},
}

// TestMissSamples reads the samples by content and by name, plain and compressed.
func TestMissSamples(t *testing.T) {
	for _, c := range missSamples {
		t.Run(c.format.String()+"/"+c.file, func(t *testing.T) {
			data, err := os.ReadFile(samplePath(c.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range [][]byte{data, gzipped(data), zstded(data), xzed(t, data)} {
				for _, named := range []bool{true, false} {
					o := c.options
					if named {
						o.Format = c.format
					} else if c.byName {
						continue
					}
					f, err := trace.NewFile(bytes.NewReader(form), c.file, o)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					if f.Format() != c.format || !f.Clock().Valid() {
						t.Errorf("read as %v at %v, want %v", f.Format(), f.Clock(), c.format)
					}
					got, err := readAll(t, f)
					if err != nil {
						t.Fatal(err)
					}
					equal(t, got, c.want)
				}
			}
			if _, err := trace.OpenRefs(samplePath(c.file), trace.Options{Format: c.format}); !errors.Is(err, trace.ErrFamily) {
				t.Errorf("opened as references: %v, want ErrFamily", err)
			}
		})
	}
}

// TestRefSamples is the same for references.
func TestRefSamples(t *testing.T) {
	for _, c := range refSamples {
		t.Run(c.format.String()+"/"+c.file, func(t *testing.T) {
			data, err := os.ReadFile(samplePath(c.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []trace.Options{{}, {Format: c.format}} {
				f, err := trace.NewRefFile(bytes.NewReader(data), c.file, o)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if f.Format() != c.format {
					t.Errorf("read as %v, want %v", f.Format(), c.format)
				}
				got, err := readRefs(t, f)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("got  %+v\nwant %+v", got, c.want)
				}
			}
			if _, err := trace.Open(samplePath(c.file), trace.Options{}); !errors.Is(err, trace.ErrFamily) {
				t.Errorf("opened as misses: %v, want ErrFamily", err)
			}
		})
	}
}

// TestEverySample: no format is without one.
func TestEverySample(t *testing.T) {
	for _, f := range trace.Formats() {
		found := f == trace.Binary
		for _, c := range missSamples {
			found = found || c.format == f
		}
		for _, c := range refSamples {
			found = found || c.format == f
		}
		if !found || f.About() == "" || f.From() == "" {
			t.Errorf("%v: sample %v, about %q, from %q", f, found, f.About(), f.From())
		}
	}
}

// TestGem5Header: ticks and the traced object come from the file.
func TestGem5Header(t *testing.T) {
	f, err := trace.Open(samplePath("gem5.ptrc"), trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if want := units.MustClock(1e12); f.Clock() != want || f.Header().Origin != "system.monitor" {
		t.Errorf("clock %v, origin %q; want %v, system.monitor", f.Clock(), f.Header().Origin, want)
	}
}

// readRefs reads a source of references in batches of changing size and checks what
// RefSource promises.
func readRefs(t testing.TB, src trace.RefSource) ([]trace.Reference, error) {
	t.Helper()
	return drainChecked(t, src.Next, trace.Reference{Addr: 9, Instructions: 9, Thread: 9, Process: 9, Size: 9, Kind: 9})
}
