package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

const calibrateAbout = `
The paper does not tell the load of its runs. Calibrate shows how ours is chosen: random pools
with alternate pages, on the machine whose memory queues bind, are run at several stretches of
the time stamps, and the stretch is the one at which 2 % of the accesses take 1000 ns or more.
It serves all policies and all figures. With -sensitivity the three pool policies are run under
other loads, too, to see what hangs on the choice: 21 more runs.

Finished runs are kept, so that a second call, or one after an interrupt, goes on from there.

Examples:
  dmem calibrate
  dmem calibrate -seeds 5 -sensitivity -csv data/results
  dmem calibrate -scale 16 -stretch 1.5,1.7,1.9`

// calibrate is the command "dmem calibrate".
func calibrate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var list, folder string
	var sensitivity bool
	var seeds int
	o := experiment.Options{}
	fs := flag.NewFlagSet("calibrate", flag.ContinueOnError)
	fs.StringVar(&o.Scale, "scale", "small", "`size`: small, paper, or a divisor of the paper's rack: 1, 4, 16, 64, 256")
	fs.Uint64Var(&o.Seed, "seed", 1, "the first `seed` of the runs")
	fs.IntVar(&seeds, "seeds", 1, "`number` of seeds for each stretch, from the first on; means are over them")
	fs.StringVar(&list, "stretch", "", "stretches to run, rising, with commas; by default some around the one in use")
	fs.BoolVar(&sensitivity, "sensitivity", false, "run the pool policies under other loads, too")
	fs.StringVar(&folder, "csv", "", "write calibration.csv, and sensitivity.csv, into `FOLDER`, too")
	if err := parseFlags(fs, args, "[-scale S] [-stretch LIST] [-seeds N] [-sensitivity] [-csv FOLDER]", calibrateAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	divisor, err := experiment.Divisor(o.Scale)
	if err != nil {
		return &usageError{err: err}
	}
	if seeds < 1 || seeds > 1000 {
		return usagef("-seeds %d: want 1 to 1000", seeds)
	}
	stretches, err := parseStretches(list, experiment.Stretch(divisor))
	if err != nil {
		return err
	}
	if err := makeFolder(folder); err != nil {
		return err
	}
	if folder != "" {
		if err := checkFiles(nil, []named{{"-csv", tablePath(folder, "calibration")}, {"-csv", tablePath(folder, "sensitivity")}}); err != nil {
			return err
		}
	}
	bar := newBar(stderr, "accesses")
	defer bar.stop()
	o.Progress = bar.update
	c, err := experiment.Calibrate(ctx, o, stretches, seeds)
	bar.stop()
	if err != nil {
		return err
	}
	if err := showTable(stdout, folder, "calibration", c.Table()); err != nil {
		return err
	}
	if x := c.Stretch(); math.IsNaN(x) {
		fmt.Fprintf(stdout, "\nno stretch among these meets the criterion, %v %% of 1000 ns or more\n", experiment.TargetPercent)
	} else {
		fmt.Fprintf(stdout, "\nat a stretch of %.3f there are %v %% of 1000 ns or more; in use is %v\n", x, experiment.TargetPercent, experiment.Stretch(divisor))
	}
	if !sensitivity {
		return nil
	}
	bar = newBar(stderr, "accesses")
	defer bar.stop()
	o.Progress = bar.update
	t, err := experiment.Sensitivity(ctx, o)
	bar.stop()
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	return showTable(stdout, folder, "sensitivity", t)
}

// parseStretches reads a list of stretches; an empty one stands for some around x.
func parseStretches(list string, x float64) ([]float64, error) {
	if list == "" {
		var around []float64
		for _, f := range []float64{0.9, 0.95, 1, 1.05, 1.15} {
			around = append(around, math.Round(100*f*x)/100)
		}
		return around, nil
	}
	var all []float64
	for s := range strings.SplitSeq(list, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || !(x > 0) || math.IsInf(x, 0) {
			return nil, usagef("-stretch %s: %q is not a number above 0", list, s)
		}
		all = append(all, x)
	}
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		return nil, usagef("-stretch %s: want the stretches to rise", list)
	}
	return all, nil
}

// showTable prints a table, and writes it into a folder if one is named.
func showTable(w io.Writer, folder, name string, t *stats.Table) error {
	if err := printTable(w, t); err != nil || folder == "" {
		return err
	}
	return writeTable(folder, name, t)
}

// printTable prints a table for people.
func printTable(w io.Writer, t *stats.Table) error {
	var b bytes.Buffer
	if err := t.WriteCSV(&b); err != nil {
		return err
	}
	r := csv.NewReader(&b)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, t.Title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, s := range row {
			if x, err := strconv.ParseFloat(s, 64); err == nil {
				row[i] = fmt.Sprintf("%.4g", x)
			}
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}

// makeFolder makes the folder of tables, if one is named: before the runs, which take long.
func makeFolder(folder string) error {
	if folder == "" {
		return nil
	}
	return os.MkdirAll(folder, 0o777)
}

// writeTable writes a table as CSV.
func writeTable(folder, name string, t *stats.Table) error {
	return wholefile.Write(tablePath(folder, name), t.WriteCSV)
}

// tablePath returns where a table is written.
func tablePath(folder, name string) string { return filepath.Join(folder, name+".csv") }
