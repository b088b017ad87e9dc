package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// traceConvert writes the misses of the trace at in to out, - for stdout.
func traceConvert(ctx context.Context, in, out string, f *traceFlags, stdout, stderr io.Writer) error {
	to, err := writable(f.to, out)
	if err != nil {
		return err
	}
	if err := checkFiles([]named{{"the trace", in}}, []named{{"the output", out}}); err != nil {
		return err
	}
	src, clock, origin, err := openMisses(ctx, in, f.options)
	if err != nil {
		return err
	}
	defer src.Close()
	h := f.header
	h.Clock = clock
	if h.Name == "" {
		h.Name = traceName(in)
	}
	if h.Origin == "" {
		h.Origin = origin
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
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d records, as %v at %v\n", records, to, clock)
	if loses := to.Loses(); err == nil && loses != "" {
		_, err = fmt.Fprintf(stdout, "not kept: %s\n", loses)
	}
	if assumed, ok := to.Clock(); err == nil && ok && assumed != clock && !to.Paced() {
		_, err = fmt.Fprintf(stdout, "the file does not tell its clock: read it with -trace-hz %v\n", clock)
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
}

// openMisses opens a trace; one of references is put through the caches of Table II. It
// returns the clock of the stamps and what is known of the trace's origin.
func openMisses(ctx context.Context, path string, o trace.Options) (_ misses, _ units.Clock, origin string, _ error) {
	f, refs, err := openTrace(path, o)
	if err != nil {
		return misses{}, units.Clock{}, "", err
	}
	if f != nil {
		return misses{stoppable{ctx, f}, f}, f.Clock(), f.Header().Origin, nil
	}
	c := frontend.TableII()
	if o.Clock.Valid() {
		c.Clock = o.Clock
	}
	filter, err := frontend.New(c, stoppableRefs{ctx, refs})
	if err != nil {
		refs.Close()
		return misses{}, units.Clock{}, "", err
	}
	return misses{filter, refs}, filter.Clock(), refs.Format().String() + " through the caches of Table II", nil
}

// registerTo registers -to, of a command that writes one trace.
func registerTo(fs *flag.FlagSet, to *trace.Format) {
	fs.Func("to", "write the format `NAME`; default: by the name of the output, else our own", func(s string) (err error) {
		*to, err = text[trace.Format](s)
		return err
	})
}

// writable returns the format in which the trace named out is written: to or, without it, what
// the name says.
func writable(to trace.Format, out string) (trace.Format, error) {
	if to == trace.Auto {
		to = formatOf(out)
	}
	if !to.Writable() {
		_, err := trace.NewSink(io.Discard, to, trace.Header{})
		return to, &usageError{err: err}
	}
	return to, nil
}

// formatOf returns the format that a file's name suggests.
func formatOf(name string) trace.Format {
	ext := strings.ToLower(filepath.Ext(name))
	if ext == ".gz" || ext == ".zst" {
		ext = strings.ToLower(filepath.Ext(name[:len(name)-len(ext)]))
	}
	switch ext {
	case ".csv":
		return trace.CSV
	case ".trc":
		return trace.DRackSim
	}
	return trace.Binary
}
