package trace_test

import (
	"bytes"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// repeated returns the records of a real trace times over, in one time line.
func repeated(b testing.TB, name string, times int) []trace.Miss {
	b.Helper()
	f, err := trace.Open(realPath(name), trace.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	once, err := readAll(b, f)
	if err != nil {
		b.Fatal(err)
	}
	var all []trace.Miss
	for i := range times {
		shift := units.Cycles(i) * once[len(once)-1].Cycle
		for _, m := range once {
			m.Cycle += shift
			all = append(all, m)
		}
	}
	return all
}

// rate returns a function that reports the records handled since then, by processor time: on
// a busy machine the clock on the wall says little.
func rate(b *testing.B, records int) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano())
	}
	start := used()
	return func() {
		b.ReportMetric(float64(records)*float64(b.N)/(used()-start).Seconds()/1e6, "Mrecords/cpu-s")
	}
}

func drain(b testing.TB, src trace.Source, buf []trace.Miss) (records int) {
	for {
		n, err := src.Next(buf)
		if err == io.EOF {
			return records
		}
		if err != nil {
			b.Fatal(err)
		}
		records += n
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range real {
		ms := repeated(b, name, 10)
		var trc []byte
		for _, m := range ms {
			trc = append(trc, trcRecord(int32(m.Process)+1, int32(m.Thread), uint64(m.Addr), 'R', uint64(m.Cycle))...)
		}
		csv := []byte(csvText(ms))
		for _, form := range []struct {
			name string
			data []byte
		}{{"binary", encode(b, ghz, ms, 4096)}, {"csv", csv}, {"csv.gz", gzipped(csv)}, {"csv.zst", zstded(csv)}, {"trc", trc}, {"trc.gz", gzipped(trc)}} {
			b.Run(form.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				buf := make([]trace.Miss, 4096)
				report := rate(b, len(ms))
				for b.Loop() {
					f, err := trace.NewFile(bytes.NewReader(form.data), "", trace.Options{})
					if err != nil {
						b.Fatal(err)
					}
					if n := drain(b, f, buf); n != len(ms) {
						b.Fatal(n)
					}
					f.Close()
				}
				report()
			})
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, name := range real {
		ms := repeated(b, name, 10)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			report := rate(b, len(ms))
			for b.Loop() {
				w, err := trace.NewWriter(io.Discard, ghz)
				if err != nil {
					b.Fatal(err)
				}
				for rest := ms; len(rest) > 0; {
					n := min(4096, len(rest))
					if err := w.Write(rest[:n]); err != nil {
						b.Fatal(err)
					}
					rest = rest[n:]
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
			report()
		})
	}
}

func BenchmarkSynthetic(b *testing.B) {
	for _, p := range []trace.Pattern{trace.Stream, trace.Strided, trace.Random, trace.Chase} {
		b.Run(p.String(), func(b *testing.B) {
			b.ReportAllocs()
			c := trace.DefaultSynthetic()
			c.Records, c.Pattern = 1_000_000, p
			buf := make([]trace.Miss, 4096)
			report := rate(b, int(c.Records))
			for b.Loop() {
				g, err := trace.NewSynthetic(c)
				if err != nil {
					b.Fatal(err)
				}
				drain(b, g, buf)
			}
			report()
		})
	}
}

// BenchmarkFormats reads other formats.
func BenchmarkFormats(b *testing.B) {
	ms := make([]trace.Miss, 100_000)
	for i := range ms {
		ms[i] = trace.Miss{Addr: mem.VAddr(0x7fff12345640 + 64*i), Cycle: units.Cycles(9 * i)}
	}
	for _, format := range []trace.Format{trace.DRackSimText, trace.DRAMSys, trace.Prospero, trace.DRAMsim3, trace.Ramulator} {
		data := written(b, ms, format)
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]trace.Miss, 4096)
			report := rate(b, len(ms))
			for b.Loop() {
				f, err := trace.NewFile(bytes.NewReader(data), "", trace.Options{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				drain(b, f, buf)
				f.Close()
			}
			report()
		})
	}
	for _, c := range []struct {
		format  trace.Format
		data    []byte
		records int
	}{
		{trace.ChampSim, make([]byte, 64*100_000), 100_000},
		{trace.Lackey, bytes.Repeat([]byte("I  0401ab73,5\n S 1fff000668,8\n"), 50_000), 100_000},
		{trace.DRMemtrace, []byte(entries([3]uint64{25, 0, 5}) + strings.Repeat(entries([3]uint64{10, 4, 0x401ab73}, [3]uint64{0, 8, 0x1fff000668}), 50_000) + entries([3]uint64{26, 0, 0})), 100_000},
	} {
		b.Run(c.format.String(), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]trace.Reference, 4096)
			report := rate(b, c.records)
			for b.Loop() {
				f, err := trace.NewRefFile(bytes.NewReader(c.data), "", trace.Options{Format: c.format})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = f.Next(buf)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				f.Close()
			}
			report()
		})
	}
}
