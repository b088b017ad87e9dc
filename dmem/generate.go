package dmem

import (
	"fmt"
	"io"
	"math"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// Generator is the [trace.Source] of what a node's memory sees of a program: the program
// runs while it is read. Close it when it is not read to its end. It is not safe for
// concurrent use.
type Generator struct {
	program *workload.Source // nil if the references are another's
	meter   *workload.Meter
	filter  *frontend.Filter
	limit   uint64 // fills; the largest number for no limit
	stats   GeneratorStats
}

// GeneratorStats counts what a [Generator] has delivered, and of the program behind it what
// has been looked up in the caches. That is ahead of what is delivered: by what the front end
// holds back to sort it, and at the end, if there is a limit, by less than the 4096
// references that are looked up at once.
type GeneratorStats struct {
	Fills      uint64         // delivered: lines read
	WriteBacks uint64         // delivered: lines written
	Touched    units.Bytes    // looked up: pages of 4 KiB with a reference
	Allocated  units.Bytes    // by the program, touched or not
	Node       frontend.Stats // looked up
}

// Generate runs a program on the cores and caches of a node and returns the misses of the
// last-level cache. They end with the given number of fills, or with the program if that is
// first or fills is 0. The same arguments always give the same misses.
//
// It returns the errors of the program's and the Config's Validate.
func Generate(p workload.Program, c frontend.Config, fills uint64) (*Generator, error) {
	src, err := workload.New(p)
	if err != nil {
		return nil, fmt.Errorf("dmem: %w", err)
	}
	g, err := GenerateFrom(src, c, fills)
	if err != nil {
		src.Close()
		return nil, err
	}
	g.program, g.stats.Allocated = src, p.Allocated()
	return g, nil
}

// GenerateFrom is [Generate] for references of another source than a program of package
// workload, such as a recording or a file. Close does not close the source; what is
// allocated is not known, and 0.
func GenerateFrom(refs trace.RefSource, c frontend.Config, fills uint64) (*Generator, error) {
	if fills == 0 {
		fills = math.MaxUint64
	}
	g := &Generator{meter: workload.NewMeter(refs), limit: fills}
	var err error
	if g.filter, err = frontend.New(c, &references{Generator: g}); err != nil {
		return nil, fmt.Errorf("dmem: %w", err)
	}
	return g, nil
}

// endEvery is after how many references each time a program may end: with which one it does
// must not depend on how many the filter reads at once.
const endEvery = 4096

// references is the program's references, until those looked up make fills enough.
type references struct {
	*Generator
	given int
}

func (r *references) Next(buf []trace.Reference) (int, error) {
	at := r.given % endEvery
	if at == 0 && r.limit < math.MaxUint64 && r.filter.Stats().Fills() >= r.limit {
		return 0, io.EOF
	}
	n, err := r.meter.Next(buf[:min(len(buf), endEvery-at)])
	r.given += n
	return n, err
}

// Next implements [trace.Source].
func (g *Generator) Next(buf []trace.Miss) (int, error) {
	if g.stats.Fills == g.limit {
		return 0, io.EOF
	}
	n, err := g.filter.Next(buf)
	for i := range buf[:n] {
		if !buf[i].Kind.IsFill() {
			g.stats.WriteBacks++
			continue
		}
		if g.stats.Fills++; g.stats.Fills == g.limit {
			return i + 1, nil
		}
	}
	return n, err
}

// Clock returns what the stamps count.
func (g *Generator) Clock() units.Clock { return g.filter.Clock() }

// Stats returns a copy of the counters.
func (g *Generator) Stats() GeneratorStats {
	s := g.stats
	s.Touched, s.Node = g.meter.Touched(), g.filter.Stats()
	return s
}

// Close ends the program.
func (g *Generator) Close() error {
	if g.program == nil {
		return nil
	}
	return g.program.Close()
}

// Node returns the cores and caches of Table II, the caches divided by a power of two. The
// TLBs are whole: they decide about time only, and a smaller program goes through as many
// pages at once as a large one does. Divided, they would nearly halve the rate of misses at
// a 64th.
func Node(divide int, t Timing) frontend.Config {
	whole := frontend.TableII()
	c := ScaledCaches(whole, units.Bytes(divide))
	c.ITLB, c.DTLB = whole.ITLB, whole.DTLB
	if t == TimingTracer {
		c.Timing = frontend.Tracer()
	}
	return c
}

// ScaledCaches returns c with all caches and TLBs smaller by divisor, a power of two, for a
// program whose footprint is divided alike. An array keeps its associativity as long as
// it has a set; what gets smaller than a line is refused by Config.Validate.
func ScaledCaches(c frontend.Config, divisor units.Bytes) frontend.Config {
	for _, a := range []*cache.Config{&c.ITLB, &c.DTLB, &c.L1I, &c.L1D, &c.L2, &c.L3} {
		a.Size /= max(divisor, 1)
		a.Ways = min(a.Ways, int(a.Lines()))
	}
	return c
}
