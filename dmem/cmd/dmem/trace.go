package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const traceAbout = `
Trace looks at traces of last-level-cache misses and converts them. It reads our own format,
CSV (cycle,hexaddr,rw,thread) and the 32-byte .trc of DRackSim, plain, gzip or zstd, whatever
the file is called.

"info" reads each file to its end and says what it holds. "convert" writes our own compact
format, which keeps every record.

Examples:
  dmem trace info data/traces/*.csv.gz
  dmem trace convert -name sort data/traces/gnusort_500k_par4.csv.gz sort.dmt
  dmem trace convert -trace-hz 2.4GHz mine.csv mine.dmt`

// traceCommand looks at traces and converts them.
func traceCommand(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("trace", flag.ContinueOnError)
	const usage = "info FILE... | convert [flags] IN OUT"
	if len(args) == 0 {
		return usagef("want %s", usage)
	}
	verb := args[0]
	if verb == "info" || verb == "convert" {
		args = args[1:]
	}
	var header trace.Header
	fs.StringVar(&header.Name, "name", "", "convert: what was traced; default: the file's name")
	fs.StringVar(&header.Origin, "origin", "", "convert: how the trace came about")
	fs.Func("trace-hz", "the stamps count a clock of `F` hertz, instead of what the file says", func(s string) (err error) {
		header.Clock, err = parseHz(s)
		return err
	})
	if err := parseFlags(fs, args, usage, traceAbout, stdout); err != nil {
		return err
	}
	switch verb {
	case "info":
		if fs.NArg() == 0 {
			return usagef("info: want at least one file")
		}
		return traceInfo(ctx, fs.Args(), trace.Options{Clock: header.Clock}, stdout)
	case "convert":
		if fs.NArg() != 2 {
			return usagef("convert: want a file to read and one to write")
		}
		return traceConvert(ctx, fs.Arg(0), fs.Arg(1), header, stdout)
	}
	return usagef("there is no %q: want %s", verb, usage)
}

// traceInfo prints a line on each file.
func traceInfo(ctx context.Context, paths []string, o trace.Options, stdout io.Writer) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "name\tformat\tclock\trecords\tfills\twrite-backs\tthreads\ttouched\tlength\t")
	for _, path := range paths {
		f, err := trace.Open(path, o)
		if err != nil {
			return err
		}
		s, err := trace.Scan(stoppable{ctx, f}, mmu.Default().PageSize)
		f.Close()
		if err != nil {
			return err
		}
		length := f.Clock().At(s.Last) - f.Clock().At(s.First)
		fmt.Fprintf(t, "%s\t%v\t%v\t%d\t%d\t%d\t%d\t%v\t%.3f ms\t\n",
			trace.Name(path), f.Format(), f.Clock(), s.Records, s.Fills(), s.WriteBacks, s.Threads, s.Touched(), length.Seconds()*1e3)
	}
	return t.Flush()
}

// traceConvert writes the trace at in to out in our own format.
func traceConvert(ctx context.Context, in, out string, h trace.Header, stdout io.Writer) error {
	f, err := trace.Open(in, trace.Options{Clock: h.Clock})
	if err != nil {
		return err
	}
	defer f.Close()
	h.Clock = f.Clock()
	if h.Name == "" {
		h.Name = trace.Name(in)
	}
	var records, raw, stored int64
	err = wholefile.Write(out, func(w io.Writer) error {
		tw, err := trace.NewWriter(w, h)
		if err != nil {
			return err
		}
		if records, err = trace.Copy(tw, stoppable{ctx, f}); err != nil {
			return err
		}
		if err := tw.Close(); err != nil {
			return err
		}
		raw, stored = tw.Size()
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d records, %v, %v before compression\n", records, units.Bytes(stored), units.Bytes(raw))
	return err
}

// stoppable is a source that ends with the context's error.
type stoppable struct {
	ctx context.Context
	trace.Source
}

func (s stoppable) Next(buf []trace.Miss) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Source.Next(buf)
}
