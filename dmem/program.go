package dmem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// Program is a program of package workload whose misses nodes replay, run through the
// cores and caches of the paper's Table II. Its misses are generated once and kept in a
// folder; see [Prepare].
//
// All programs of Table I stand for about 10^9 instructions in their windows. That is an
// inference, from fills and miss rates of the table, and calibration ([workload.FDTD] and
// the others, Work). With the tracer's stamps, fills a thousand cycles come to
//
//	Divide   lbm  fotonik3d   fft   fmm
//	1       23.6        7.3   8.3   5.5
//	4       22.2        7.7   8.7   5.9
//	16      21.2        7.8   9.2   6.7
//	64      20.2        8.1   9.8   7.9
//
// at run lengths of 1.6 to 2.3 10^9 cycles over Divide. The sums differ by 3 % only.
type Program struct {
	Name   string `toml:"name" comment:"of a program: dmem workload list"`
	Divide int    `toml:"divide" comment:"footprint, caches and fills are divided by it, a power of two (fft: of four); 1 is the paper's size"`
	Timing Timing `toml:"timing" comment:"what the stamps count: tracer, for the open loop; compute, for the closed one"`
	Fills  uint64 `toml:"fills" comment:"the misses end with it; 0: the paper's Table I divided, all of a synthetic program"`
}

// Timing is what the stamps of a [Program] count; the zero value is invalid.
type Timing uint8

// The timings: compute time, to which the closed loop adds latency ([frontend.ComputeTime]),
// and what the paper's tool charges, for the open loop ([frontend.Tracer]).
const (
	TimingCompute Timing = iota + 1
	TimingTracer
)

var timingNames = []string{"", "compute", "tracer"}

// String returns "compute" or "tracer", and "" for the zero value.
func (t Timing) String() string {
	if int(t) < len(timingNames) {
		return timingNames[t]
	}
	return fmt.Sprintf("Timing(%d)", uint8(t))
}

// MarshalText writes the name used in files.
func (t Timing) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the name used in files; any other text is an error that lists the
// names.
func (t *Timing) UnmarshalText(b []byte) error {
	if err := oneOf((*uint8)(t), timingNames[1:], "timing", b); err != nil {
		return err
	}
	*t++
	return nil
}

// Validate returns all faults, each a [*units.FieldError], joined; nil if there are none.
func (p *Program) Validate() error {
	var errs []error
	if p.Divide < 1 || p.Divide&(p.Divide-1) != 0 {
		errs = append(errs, &units.FieldError{Path: "divide", Got: p.Divide, Want: "a power of two, 1 or more"})
	} else if _, err := workload.Lookup(p.Name, p.scale()); err != nil {
		errs = append(errs, &units.FieldError{Path: "name", Got: p.Name, Want: "a program that exists in this size (" + err.Error() + ")"})
	} else if p.Name == "fft" && p.Divide&0x5555555555555555 == 0 {
		errs = append(errs, &units.FieldError{Path: "divide", Got: p.Divide, Want: "a power of four for fft, whose rows and columns are of one length"})
	} else if err := p.node().Validate(); err != nil {
		errs = append(errs, &units.FieldError{Path: "divide", Got: p.Divide, Want: "caches of a line or more (" + err.Error() + ")"})
	}
	if p.Fills > math.MaxInt64 { // the largest integer that TOML holds
		errs = append(errs, &units.FieldError{Path: "fills", Got: p.Fills, Want: fmt.Sprintf("0 to %d", int64(math.MaxInt64))})
	}
	if p.Timing != TimingCompute && p.Timing != TimingTracer {
		errs = append(errs, &units.FieldError{Path: "timing", Got: p.Timing, Want: "compute or tracer"})
	}
	return errors.Join(errs...)
}

func (p *Program) scale() float64 { return 1 / float64(p.Divide) }

// node returns the cores and caches that the program runs on.
func (p *Program) node() frontend.Config { return Node(p.Divide, p.Timing) }

// fills returns with how many fills the misses end; 0 if with the program.
func (p *Program) fills() uint64 {
	if p.Fills > 0 {
		return p.Fills
	}
	for _, row := range workload.TableI(p.scale()) {
		if row.Name == p.Name {
			return row.Fills
		}
	}
	return 0
}

// Generate runs the program; see [Generate].
func (p *Program) Generate() (*Generator, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("dmem: invalid program:\n%w", err)
	}
	program, err := workload.Lookup(p.Name, p.scale())
	if err != nil {
		return nil, fmt.Errorf("dmem: %w", err)
	}
	return Generate(program, p.node(), p.fills())
}

// WriteTrace runs the program and writes its misses to w as a trace in our own format. It
// tells progress, if that is not nil, how many fills are done of a total, 0 if the program
// alone ends them. The bytes depend on the program's fields only.
func (p *Program) WriteTrace(ctx context.Context, w io.Writer, progress func(done, total int)) (GeneratorStats, error) {
	g, err := p.Generate()
	if err != nil {
		return GeneratorStats{}, err
	}
	defer g.Close()
	t, err := trace.NewWriter(w, trace.Header{
		Clock: g.Clock(), Name: p.Name,
		Origin: fmt.Sprintf("%s, size and the caches of Table II (not the TLBs) divided by %d, %v time", p.Name, p.Divide, p.Timing),
	})
	if err != nil {
		return GeneratorStats{}, err
	}
	total := int(p.fills())
	buf := make([]trace.Miss, 4096)
	for {
		if err := ctx.Err(); err != nil {
			return g.Stats(), err
		}
		n, err := g.Next(buf)
		if err == io.EOF {
			return g.Stats(), t.Close()
		}
		if err == nil {
			err = t.Write(buf[:n])
		}
		if err != nil {
			return g.Stats(), err
		}
		if progress != nil {
			progress(int(g.stats.Fills), total)
		}
	}
}
