package trace_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestFormatErrors: each reader tells record, place, value and what it wants.
func TestFormatErrors(t *testing.T) {
	readwrite := mapping("ro16,ba2,bg2,ra1,co7,ch1,by6")
	for _, c := range []struct {
		format     trace.Format
		text, want string
		is         error
	}{
		{trace.DRackSimText, "1 0 0x40 R 5\n1 0 0x40 R 4\n", "record 1, byte 13, line 2: cycle 4: want 5 or later", trace.ErrUnsorted},
		{trace.DRackSimText, "0 0 0x40 R 5\n", `process "0": want a decimal number from 1 to 65536`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 65536 0x40 R 5\n", `thread "65536"`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 RW 5\n", `operation "RW"`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 R\n", "columns 4: want 5", trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 R 5", "last line", trace.ErrTruncated},
		{trace.DRAMSys, "\n# x\n5: read 40\n", `record 0, byte 5, line 3: address "40": want 0x`, trace.ErrCorrupt},
		{trace.DRAMSys, "5 read 0x40\n", `cycle "5"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: (0) read 0x40\n", "size 0: want 1 to 4096", trace.ErrCorrupt},
		{trace.DRAMSys, "5: (9999) read 0x40\n", `size "(9999)"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: erase 0x40\n", `operation "erase": want read or write`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: read 0x40 data\n", `data "data"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5:\n", "operation (missing)", trace.ErrCorrupt},
		{trace.DRAMSys, "5: (64) read\n", "address (missing)", trace.ErrCorrupt},
		{trace.Prospero, "5 R 0x40 8\n", `address "0x40": want a decimal number`, trace.ErrCorrupt},
		{trace.Prospero, "5 R 64 0\n", "size 0", trace.ErrCorrupt},
		{trace.Prospero, "5 R 18446744073709551615 2\n", "want 64 bits", trace.ErrCorrupt},
		{trace.Prospero, "5 X 64 8\n", `operation "X"`, trace.ErrCorrupt},
		{trace.DRAMSim2K6, "0x40 P_INT_ACK 5\n", `command "P_INT_ACK": want P_MEM_WR`, trace.ErrCorrupt},
		{trace.DRAMSim2K6, "0x40 BOFF 1,234.5 ns\n", "columns 4", trace.ErrCorrupt},
		{trace.DRAMSim2Mase, "0x40 read 5\n", `command "read": want IFETCH`, trace.ErrCorrupt},
		{trace.DRAMSim2Misc, "0x40 write xyz\n", `data "xyz"`, trace.ErrCorrupt},
		{trace.DRAMsim3, "0x40 READ 1.5\n", `cycle "1.5"`, trace.ErrCorrupt},
		{trace.DRAMsim3, "0x40 TRANS 5\n", `command "TRANS"`, trace.ErrCorrupt},
		{trace.Ramulator, "0x40 R 5\n", "columns 3: want 2", trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,0,5\n", `address vector "0,0,0,0,5": want 6 numbers (ch,ra,bg,ba,ro,co)`, trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,4,5,0\n", `ba of the address vector "4": want a decimal number of 2 bits`, trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,-1,5,0\n", `"-1"`, trace.ErrCorrupt},
		{trace.Gem5, "gem6", "magic", trace.ErrFormat},
		{trace.Gem5, "gem5", "header: want one behind the magic", trace.ErrTruncated},
		{trace.Gem5, "gem5\x02\x18", "last message 1 bytes: want 2", trace.ErrTruncated},
		{trace.Gem5, "gem5\x02\x0a\x00", "ticks a second of the header (missing)", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x00", "ticks a second of the header 0", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x02\x08\x05", "record 0, byte 7: command (missing): want field 2", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x08\x08\x05\x10\x07\x18\x40\x20\x40", "command 7: want 1 (ReadReq) or 4 (WriteReq)", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x08\x08\x05\x10\x01\x18\x40\x20\x00", "size 0", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x01\x0b", "type 3", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\xff\xff\xff\xff\x0f", "length of the message", trace.ErrCorrupt},
		{trace.DRackSimRaw, strings.Repeat("x", 47), "last record 47 bytes: want 48", trace.ErrTruncated},
		{trace.DRackSimRaw, strings.Repeat("\x01\x00\x00\x00\x00\x00\x00\x00", 6), `operation "\x01"`, trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{0, 8, 64}), "first entry type 0, value 64: want a header", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{25, 0, 0}), "version of the header 0", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{50, 0, 0}), "record 0, byte 12: type 50: want 0 to 49", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{0, 8, 64}), "record 1, byte 24: end of file: want a footer", trace.ErrTruncated},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{26, 0, 0}, [3]uint64{0, 8, 64}), "end of file: want a footer", trace.ErrTruncated},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{28, 9, 0x20}), "file type 0x20: want that of a 64-bit machine", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{17, 9, 0}), "instructions of a bundle 9", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{1, 65535, 0}), "size 65535", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5})[:11], "last record 11 bytes: want 12", trace.ErrTruncated},
		{trace.Pinatrace, "0x1: R 0x40\n", "record 1, byte 12, line 2: end of file: want a line #eof", trace.ErrTruncated},
		{trace.Pinatrace, "#eof\n0x1: R 0x40\n", "line behind #eof", trace.ErrCorrupt},
		{trace.Pinatrace, "0x1 R 0x40\n", `instruction pointer "0x1"`, trace.ErrCorrupt},
		{trace.Pinatrace, "0x1: F 0x40\n", `operation "F"`, trace.ErrCorrupt},
		{trace.Lackey, "I  40,2\n X 40,4\n", `record 1, byte 8, line 2: kind "X": want I, L, S or M`, trace.ErrCorrupt},
		{trace.Lackey, " L 0x40,4\n", `address "0x40"`, trace.ErrCorrupt},
		{trace.Lackey, " L 40\n", "size (missing)", trace.ErrCorrupt},
		{trace.Lackey, " L ffffffffffffffff,2\n", "want 64 bits", trace.ErrCorrupt},
		{trace.RamulatorLoadStore, "LD 0x40 1\n", "columns 3: want 2: LD|ST ADDR", trace.ErrCorrupt},
		{trace.RamulatorLoadStore, "ld 0x40\n", `operation "ld"`, trace.ErrCorrupt},
		{trace.ChampSim, strings.Repeat("\x02", 64), `branch and taken "\x02\x02"`, trace.ErrCorrupt},
		{trace.ChampSim, strings.Repeat("\x00", 72), "record 1, byte 64: last record 8 bytes: want 64", trace.ErrTruncated},
		{trace.CloudSuite, strings.Repeat("\x00", 95), "last record 95 bytes: want 96", trace.ErrTruncated},
	} {
		t.Run(c.format.String(), func(t *testing.T) {
			o := trace.Options{Format: c.format}
			if c.format == trace.RamulatorReadWrite {
				o.Mapping = readwrite
			}
			_, err := readFormat(t, []byte(c.text), o)
			var e *trace.Error
			if !errors.As(err, &e) || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || e.Path != "test" {
				t.Errorf("%q: got %v, want %q", c.text, err, c.want)
			}
		})
	}
}

// readFormat reads a trace of either kind and returns how many records it held.
func readFormat(t testing.TB, data []byte, o trace.Options) (int, error) {
	t.Helper()
	if !o.Format.References() {
		ms, err := decodeAs(t, data, o)
		return len(ms), err
	}
	f, err := trace.NewRefFile(bytes.NewReader(data), "test", o)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	refs, err := readRefs(t, f)
	return len(refs), err
}

// entries are those of a drmemtrace: type, size, value.
func entries(list ...[3]uint64) string {
	var b []byte
	for _, e := range list {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint64(b, e[2])
	}
	return string(b)
}

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

// TestDRMemtraceProcesses: the process of a thread is told once, however often the trace
// goes from thread to thread.
func TestDRMemtraceProcesses(t *testing.T) {
	data := entries([3]uint64{25, 0, 5}, [3]uint64{22, 0, 500}, [3]uint64{24, 0, 70}, [3]uint64{22, 0, 600}, [3]uint64{24, 0, 80},
		[3]uint64{0, 8, 64}, [3]uint64{22, 0, 500}, [3]uint64{0, 8, 128}, [3]uint64{22, 0, 600}, [3]uint64{1, 8, 192}, [3]uint64{26, 0, 0})
	f, err := trace.NewRefFile(strings.NewReader(data), "test", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := readRefs(t, f)
	want := []trace.Reference{{Addr: 64, Size: 8, Thread: 1, Process: 1}, {Addr: 128, Size: 8}, {Addr: 192, Size: 8, Thread: 1, Process: 1, Kind: trace.Store}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
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

// TestBomb: a file that grows beyond its ratio is refused, unless the ratio is raised.
func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 200 MB")
	}
	line := []byte("0x40 R\n")
	zeros := bytes.Repeat(line, 100<<20/len(line))
	for name, z := range map[string][]byte{"gzip": gzipped(zeros), "zstd": zstded(zeros)} {
		o := trace.Options{Format: trace.Ramulator, MaxRatio: 100}
		f, err := trace.NewFile(bytes.NewReader(z), name, o)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]trace.Miss, 4096)
		for err == nil {
			_, err = f.Next(buf)
		}
		var e *trace.Error
		if f.Close(); !errors.Is(err, trace.ErrBomb) || !errors.As(err, &e) || e.Record < 1<<20 || !strings.Contains(err.Error(), "at most 100 times") {
			t.Errorf("%s: got %v, want ErrBomb", name, err)
		}
		o.MaxRatio = 1 << 30
		if f, err = trace.NewFile(bytes.NewReader(z), name, o); err != nil {
			t.Fatal(err)
		}
		if n := drain(t, f, buf); n != len(zeros)/len(line) {
			t.Errorf("%s: %d records", name, n)
		}
		f.Close()
	}
}

// TestXZDictionary: a file does not get more memory than xz -9 needs.
func TestXZDictionary(t *testing.T) {
	good := xzed(t, []byte(header))
	z := slices.Clone(good)
	at := bytes.Index(z[12:], []byte{0x21, 1}) + 14
	z[at] = 36 // 1 GiB
	if _, err := decode(t, z); !errors.Is(err, trace.ErrCorrupt) || !strings.Contains(err.Error(), "1073741824") {
		t.Errorf("got %v, want a refused dictionary", err)
	}
	for cut := 7; cut < len(good); cut++ {
		if _, err := decode(t, good[:cut]); !errors.Is(err, trace.ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", cut, err)
		}
	}
}

// TestSinks: what is written is read again, but for what the format says that it loses.
func TestSinks(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	ms := randomMisses(rng, 5000)
	for i := range ms {
		ms[i].Addr = ms[i].Addr.Line()
	}
	for _, format := range trace.Formats() {
		if !format.Writable() {
			if _, err := trace.NewSink(io.Discard, format, ghz); !errors.Is(err, trace.ErrFormat) {
				t.Errorf("%v: %v, want ErrFormat", format, err)
			}
			continue
		}
		t.Run(format.String(), func(t *testing.T) {
			in := slices.Clone(ms)
			want := slices.Clone(ms)
			for i := range want {
				m := &want[i]
				switch {
				case format == trace.Binary:
				case format == trace.DRackSim || format == trace.DRackSimText:
					if m.Kind == trace.WriteBack {
						m.Kind = trace.StoreFill
					}
				case format == trace.CSV:
					in[i].Process = 0
					fallthrough
				default:
					m.Process = 0
					if m.Kind == trace.StoreFill {
						m.Kind = trace.LoadFill
					}
					if format != trace.CSV {
						m.Thread = 0
					}
				}
				if format.Paced() {
					m.Cycle = 0
				}
			}
			if lossless := format.Loses() == ""; lossless != slices.Equal(want, ms) {
				t.Errorf("loses %q", format.Loses())
			}
			data := written(t, in, format)
			if format.References() {
				if n, err := readFormat(t, data, trace.Options{Format: format}); n != len(ms) || err != nil {
					t.Errorf("%d references, %v", n, err)
				}
				return
			}
			got, err := decodeAs(t, data, trace.Options{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			if format.Paced() {
				for i := range got {
					got[i].Cycle = 0
				}
			}
			equal(t, got, want)
			samefile(t, in[:100], format)
		})
	}
}

// TestSinkErrors: what cannot be stored, and a full disk.
func TestSinkErrors(t *testing.T) {
	for _, c := range []struct {
		format trace.Format
		ms     []trace.Miss
		is     error
	}{
		{trace.CSV, []trace.Miss{{Cycle: 5}, {Cycle: 4}}, trace.ErrUnsorted},
		{trace.CSV, []trace.Miss{{}, {Process: 1}}, trace.ErrInvalid},
		{trace.DRAMsim3, []trace.Miss{{}, {Kind: 7}}, trace.ErrInvalid},
		{trace.DRackSim, []trace.Miss{{}, {Cycle: -1}}, trace.ErrInvalid},
	} {
		sink, err := trace.NewSink(io.Discard, c.format, ghz)
		if err != nil {
			t.Fatal(err)
		}
		err = sink.Write(c.ms)
		var e *trace.Error
		if !errors.Is(err, c.is) || !errors.As(err, &e) || e.Record != 1 || sink.Close() != err {
			t.Errorf("%v: got %v, want %v", c.format, err, c.is)
		}
	}
	full := errors.New("disk full")
	sink, err := trace.NewSink(fullDisk{full}, trace.CSV, ghz)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := trace.Copy(sink, &slice{misses: make([]trace.Miss, 100_000)}); !errors.Is(err, full) || n > 20_000 {
		t.Errorf("%d records, %v", n, err)
	}
}

type fullDisk struct{ err error }

func (d fullDisk) Write([]byte) (int, error) { return 0, d.err }

// TestRawSorted: DRackSim's tracer writes core by core; more records than a run holds are
// sorted on disk, and no file stays behind.
func TestRawSorted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	const cores, each = 4, 1000
	var data []byte
	for window := range 3 {
		for core := range cores {
			for i := range each {
				data = append(data, rawRecord(int32(core), uint64(core*1_000_000+i*64+window*64_000), uint64((window*each+i)*(core+1)/2))...)
			}
		}
	}
	for _, run := range []int{1 << 20, 5000, 1000} {
		restore := trace.SetSortRun(run)
		f, err := trace.NewFile(bytes.NewReader(data), "test", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Format() != trace.DRackSimRaw {
			t.Fatalf("read as %v", f.Format())
		}
		ms, err := readAll(t, f) // checks the order
		if err != nil || len(ms) != 3*cores*each {
			t.Fatalf("%d records, %v", len(ms), err)
		}
		var seen [cores]mem.VAddr
		for i, m := range ms { // each core's addresses increase in the file, with its stamps
			if m.Addr < seen[m.Thread] {
				t.Fatalf("run of %d, record %d: %+v after %#x", run, i, m, uint64(seen[m.Thread]))
			}
			seen[m.Thread] = m.Addr
		}
		f.Close()
		restore()
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("run of %d: %d files left, %v", run, len(left), err)
		}
	}
}

func rawRecord(thread int32, addr, cycle uint64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(thread))
	b = binary.LittleEndian.AppendUint64(b, addr)
	b = append(b, "R\x01\x02\x03\x04\x05\x06\x07"...)
	b = binary.LittleEndian.AppendUint64(b, 60)
	b = binary.LittleEndian.AppendUint64(b, cycle)
	return binary.LittleEndian.AppendUint64(b, 0)
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

// TestFormatAllocs: reading allocates nothing once it runs.
func TestFormatAllocs(t *testing.T) {
	text := func(line string) []byte { return []byte(strings.Repeat(line, 300*1024)) }
	for format, data := range map[trace.Format][]byte{
		trace.DRAMsim3: text("0x40 READ 7\n"), trace.Prospero: text("7 R 64 8\n"), trace.DRAMSys: text("7: (64) read 0x40\n"),
		trace.Ramulator: text("0x40 R\n"), trace.Lackey: text(" M 40,4\n"), trace.Pinatrace: text("0x1: R 0x40\n"),
		trace.ChampSim: bytes.Repeat(make([]byte, 64), 300*1024), trace.Gem5: append([]byte("gem5\x02\x18\x01"), text("\x08\x08\x05\x10\x01\x18\x40\x20\x40")...),
	} {
		o := trace.Options{Format: format}
		next := func() error { return nil }
		if format.References() {
			f, err := trace.NewRefFile(bytes.NewReader(data), "", o)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]trace.Reference, 1024)
			next = func() error { _, err := f.Next(buf); return err }
		} else {
			f, err := trace.NewFile(bytes.NewReader(data), "", o)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]trace.Miss, 1024)
			next = func() error { _, err := f.Next(buf); return err }
		}
		read := func() {
			if err := next(); err != nil {
				t.Fatal(format, err)
			}
		}
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%v: %v allocations in 1024 records, want 0", format, n)
		}
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
