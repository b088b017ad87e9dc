package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/experiment"
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
	fs.StringVar(&o.Scale, "scale", "small", scaleUsage)
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
