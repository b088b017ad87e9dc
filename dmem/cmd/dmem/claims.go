package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

const claimsAbout = `
Claims measures what the paper's sections IV, V and VI state, on the machine of its Table II
and on one whose memory queues bind, and gives a verdict on each statement: reproduced, partly
or not reproduced, with the numbers, their 95 % intervals over five seeds, and the reason.

A number counts only if its whole interval lies where the statement wants it: a difference
inside the noise is not a result. Verdicts are by the accesses issued while all nodes are
active; those by all accesses of the runs stand beside them. The statement that the load was
calibrated to is no result. Finished runs are kept, so that a second call, or one after
an interrupt, goes on from there; "dmem runs" lists them. In JSON, what never happened, and
so has no number, is null.

Examples:
  dmem claims
  dmem claims -json claims.json
  dmem claims -csv data/results
  dmem claims -scale 16`

// claimsReport is the JSON file of dmem claims.
type claimsReport struct {
	Version   string       `json:"version"`   // of the module
	Simulator string       `json:"simulator"` // hash of its source
	Scale     string       `json:"scale"`
	Seeds     int          `json:"seeds"`
	Claims    []claimEntry `json:"claims"`
}

type claimEntry struct {
	ID       string      `json:"id"`
	Section  string      `json:"section"`
	Place    string      `json:"place"`
	Claim    string      `json:"claim"`
	Machine  string      `json:"machine"`
	Measured measured    `json:"measured"` // of the part that decided: the first that does not hold, else the first
	Interval [2]measured `json:"interval"`
	What     string      `json:"what"` // is measured
	Verdict  string      `json:"verdict"`
	Reason   string      `json:"reason"`
	Whole    string      `json:"whole_run_verdict"` // by all accesses, also those after the first node has ended
	Result   bool        `json:"result"`            // false: the load was calibrated to it
	Parts    []claimPart `json:"parts"`
}

type claimPart struct {
	What     string      `json:"what"`
	Measured measured    `json:"measured"`
	Interval [2]measured `json:"interval"`
	Wanted   string      `json:"wanted"`
	Holds    bool        `json:"holds"`
	Whole    [3]measured `json:"whole_run"` // mean, low, high
}

// measured is a number in JSON, or null if there is none: what never happened has no time.
type measured float64

func (n measured) MarshalJSON() ([]byte, error) {
	if x := float64(n); math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func newClaimsReport(scale string, claims []experiment.Claim) claimsReport {
	r := claimsReport{Version: dmem.Version(), Simulator: dmem.Fingerprint(), Scale: scale, Seeds: experiment.ClaimSeeds}
	for i := range claims {
		c := &claims[i]
		e := claimEntry{ID: c.ID, Section: c.Section, Place: c.Place, Claim: c.Text, Machine: c.Machine, Verdict: c.Verdict, Reason: c.Reason, Whole: c.Whole, Result: !c.Calibrated}
		for j := range c.Parts {
			p := &c.Parts[j]
			e.Parts = append(e.Parts, claimPart{
				What: p.Name, Measured: measured(p.Measured.Mean), Interval: [2]measured{measured(p.Measured.Low), measured(p.Measured.High)}, Wanted: p.Wanted(), Holds: p.Holds(),
				Whole: [3]measured{measured(p.Whole.Mean), measured(p.Whole.Low), measured(p.Whole.High)},
			})
		}
		p := e.Parts[c.Deciding()]
		e.What, e.Measured, e.Interval = p.What, p.Measured, p.Interval
		r.Claims = append(r.Claims, e)
	}
	return r
}

// claimsCommand is the command "dmem claims".
func claimsCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var path, folder string
	o := experiment.Options{}
	fs := flag.NewFlagSet("claims", flag.ContinueOnError)
	fs.StringVar(&o.Scale, "scale", "small", scaleUsage)
	fs.StringVar(&path, "json", "", "write the claims as JSON to `FILE`, - for stdout")
	fs.StringVar(&folder, "csv", "", "write claims.csv and verdicts.csv into `FOLDER`, too")
	if err := parseFlags(fs, args, "[-scale S] [-json FILE] [-csv FOLDER]", claimsAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	if _, err := experiment.Divisor(o.Scale); err != nil {
		return &usageError{err: err}
	}
	if err := makeFolder(folder); err != nil {
		return err
	}
	outputs := []named{{"-json", path}}
	if folder != "" {
		outputs = append(outputs, named{"-csv", tablePath(folder, "claims")}, named{"-csv", tablePath(folder, "verdicts")})
	}
	if err := checkFiles(nil, outputs); err != nil {
		return err
	}
	bar := newBar(stderr, "accesses")
	defer bar.stop()
	o.Progress = bar.update
	claims, err := experiment.Claims(ctx, o, experiment.ClaimSeeds)
	bar.stop()
	if err != nil {
		return err
	}
	err = output(path, stdout, func(w io.Writer) error {
		if path == "" {
			return printClaims(w, claims)
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(newClaimsReport(o.Scale, claims))
	})
	if err != nil || folder == "" {
		return err
	}
	if err := writeTable(folder, "claims", experiment.ClaimTable(claims)); err != nil {
		return err
	}
	return writeTable(folder, "verdicts", experiment.VerdictTable(claims))
}

// printClaims writes a block a statement, the machines side by side.
func printClaims(w io.Writer, claims []experiment.Claim) error {
	last := ""
	counts := map[string]map[string]int{}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range claims {
		c := &claims[i]
		if c.Text != last {
			last = c.Text
			fmt.Fprintf(tw, "\n%s, %s: %s\n", c.Section, c.Place, c.Text)
		}
		p := c.Parts[c.Deciding()]
		whole := ""
		if c.Whole != c.Verdict {
			whole = " (over the whole run: " + c.Whole + ")"
		}
		if c.Calibrated {
			whole += " (no result: the load was calibrated to it)"
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s, wanted %s: %s%s\n", c.Machine, c.Verdict, p.Measured, p.Wanted(), p.Name, whole)
		if c.Calibrated {
			continue
		}
		if counts[c.Machine] == nil {
			counts[c.Machine] = map[string]int{}
		}
		counts[c.Machine][c.Verdict]++
	}
	fmt.Fprintln(tw)
	for _, m := range experiment.Machines() {
		n := counts[m.Name]
		fmt.Fprintf(tw, "%s:\t%d reproduced\t%d partly\t%d not reproduced\n", m.Name, n[experiment.Reproduced], n[experiment.Partly], n[experiment.NotReproduced])
	}
	return tw.Flush()
}
