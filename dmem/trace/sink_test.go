package trace_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

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

// TestDRAMSysStamps: both kinds of file give the stamps back, and only their names or options
// tell them apart.
func TestDRAMSysStamps(t *testing.T) {
	ms := []trace.Miss{{Cycle: 5, Addr: 0x40}, {Cycle: 5, Addr: 0x80, Kind: trace.WriteBack}, {Cycle: 12, Addr: 0x40}, {Cycle: trace.MaxStamp, Addr: 0xc0}}
	for _, c := range []struct {
		name   string
		format trace.Format
		text   string
	}{
		{"a.stl", trace.DRAMSys, "5: read 0x40\n5: write 0x80\n12: read 0x40\n9223372036854775806: read 0xc0\n"},
		{"a.rstl", trace.DRAMSysRelative, "5: read 0x40\n0: write 0x80\n7: read 0x40\n9223372036854775794: read 0xc0\n"},
	} {
		data := written(t, ms, c.format)
		if string(data) != c.text {
			t.Errorf("%s: written %q, want %q", c.name, data, c.text)
		}
		for _, name := range []string{c.name, "a.txt", "a.stl", "a.rstl"} {
			format := c.format
			if name == c.name {
				format = trace.Auto
			}
			f, err := trace.NewFile(bytes.NewReader(data), name, trace.Options{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(t, f)
			if err != nil || f.Format() != c.format {
				t.Fatalf("%s, told %v: read as %v, %v", name, format, f.Format(), err)
			}
			equal(t, got, ms)
			f.Close()
		}
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
