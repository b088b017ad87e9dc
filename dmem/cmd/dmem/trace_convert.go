package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// traceConvert writes the misses of the trace at in to out, - for stdout.
func traceConvert(ctx context.Context, in, out string, f *traceFlags, stdout, stderr io.Writer) error {
	node, err := f.caches.node("convert")
	if err != nil {
		return err
	}
	if err := checkFiles([]named{{"the trace", in}}, []named{{"the output", out}}); err != nil {
		return err
	}
	to, err := writable(f.to, out)
	if err != nil {
		return err
	}
	src, err := openMisses(ctx, in, f, node)
	if err != nil {
		return err
	}
	defer src.Close()
	h := f.header
	h.Clock = src.clock
	if h.Name == "" {
		h.Name = traceName(in)
	}
	if h.Origin == "" {
		h.Origin = src.origin
	}
	if to == trace.CSV {
		if h.Processes, err = hasProcesses(ctx, in, f.options); err != nil {
			return err
		}
	}
	var records, raw, stored int64
	err = output(out, stdout, func(w io.Writer) (err error) {
		records, raw, stored, err = writeMisses(w, to, h, src)
		return err
	})
	if err != nil {
		return err
	}
	if out == "-" {
		stdout = stderr
	}
	if raw > 0 {
		_, err = fmt.Fprintf(stdout, "%d records, %v, %v before compression\n", records, units.Bytes(stored), units.Bytes(raw))
	} else {
		_, err = fmt.Fprintf(stdout, "%d records, as %v at %v\n", records, to, src.clock)
	}
	say := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(stdout, format+"\n", args...)
		}
	}
	if g := src.caches; g != nil {
		say("%s", src.origin)
		if g.Stats().Fills < f.caches.fills {
			say("the trace ends before %d fills", f.caches.fills)
		}
	}
	if loses := to.Loses(); loses != "" {
		say("not kept: %s", loses)
	}
	if assumed, ok := to.Clock(); ok && assumed != src.clock && !to.Paced() {
		say("the file does not tell its clock: read it with -trace-hz %v", src.clock)
	}
	if named, unknown := trace.OutputFormat(out, trace.Auto); to.OnlyNamed() && (unknown != nil || named != to) {
		say("the file does not tell its format: read it with -from %v", to)
	}
	return err
}

// hasProcesses reports whether a record of a trace has another process than 0. The standard
// input, which cannot be read twice, may have.
func hasProcesses(ctx context.Context, path string, o trace.Options) (bool, error) {
	if path == "-" {
		return true, nil
	}
	f, refs, err := openTrace(path, o)
	if err != nil {
		return false, err
	}
	if refs != nil {
		defer refs.Close()
		return anyOf(stoppableRefs{ctx, refs}.Next, func(r *trace.Reference) bool { return r.Process != 0 })
	}
	defer f.Close()
	return anyOf(stoppable{ctx, f}.Next, func(m *trace.Miss) bool { return m.Process != 0 })
}

// anyOf reports whether a record of a source passes a test.
func anyOf[T any](next func([]T) (int, error), pass func(*T) bool) (bool, error) {
	buf := make([]T, 4096)
	for {
		n, err := next(buf)
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for i := range buf[:n] {
			if pass(&buf[i]) {
				return true, nil
			}
		}
	}
}

// writeMisses writes a trace to w. It returns how many records it has and, for our own format,
// its size before and after its own compression.
func writeMisses(w io.Writer, to trace.Format, h trace.Header, src trace.Source) (records, raw, stored int64, err error) {
	sink, err := trace.NewSink(w, to, h)
	if err != nil {
		return 0, 0, 0, err
	}
	if records, err = trace.Copy(sink, src); err != nil {
		return 0, 0, 0, err
	}
	if err := sink.Close(); err != nil {
		return 0, 0, 0, err
	}
	if ours, ok := sink.(*trace.Writer); ok {
		raw, stored = ours.Size()
	}
	return records, raw, stored, nil
}

// misses is an open source.
type misses struct {
	trace.Source
	io.Closer
	clock  units.Clock     // of the stamps
	origin string          // what is known of it
	caches *dmem.Generator // that make them of references; nil for a trace of misses
}

// openMisses opens a trace; one of references is put through the caches of a node.
func openMisses(ctx context.Context, path string, f *traceFlags, node frontend.Config) (*misses, error) {
	file, refs, err := openTrace(path, f.options)
	if err != nil {
		return nil, err
	}
	if file != nil {
		if f.cachesGiven != "" {
			file.Close()
			if path == "-" {
				path = stdinName
			}
			return nil, fmt.Errorf("%s: -%s is for a trace of references, which go through caches: this is one of misses (%v), with stamps of its own", path, f.cachesGiven, file.Format())
		}
		return &misses{stoppable{ctx, file}, file, file.Clock(), file.Header().Origin, nil}, nil
	}
	refs.Check(frontend.Check)
	if f.options.Clock.Valid() {
		node.Clock = f.options.Clock
	}
	g, err := dmem.GenerateFrom(stoppableRefs{ctx, refs}, node, f.caches.fills)
	if err != nil {
		refs.Close()
		return nil, err
	}
	origin := fmt.Sprintf("%v references through %v", refs.Format(), &f.caches)
	if f.caches.fills > 0 {
		origin += fmt.Sprintf(", up to %d fills", f.caches.fills)
	}
	return &misses{g, refs, g.Clock(), origin, g}, nil
}

// registerTo registers -to, of a command that writes one trace.
func registerTo(fs *flag.FlagSet, to *trace.Format) {
	fs.Func("to", "write the format `NAME`; default: by the extension of the output, without one our own", func(s string) (err error) {
		*to, err = text[trace.Format](s)
		return err
	})
}

// writable returns the format in which the trace named out is written: to or, without it, what
// the name says.
func writable(to trace.Format, out string) (trace.Format, error) {
	format, err := trace.OutputFormat(out, to)
	if err != nil && to == trace.Auto {
		return format, usagef("%w; -to NAME tells the format", err)
	}
	if err != nil {
		return format, &usageError{err: err}
	}
	return format, nil
}
