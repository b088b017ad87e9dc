package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

const traceGenAbout = `
Trace gen runs a program on the cores and caches of the paper's Table II and writes the misses
of the last-level cache as a trace: fills and write-backs. "dmem workload list" tells the
programs: kernels that stand for the four of the paper's Table I, which end with its number of
fills, and synthetic patterns. The same command always writes the same bytes.

Racks do not need the file: "dmem run -preset scaled:64" generates what it replays and stores it
(in a folder that "dmem trace clean" empties). A workload of the same program, divisor, timing
and fills replays what this command writes.

It is written in our own compact format, or in what -to or the name says (.csv, .trc, .stl,
.rstl).

Examples:
  dmem trace gen fft
  dmem trace gen lbm -scale 64 -o lbm64.dmt && dmem run -trace lbm64.dmt
  dmem trace gen fmm -scale paper -timing compute
  dmem trace gen zipf -fills 1000000 -o -  | zstd > zipf.dmt.zst
  dmem trace gen zipf -o zipf.csv.gz`

// traceGenFlags are those of trace gen.
type traceGenFlags struct {
	program dmem.Program
	out     string
	to      trace.Format
}

func (f *traceGenFlags) register(fs *flag.FlagSet) {
	f.program.Divide = experiment.SmallWorkloads
	fs.Func("scale", fmt.Sprintf("`small|paper|N`: footprint, caches and fills of the paper divided by %d, not at all, or by N, a power of two, for fft of four (default small)", experiment.SmallWorkloads),
		func(s string) (err error) {
			f.program.Divide, err = divisor(s)
			return err
		})
	f.program.Timing = dmem.TimingTracer
	fs.Func("timing", "what the stamps count, `tracer|compute`: what the paper's tool charges, for an open loop, or compute time, for a closed one (default tracer)",
		func(s string) (err error) {
			f.program.Timing, err = text[dmem.Timing](s)
			return err
		})
	fs.Func("fills", "end with `N` fills; default: the paper's number at this scale, of a synthetic program all", func(s string) (err error) {
		f.program.Fills, err = between[uint64](1, math.MaxInt64)(s)
		return err
	})
	fs.StringVar(&f.out, "o", "", "the trace to write, a `FILE`, - for stdout, compressed if its name ends in .gz or .zst; default: WORKLOAD"+trace.Extension)
	registerTo(fs, &f.to)
}

// divisor reads a scale of programs.
func divisor(scale string) (int, error) {
	if n, err := whole[int](scale); err == nil && n > 0 && n&(n-1) == 0 {
		return n, nil
	}
	n, err := experiment.WorkloadDivisor(scale)
	if err != nil {
		return 0, fmt.Errorf("want small, paper, or a power of two to divide by")
	}
	return int(n), nil
}

// traceGen writes the misses of a program as a trace.
func traceGen(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f traceGenFlags
	fs := flag.NewFlagSet("trace gen", flag.ContinueOnError)
	f.register(fs)
	names, err := parseMixed(fs, args, "WORKLOAD [flags]", traceGenAbout, stdout)
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return usagef("gen: want one program of %s", strings.Join(workload.Names(), ", "))
	}
	f.program.Name = names[0]
	if err := f.program.Validate(); err != nil {
		return usagef("gen: %s", strings.NewReplacer("divide = ", "-scale ", "name = ", "").Replace(err.Error()))
	}
	if f.out == "" {
		f.out = f.program.Name + trace.Extension
	}
	if err := checkFiles(nil, []named{{"-o", f.out}}); err != nil {
		return err
	}
	if f.to, err = writable(f.to, f.out); err != nil {
		return err
	}
	bar := newBar(stderr, "fills")
	defer bar.stop()
	var s dmem.GeneratorStats
	size, err := outputSize(f.out, stdout, func(w io.Writer) (err error) {
		s, err = f.write(ctx, w, bar.update)
		return err
	})
	bar.stop()
	if err != nil {
		return err
	}
	if f.out == "-" {
		stdout = stderr
	}
	fmt.Fprintf(stdout, "%s: %d fills, %d write-backs, %v, from %d references\n", f.out, s.Fills, s.WriteBacks, size, s.Node.Total().DataReferences())
	if s.Fills < f.program.Fills {
		fmt.Fprintf(stdout, "the program ends before %d fills\n", f.program.Fills)
	}
	if loses := f.to.Loses(); loses != "" {
		fmt.Fprintf(stdout, "not kept in %v: %s\n", f.to, loses)
	}
	return nil
}

// write writes the trace to w.
func (f *traceGenFlags) write(ctx context.Context, w io.Writer, progress func(done, total int)) (dmem.GeneratorStats, error) {
	if f.to == trace.Binary {
		return f.program.WriteTrace(ctx, w, progress)
	}
	g, err := f.program.Generate()
	if err != nil {
		return dmem.GeneratorStats{}, err
	}
	defer g.Close()
	src := &watched{Source: stoppable{ctx, g}, report: func() { progress(int(g.Stats().Fills), int(f.program.Fills)) }}
	_, _, _, err = writeMisses(w, f.to, trace.Header{Clock: g.Clock(), Name: f.program.Name}, src)
	return g.Stats(), err
}
