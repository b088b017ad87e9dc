package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// traceConvert writes the misses of the trace at in to out, - for stdout.
func traceConvert(ctx context.Context, in, out string, f *traceFlags, stdout, stderr io.Writer) error {
	src, clock, origin, err := openMisses(ctx, in, f.options)
	if err != nil {
		return err
	}
	defer src.Close()
	h := f.header
	h.Clock = clock
	if h.Name == "" {
		h.Name = trace.Name(in)
	}
	if h.Origin == "" {
		h.Origin = origin
	}
	to := f.to
	if to == trace.Auto {
		to = formatOf(out)
	}
	var records, raw, stored int64
	err = output(out, stdout, func(w io.Writer) (err error) {
		records, raw, stored, err = writeMisses(w, out, to, h, src)
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

// writeMisses writes a trace to w, compressed if the file's name says so. It returns how many
// records it has and, for our own format, its size before and after compression.
func writeMisses(w io.Writer, name string, to trace.Format, h trace.Header, src trace.Source) (records, raw, stored int64, err error) {
	z, err := compressor(name, w)
	if err != nil {
		return 0, 0, 0, err
	}
	sink, err := trace.NewSink(z, to, h)
	if err != nil {
		return 0, 0, 0, err
	}
	if records, err = trace.Copy(sink, src); err != nil {
		return 0, 0, 0, err
	}
	if err := errors.Join(sink.Close(), z.Close()); err != nil {
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
	f, err := trace.Open(path, o)
	if err == nil {
		return misses{stoppable{ctx, f}, f}, f.Clock(), f.Header().Origin, nil
	}
	if !errors.Is(err, trace.ErrFamily) {
		return misses{}, units.Clock{}, "", err
	}
	refs, err := trace.OpenRefs(path, o)
	if err != nil {
		return misses{}, units.Clock{}, "", err
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

// formatOf returns the format that a file's name suggests.
func formatOf(name string) trace.Format {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch {
	case strings.HasSuffix(name, ".csv"):
		return trace.CSV
	case strings.HasSuffix(name, ".trc"):
		return trace.DRackSim
	}
	return trace.Binary
}

// compressor compresses what goes to w if the name of the file says so.
func compressor(name string, w io.Writer) (io.WriteCloser, error) {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return gzip.NewWriter(w), nil
	case strings.HasSuffix(name, ".zst"):
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
