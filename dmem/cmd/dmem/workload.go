package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

const workloadAbout = `
Workload runs programs for their last-level-cache misses: kernels that stand for the four of
the paper's Table I, and synthetic patterns. They go through the cores and caches of Table II.

"table1" runs the four kernels up to the paper's number of memory accesses and holds miss rate
and footprint against the paper's. "list" tells the names and sizes. "dmem trace gen" writes the
misses of a program as a trace.

At scale small, programs, caches and the paper's counts are divided by 4: seconds instead of
most of a minute. Logarithms do not shrink, so miss rates drift there: lbm by less than 1 %,
fotonik3d +3 %, fft +4 %, fmm +6 %.

Examples:
  dmem workload table1
  dmem workload table1 -scale paper -json table1.json
  dmem workload list`

const workloadUsage = "table1 [-scale S] [-json FILE] | list [-scale S]"

// workloadFlags are those of workload.
type workloadFlags struct {
	scale string
	json  string
}

func (f *workloadFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.scale, "scale", "small", "`small|paper`: size of the programs and caches")
	fs.StringVar(&f.json, "json", "", "table1: write the rows as JSON to `FILE`, - for stdout")
}

// workloadCommand runs programs for their misses.
func workloadCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f workloadFlags
	fs := flag.NewFlagSet("workload", flag.ContinueOnError)
	f.register(fs)
	if len(args) == 0 {
		return usagef("want %s", workloadUsage)
	}
	verb := args[0]
	known := verb == "table1" || verb == "list"
	if known {
		args = args[1:]
	}
	if err := parseFlags(fs, args, workloadUsage, workloadAbout, stdout); err != nil {
		return err
	}
	switch {
	case !known:
		return usagef("there is no %q: want %s", verb, workloadUsage)
	case fs.NArg() > 0:
		return usagef("%s: unexpected argument %q", verb, fs.Arg(0))
	case verb == "list" && f.json != "":
		return usagef("list: -json is a flag of table1")
	}
	divisor, err := experiment.WorkloadDivisor(f.scale)
	if err != nil {
		return &usageError{err: err}
	}
	if verb == "table1" {
		if err := checkFiles(nil, []named{{"-json", f.json}}); err != nil {
			return err
		}
		return workloadTable(ctx, &f, stdout, stderr)
	}
	return workloadList(divisor, stdout)
}

// workloadReport is the JSON file of dmem workload table1.
type workloadReport struct {
	Version   string        `json:"version"`
	Simulator string        `json:"simulator"` // hash of its source
	Rows      []workloadRow `json:"rows"`
}

type workloadRow struct {
	Name       string  `json:"name"`
	MissRate   float64 `json:"miss_rate"` // fills over references, 0 to 1
	Fills      uint64  `json:"fills"`
	WriteBacks uint64  `json:"write_backs"`
	References uint64  `json:"references"`
	Touched    uint64  `json:"footprint_touched"`   // bytes
	Allocated  uint64  `json:"footprint_allocated"` // bytes
}

func newWorkloadReport(t *experiment.Tab1) workloadReport {
	r := workloadReport{Version: dmem.Version(), Simulator: dmem.Fingerprint()}
	for i := range t.Rows {
		row := &t.Rows[i]
		r.Rows = append(r.Rows, workloadRow{row.Paper.Name, row.MissRate(), row.Fills, row.WriteBacks, row.References, uint64(row.Touched), uint64(row.Allocated)})
	}
	return r
}

// workloadTable regenerates the paper's Table I.
func workloadTable(ctx context.Context, f *workloadFlags, stdout, stderr io.Writer) error {
	bar := newBar(stderr, "references")
	t, err := experiment.TableI(ctx, experiment.Options{Scale: f.scale, Progress: bar.update})
	bar.stop()
	if err != nil {
		return err
	}
	return output(f.json, stdout, func(w io.Writer) error {
		if f.json == "" {
			return printTableI(w, t)
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(newWorkloadReport(t))
	})
}

// printTableI writes the table for people, what was measured above the paper's numbers.
func printTableI(w io.Writer, t *experiment.Tab1) error {
	fmt.Fprintf(w, "%s\n\n", t.Table().Title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "\tmiss rate\tfills\twrite-backs\treferences\ttouched\tallocated\t\n")
	mb := func(b units.Bytes) string { return decimals(float64(b)/float64(units.MB), 1) + " MB" }
	off := func(got, want float64) string { return fmt.Sprintf("%+.1f %%", 100*(got/want-1)) }
	for i := range t.Rows {
		r := &t.Rows[i]
		p := &r.Paper
		fmt.Fprintf(tw, "%s\t%.2f %%\t%d\t%d\t%d\t%s\t%s\t\n", p.Name, 100*r.MissRate(), r.Fills, r.WriteBacks, r.References, mb(r.Touched), mb(r.Allocated))
		footprint := [2][2]string{}
		footprint[p.Extent] = [2]string{mb(p.Footprint), off(float64(r.Footprint()), float64(p.Footprint))}
		fmt.Fprintf(tw, "paper\t%.2f %%\t%d\t\t\t%s\t%s\t\n", 100*p.MissRate, p.Fills, footprint[workload.Touched][0], footprint[workload.Allocated][0])
		fmt.Fprintf(tw, "off\t%s\t%s\t\t\t%s\t%s\t\n", off(r.MissRate(), p.MissRate), off(float64(r.Fills), float64(p.Fills)), footprint[workload.Touched][1], footprint[workload.Allocated][1])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	notes := t.Notes()
	fmt.Fprintln(w)
	tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, n := range notes.Rows {
		fmt.Fprintf(tw, "%v\t%v\n\tfitted: %v\n", n...)
	}
	return tw.Flush()
}

// workloadSummaries has a line on each program.
var workloadSummaries = map[string]string{
	"lbm":       "lattice-Boltzmann fluid, D3Q19: Table I",
	"fotonik3d": "Maxwell's equations on a grid, absorbing at its faces: Table I",
	"fft":       "six-step Fourier transform: Table I",
	"fmm":       "adaptive fast multipole method in the plane: Table I",
	"stream":    "one element after the other",
	"strided":   "every so many bytes",
	"random":    "any element, equally likely",
	"zipf":      "few popular elements, many others",
	"chase":     "a linked list in shuffled order",
	"bursts":    "random, in bursts with pauses",
	"phases":    "stream and random in turn",
}

// workloadList prints a line on each program, divided in size.
func workloadList(divisor units.Bytes, stdout io.Writer) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "NAME\tTHREADS\tALLOCATED\tWHAT\n")
	for _, name := range workload.Names() {
		p, err := workload.Lookup(name, 1/float64(divisor))
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%d\t%.1f MB\t%s\n", name, p.NumThreads(), float64(p.Allocated())/float64(units.MB), workloadSummaries[name])
	}
	return t.Flush()
}
