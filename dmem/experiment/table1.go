package experiment

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// SmallWorkloads divides footprints, caches and fills of the paper's workloads at small
// scale: some 12 s of processor time, with miss rates up to 6.4 % above the paper's; at 16
// they are up to 18 % above. A power of four, so that fft can have the size.
const SmallWorkloads = 4

// WorkloadDivisor returns what the workloads of the paper's Table I and the caches are
// divided by at a scale: "paper", or "small" or "" for it. Another is an error.
func WorkloadDivisor(scale string) (units.Bytes, error) {
	switch scale {
	case "", "small":
		return SmallWorkloads, nil
	case "paper":
		return 1, nil
	}
	return 0, fmt.Errorf("experiment: unknown scale %q: want small or paper", scale)
}

// Tab1 is the paper's Table I regenerated [Paper §V].
type Tab1 struct {
	Divisor units.Bytes // of the paper's size
	Rows    []Tab1Row   // in the paper's order
}

// Tab1Row is what was measured of one workload, and the line of the table it stands for,
// its fills and footprint divided.
type Tab1Row struct {
	Paper      workload.Row
	Fills      uint64      // lines filled into the last-level cache: the window ends with them
	WriteBacks uint64      // dirty lines written to memory
	References uint64      // loads and stores
	Touched    units.Bytes // pages of 4 KiB with a reference
	Allocated  units.Bytes // by the program
}

// MissRate returns fills over data references, 0 to 1.
func (r *Tab1Row) MissRate() float64 { return float64(r.Fills) / float64(r.References) }

// Footprint returns the footprint of the kind that fits the paper's.
func (r *Tab1Row) Footprint() units.Bytes {
	if r.Paper.Extent == workload.Allocated {
		return r.Allocated
	}
	return r.Touched
}

// TableI runs the four workloads of the paper's Table I through the caches of Table II up to
// the table's number of fills, as many at a time as there are processors. Of the options,
// only Scale and Progress are looked at; progress counts references.
func TableI(ctx context.Context, o Options) (*Tab1, error) {
	divisor, err := WorkloadDivisor(o.Scale)
	if err != nil {
		return nil, err
	}
	return tableI(ctx, divisor, o.Progress)
}

func tableI(ctx context.Context, divisor units.Bytes, progress func(done, total int)) (*Tab1, error) {
	node := dmem.ScaledCaches(frontend.TableII(), divisor)
	rows := workload.TableI(1 / float64(divisor))
	t := &Tab1{Divisor: divisor, Rows: make([]Tab1Row, len(rows))}
	var mu sync.Mutex
	var total, done float64 // references, about
	for _, r := range rows {
		total += float64(r.Fills) / r.MissRate
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, r := range rows {
		report := func(fills uint64) {
			if progress == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			done += float64(fills) / r.MissRate
			progress(min(int(done+0.5), int(total)), int(total))
		}
		g.Go(func() (err error) {
			if t.Rows[i], err = measure(ctx, r, node, report); err != nil {
				err = fmt.Errorf("experiment: table I: %s: %w", r.Name, err)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return t, nil
}

// measure runs one workload and reports its fills as they come.
func measure(ctx context.Context, r workload.Row, node frontend.Config, report func(fills uint64)) (Tab1Row, error) {
	row := Tab1Row{Paper: r}
	g, err := dmem.Generate(r.Program, node, r.Fills)
	if err != nil {
		return row, err
	}
	defer g.Close()
	buf := make([]trace.Miss, 4096)
	for ctx.Err() == nil {
		n, err := g.Next(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return row, err
		}
		fills := uint64(0)
		for i := range buf[:n] {
			if buf[i].Kind.IsFill() {
				fills++
			}
		}
		report(fills)
	}
	if err := ctx.Err(); err != nil {
		return row, err
	}
	s := g.Stats()
	if s.Fills != r.Fills {
		return row, fmt.Errorf("the program ends after %d of %d fills", s.Fills, r.Fills)
	}
	row.Fills, row.WriteBacks, row.References = s.Fills, s.WriteBacks, s.Node.Total().DataReferences()
	row.Touched, row.Allocated = s.Touched, s.Allocated
	return row, nil
}

// Table returns a row a workload: what was measured, the paper's number, and the deviation
// from it. MB are 10^6 bytes.
func (t *Tab1) Table() *stats.Table {
	out := stats.NewTable(t.title(),
		stats.Column{Name: "workload"},
		stats.Column{Name: "miss_rate", Unit: "%"}, stats.Column{Name: "paper_miss_rate", Unit: "%"}, stats.Column{Name: "miss_rate_off", Unit: "%"},
		stats.Column{Name: "fills"}, stats.Column{Name: "paper_fills"}, stats.Column{Name: "fills_off", Unit: "%"},
		stats.Column{Name: "write_backs"}, stats.Column{Name: "references"},
		stats.Column{Name: "footprint_touched", Unit: "MB"}, stats.Column{Name: "footprint_allocated", Unit: "MB"},
		stats.Column{Name: "paper_footprint", Unit: "MB"}, stats.Column{Name: "paper_footprint_is"}, stats.Column{Name: "footprint_off", Unit: "%"},
	)
	off := func(got, want float64) float64 { return 100 * (got/want - 1) }
	mb := func(b units.Bytes) float64 { return float64(b) / float64(units.MB) }
	for i := range t.Rows {
		r := &t.Rows[i]
		p := r.Paper
		out.Append(p.Name,
			100*r.MissRate(), 100*p.MissRate, off(r.MissRate(), p.MissRate),
			r.Fills, p.Fills, off(float64(r.Fills), float64(p.Fills)),
			r.WriteBacks, r.References,
			mb(r.Touched), mb(r.Allocated),
			mb(p.Footprint), p.Extent.String(), off(mb(r.Footprint()), mb(p.Footprint)))
	}
	return out
}

func (t *Tab1) title() string {
	if t.Divisor == 1 {
		return "Table I at the paper's size"
	}
	return fmt.Sprintf("Table I, programs, caches and the paper's counts divided by %d", t.Divisor)
}

// Notes returns what the columns of the table mean, and what of them is fitted.
func (t *Tab1) Notes() *stats.Table {
	out := stats.NewTable("Definitions and what is fitted",
		stats.Column{Name: "column"}, stats.Column{Name: "meaning"}, stats.Column{Name: "fitted"})
	for _, n := range [][3]string{
		{"miss_rate", "lines filled into the last-level cache over data references; neither instruction fetches nor write-backs count",
			"fft: four matrices and the window; fmm: references to the stack; lbm, fotonik3d: by the size"},
		{"fills", "lines read from memory, the paper's number of memory accesses; they end the window", "match by construction"},
		{"write_backs", "dirty lines written to memory, on top of the fills; the paper tells none", "no"},
		{"references", "loads and stores of the 8 threads; the paper tells none", "no"},
		{"footprint_touched", "pages of 4 KiB with a reference; fits the paper's for lbm (2.7 GB read as GiB) and fotonik3d", "by the size of the program"},
		{"footprint_allocated", "all that the program allocates; fits the paper's for fft and fmm", "by the size of the program"},
	} {
		out.Append(n[0], n[1], n[2])
	}
	return out
}
