package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
)

const runAbout = `
Run simulates a rack: nodes that replay traces of memory accesses, memory pools, and the
network between them. A flag overrides the preset and the configuration file. Progress goes
to a terminal's stderr. After an interrupt the result so far is written, marked as partial.

Examples:
  dmem run                                              the small preset, a second or two
  dmem run -preset paper -trace data/traces/gnusort_500k_par4.csv.gz -offset seeded
  dmem run -preset scaled:64 -stretch 2 -stagger 12ms   the paper's rack and workloads, at a 64th of their sizes
  dmem run -preset dracksim -trace DIR -json -          a directory with a trace per node
  dmem run -pool-policy smart-idle -loop closed -log accesses.csv.zst -log-every 100
  dmem config -preset paper -o rack.toml && dmem run -config rack.toml -trace a.csv.gz -json a.json`

// run simulates a rack and reports on it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f runFlags
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	f.register(fs)
	if err := parseFlags(fs, args, "[flags]", runAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	c, err := f.build()
	if err != nil {
		return err
	}
	write := (*dmem.Report).WriteJSON
	if f.json == "" {
		write = summarise
	}
	var report *dmem.Report
	err = output(f.json, stdout, func(w io.Writer) error {
		err := logged(f.log, f.logEvery, func(onComplete func(*dmem.Access)) (err error) {
			report, err = simulate(ctx, c, onComplete, stderr)
			return err
		})
		if err != nil {
			return err
		}
		return write(report, w)
	})
	if err == nil && report.Partial {
		err = ctx.Err()
	}
	if err == nil {
		for _, name := range idle(report.Nodes) {
			fmt.Fprintf(stderr, "dmem run: warning: %s: no access was replayed\n", name)
		}
	}
	return advise(err, true)
}

// idle returns the names of the workloads of which no node has issued an access.
func idle(nodes []dmem.NodeReport) []string {
	issued := map[string]uint64{}
	for i := range nodes {
		issued[nodes[i].Group] += nodes[i].Issued
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(issued)) {
		if issued[name] == 0 {
			names = append(names, name)
		}
	}
	return names
}

// prepare generates the misses of programs that are not stored yet.
func prepare(ctx context.Context, c dmem.Config, stderr io.Writer) error {
	if !slices.ContainsFunc(c.Workloads, func(w dmem.Workload) bool { return w.Program != nil }) {
		return nil
	}
	bar := newBar(stderr, "fills of programs generated")
	defer bar.stop()
	return dmem.Prepare(ctx, c, bar.update)
}

// simulate runs the rack and reports on it. An interrupted run is no error: its report is
// marked as partial.
func simulate(ctx context.Context, c dmem.Config, onComplete func(*dmem.Access), stderr io.Writer) (*dmem.Report, error) {
	start := time.Now()
	if err := prepare(ctx, c, stderr); err != nil {
		return nil, err
	}
	bar := newBar(stderr, "accesses")
	defer bar.stop()
	r, err := dmem.New(c, dmem.Probe{OnComplete: onComplete, OnProgress: runProgress(bar, c.Replay.Until)})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	loaded := time.Now()
	result, err := r.Run(ctx)
	wall := time.Since(loaded)
	partial := err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err())
	if err != nil && !partial {
		return nil, err
	}
	report, err := result.Report()
	if err != nil {
		return nil, err
	}
	report.Partial = partial
	report.SetTimes(loaded.Sub(start), wall)
	return report, nil
}
