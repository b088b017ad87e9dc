package dmem_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// short is a program of 4 threads and 40,000 references over 1 MiB, one in four a store.
func short() workload.Synthetic {
	p := workload.DefaultSynthetic()
	p.Footprint, p.Threads, p.References = units.MiB, 4, 10_000
	return p
}

// generate reads all misses of a program in batches of the given size.
func generate(t *testing.T, p workload.Program, fills uint64, batch int) ([]trace.Miss, dmem.GeneratorStats) {
	t.Helper()
	g, err := dmem.Generate(p, dmem.ScaledCaches(frontend.TableII(), 64), fills)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	var all []trace.Miss
	buf := make([]trace.Miss, batch)
	for {
		n, err := g.Next(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			if n, err := g.Next(buf); n != 0 || err != io.EOF {
				t.Errorf("after the end: %d, %v", n, err)
			}
			return all, g.Stats()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestGenerateCounts holds the counters to what is delivered, and a whole run to what the
// program does.
func TestGenerateCounts(t *testing.T) {
	misses, s := generate(t, short(), 0, 1000)
	var fills, writes uint64
	for _, m := range misses {
		if m.Kind == trace.WriteBack {
			writes++
		} else {
			fills++
		}
	}
	if s.Fills != fills || s.WriteBacks != writes {
		t.Errorf("counted %d fills and %d write-backs, delivered %d and %d", s.Fills, s.WriteBacks, fills, writes)
	}
	if s.Node.Fills() != fills || s.Node.WriteBacks != writes {
		t.Errorf("the node counted %d fills and %d write-backs, delivered were %d and %d", s.Node.Fills(), s.Node.WriteBacks, fills, writes)
	}
	if n := s.Node.Total().DataReferences(); n != 40_000 {
		t.Errorf("%d references, want 40000", n)
	}
	if s.Allocated != units.MiB || s.Touched != units.MiB {
		t.Errorf("allocated %v, touched %v, want 1MiB", s.Allocated, s.Touched)
	}
	// 1 MiB at random through 256 KiB: about three references in four miss.
	if rate := s.Node.MissRate(); rate < 0.7 || rate > 0.85 {
		t.Errorf("miss rate %v, want about 0.75", rate)
	}
}

// TestGenerateLimit: a limited run is the beginning of the whole one and ends with the
// last fill, whatever the buffer; it does not run the program much further.
func TestGenerateLimit(t *testing.T) {
	whole, all := generate(t, short(), 0, 4096)
	for _, fills := range []uint64{1, 4000, 10_000} {
		for _, batch := range []int{1, 333, 100_000} {
			part, s := generate(t, short(), fills, batch)
			if s.Fills != fills || !part[len(part)-1].Kind.IsFill() {
				t.Errorf("%d fills, batches of %d: got %d and ends with %v", fills, batch, s.Fills, part[len(part)-1])
			}
			if len(part) > len(whole) || !slices.Equal(part, whole[:len(part)]) {
				t.Errorf("%d fills, batches of %d: not the beginning of the whole", fills, batch)
			}
			if refs := float64(s.Node.Total().DataReferences()); refs > float64(fills)/all.Node.MissRate()*1.1+4096 {
				t.Errorf("%d fills, batches of %d: %v references", fills, batch, refs)
			}
		}
	}
	if part, s := generate(t, short(), 1_000_000, 4096); s.Fills != all.Fills || !slices.Equal(part, whole) {
		t.Errorf("a limit beyond the end: %d fills, want %d", s.Fills, all.Fills)
	}
}

func TestGenerateRefusesBadInput(t *testing.T) {
	p := short()
	p.Threads = 0
	if _, err := dmem.Generate(p, frontend.TableII(), 0); err == nil || !strings.Contains(err.Error(), "threads") {
		t.Errorf("no threads: %v", err)
	}
	var field *units.FieldError
	if _, err := dmem.Generate(short(), frontend.Config{}, 0); !errors.As(err, &field) {
		t.Errorf("the zero Config: %v", err)
	}
	// An L1 of 32 KiB divided by 1024 would be smaller than a line.
	if _, err := dmem.Generate(short(), dmem.ScaledCaches(frontend.TableII(), 1024), 0); !errors.As(err, &field) {
		t.Errorf("caches below a line: %v", err)
	}
}

func TestScaledCaches(t *testing.T) {
	whole := frontend.TableII()
	if got := dmem.ScaledCaches(whole, 1); got != whole {
		t.Errorf("divided by 1: %+v", got)
	}
	c := dmem.ScaledCaches(whole, 64)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.L1D.Size != 512 || c.L1D.Ways != 8 || c.L2.Size != 4*units.KiB || c.L3.Size != 256*units.KiB || c.L3.Line != mem.LineSize {
		t.Errorf("caches %+v %+v %+v", c.L1D, c.L2, c.L3)
	}
	if c.DTLB.Lines() != 1 || c.DTLB.Ways != 1 || c.ITLB.Lines() != 2 || c.ITLB.Ways != 2 {
		t.Errorf("TLBs of %d and %d entries, %d and %d ways", c.DTLB.Lines(), c.ITLB.Lines(), c.DTLB.Ways, c.ITLB.Ways)
	}
}
