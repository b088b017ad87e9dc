package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// traceReport is what is known of a trace, and the entry of the JSON file of dmem trace info.
type traceReport struct {
	Path   string         `json:"path"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind"` // misses or references
	Format string         `json:"format"`
	Misses *missReport    `json:"misses,omitempty"`
	Refs   *refsReport    `json:"references,omitempty"`
	Reuse  reuseReport    `json:"reuse"`
	Common recordsSummary `json:"records"`
}

type recordsSummary struct {
	Count      int64       `json:"count"`
	Threads    int         `json:"threads"`
	More       bool        `json:"more_threads"` // than that: counting ended there
	Processes  int         `json:"processes"`
	Touched    uint64      `json:"footprint_touched"` // bytes
	PageSize   uint64      `json:"page_size"`
	Sampling   uint        `json:"page_sampling"` // 0: exact; else from one page in 2^n
	WriteShare dmem.Number `json:"write_share"`   // write-backs over records; of references, stores over loads and stores
}

// threads returns the number of threads with a + if there are more.
func (s *recordsSummary) threads() string {
	if s.More {
		return fmt.Sprintf("%d+", s.Threads)
	}
	return fmt.Sprint(s.Threads)
}

type missReport struct {
	ClockHz    uint64      `json:"clock_hz"`
	LoadFills  int64       `json:"load_fills"`
	StoreFills int64       `json:"store_fills"`
	WriteBacks int64       `json:"write_backs"`
	Seconds    dmem.Number `json:"seconds"` // from the first stamp to the last
	PerSecond  dmem.Number `json:"records_per_second"`
	GapCycles  spread      `json:"gap_cycles"` // between neighbours
}

type refsReport struct {
	Loads        int64 `json:"loads"`
	Stores       int64 `json:"stores"`
	Fetches      int64 `json:"fetches"`
	Instructions int64 `json:"instructions"`
}

type reuseReport struct {
	Lines     int64       `json:"lines"`
	Sampling  uint        `json:"line_sampling"` // 0: exact; else from one line in 2^n
	Share     dmem.Number `json:"share"`         // of the records, those whose line was used before
	Intervals spread      `json:"interval_records"`
}

// spread is a distribution.
type spread struct {
	P50     dmem.Number    `json:"p50"`
	P90     dmem.Number    `json:"p90"`
	P99     dmem.Number    `json:"p99"`
	Octaves []trace.Bucket `json:"octaves"`
}

func newSpread(d *trace.Distribution) spread {
	return spread{dmem.Number(d.Quantile(0.5)), dmem.Number(d.Quantile(0.9)), dmem.Number(d.Quantile(0.99)), d.Octaves()}
}

func newReuseReport(r *trace.Reuse) reuseReport {
	n := r.Intervals.N()
	return reuseReport{r.Lines, r.Sampling, share(n, r.Lines+n), newSpread(&r.Intervals)}
}

// share returns a part of a whole; there is none of nothing.
func share(part, whole int64) dmem.Number {
	if whole == 0 {
		return dmem.Number(math.NaN())
	}
	return dmem.Number(float64(part) / float64(whole))
}

// traceInfo says what the files hold: those that can be read, and then what is wrong with the
// others. A JSON file is written only if there are none of these.
func traceInfo(ctx context.Context, paths []string, f *traceFlags, stdout io.Writer) error {
	var inputs []named
	for _, path := range paths {
		inputs = append(inputs, named{"the trace", path})
	}
	if err := checkFiles(inputs, []named{{"-json", f.json}}); err != nil {
		return err
	}
	var misses, references []*traceReport
	var all []*traceReport
	var errs []error
	for _, path := range paths {
		r, err := inspect(ctx, path, f.options)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, advise(err, false))
			continue
		}
		all = append(all, r)
		if r.Misses != nil {
			misses = append(misses, r)
		} else {
			references = append(references, r)
		}
	}
	if failed := errors.Join(errs...); f.json != "" && failed != nil || len(all) == 0 {
		return failed
	}
	err := output(f.json, stdout, func(w io.Writer) error {
		if f.json != "" {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(struct {
				Traces []*traceReport `json:"traces"`
			}{all})
		}
		if err := printOverview(w, misses, references); err != nil {
			return err
		}
		for _, r := range all {
			if err := printDetails(w, r); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(append([]error{err}, errs...)...)
}

// inspect reads a trace to its end.
func inspect(ctx context.Context, path string, o trace.Options) (*traceReport, error) {
	page := mmu.Default().PageSize
	r := &traceReport{Path: path, Name: traceName(path), Kind: "misses"}
	f, refs, err := openTrace(path, o)
	if err != nil {
		return nil, err
	}
	if refs != nil {
		defer refs.Close()
		return inspectRefs(ctx, refs, r, page)
	}
	defer f.Close()
	seen := trace.Observe(stoppable{ctx, f})
	s, err := trace.Scan(seen, page)
	if err != nil {
		return nil, err
	}
	length := (f.Clock().At(s.Last) - f.Clock().At(s.First)).Seconds()
	rate := math.NaN()
	if length > 0 {
		rate = float64(s.Records) / length
	}
	r.Format = f.Format().String()
	r.Common = recordsSummary{Count: s.Records, Threads: s.Threads, More: s.MoreThreads, Processes: s.Processes, Touched: uint64(s.Touched()), PageSize: uint64(page), Sampling: s.Sampling, WriteShare: share(s.WriteBacks, s.Records)}
	r.Misses = &missReport{f.Clock().Hz(), s.LoadFills, s.StoreFills, s.WriteBacks, dmem.Number(length), dmem.Number(rate), newSpread(seen.Gaps())}
	r.Reuse = newReuseReport(seen.Reuse())
	return r, nil
}

// inspectRefs is inspect for references.
func inspectRefs(ctx context.Context, f *trace.RefFile, r *traceReport, page units.Bytes) (*traceReport, error) {
	seen := trace.ObserveRefs(stoppableRefs{ctx, f})
	s, err := trace.ScanRefs(seen, page)
	if err != nil {
		return nil, err
	}
	r.Kind, r.Format = "references", f.Format().String()
	r.Common = recordsSummary{Count: s.Records, Threads: s.Threads, More: s.MoreThreads, Processes: s.Processes, Touched: uint64(s.Touched()), PageSize: uint64(page), Sampling: s.Sampling, WriteShare: share(s.Stores, s.Loads+s.Stores)}
	r.Refs = &refsReport{s.Loads, s.Stores, s.Fetches, s.Instructions}
	r.Reuse = newReuseReport(seen.Reuse())
	return r, nil
}

// printOverview prints a line on each file, those of misses first.
func printOverview(w io.Writer, misses, references []*traceReport) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	heading := "name\tformat\tclock\trecords\tfills\twrite-backs\tthreads\ttouched\tlength\trate\twrites\treused\t\n"
	for _, r := range misses {
		m, c := r.Misses, &r.Common
		fmt.Fprintf(t, "%s%s\t%s\t%v\t%d\t%d\t%d\t%s\t%s%v\t%.3f ms\t%s\t%s\t%s%s\t\n", heading,
			r.Name, r.Format, units.MustClock(m.ClockHz), c.Count, m.LoadFills+m.StoreFills, m.WriteBacks, c.threads(), about(c.Sampling), units.Bytes(c.Touched),
			float64(m.Seconds)*1e3, orDash("%.2f/us", float64(m.PerSecond)/1e6), shareOf(c.WriteShare), about(r.Reuse.Sampling), shareOf(r.Reuse.Share))
		heading = ""
	}
	if err := t.Flush(); err != nil {
		return err
	}
	heading = "name\tformat\treferences\tloads\tstores\tfetches\tinstructions\tthreads\ttouched\twrites\treused\t\n"
	for _, r := range references {
		m, c := r.Refs, &r.Common
		fmt.Fprintf(t, "%s%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s%v\t%s\t%s%s\t\n", heading,
			r.Name, r.Format, c.Count, m.Loads, m.Stores, m.Fetches, m.Instructions, c.threads(), about(c.Sampling), units.Bytes(c.Touched),
			shareOf(c.WriteShare), about(r.Reuse.Sampling), shareOf(r.Reuse.Share))
		heading = ""
	}
	return t.Flush()
}

// printDetails prints the distributions of a trace.
func printDetails(w io.Writer, r *traceReport) error {
	reuse := &r.Reuse
	fmt.Fprintf(w, "\n%s: %s%d different lines\n", r.Name, about(reuse.Sampling), reuse.Lines)
	if m := r.Misses; m != nil {
		if err := printSpread(w, "cycles between records", &m.GapCycles); err != nil {
			return err
		}
	}
	return printSpread(w, "records until a line is used again", &reuse.Intervals)
}

// barWidth is the length of the longest bar, in characters.
const barWidth = 40

// printSpread prints quantiles and a histogram with a line for each factor of four.
func printSpread(w io.Writer, what string, s *spread) error {
	var rows []trace.Bucket
	total, most := int64(0), int64(1)
	for _, b := range s.Octaves {
		if n := len(rows); n > 0 && rows[n-1].From > 0 && b.From == 2*rows[n-1].From {
			rows[n-1].To = b.To
			rows[n-1].Count += b.Count
		} else {
			rows = append(rows, b)
		}
		total += b.Count
	}
	for _, b := range rows {
		most = max(most, b.Count)
	}
	if total == 0 {
		_, err := fmt.Fprintf(w, "%s: none\n", what)
		return err
	}
	fmt.Fprintf(w, "%s: half up to %.0f, 90 %% up to %.0f, 99 %% up to %.0f\n", what, float64(s.P50), float64(s.P90), float64(s.P99))
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	for _, b := range rows {
		bar := strings.Repeat("#", int((b.Count*barWidth+most-1)/most))
		fmt.Fprintf(t, "%d\t-\t%d\t%.1f%%\t %s\n", b.From, b.To, 100*float64(b.Count)/float64(total), bar)
	}
	return t.Flush()
}

// about marks an estimate.
func about(sampling uint) string {
	if sampling > 0 {
		return "~"
	}
	return ""
}

func shareOf(n dmem.Number) string { return orDash("%.1f%%", 100*float64(n)) }

// orDash formats a number that may lack.
func orDash(format string, v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
