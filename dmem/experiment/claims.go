package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Verdicts on a statement of the paper.
const (
	Reproduced    = "reproduced"
	Partly        = "partly"
	NotReproduced = "not reproduced"
)

// ClaimSeeds is how many seeds the intervals of [Claims] come from.
const ClaimSeeds = 5

// A statement is a sentence of the paper that can be measured.
type statement struct {
	id      string // unique
	section string // of the paper
	place   string // of the sentence in the section
	text    string // what it says, in our words
	parts   []part // it holds if all of them do
}

// A part is one number of a statement and where it must lie for the statement to hold. Where
// the paper gives no number the limit is ours; the criterion says so.
type part struct {
	name        string // what is measured, with its unit
	measure     number
	of          kind
	least, most float64
}

// kind is how a number spreads over the seeds.
type kind int

const (
	amount      kind = iota // it does so evenly
	ratio                   // its logarithm does: it is positive
	percentLess             // the logarithm of what is left does: 100 (1 - a/b)
)

// interval returns the mean over the seeds, geometric for ratios, and its interval.
func (k kind) interval(values []float64) Interval {
	switch k {
	case ratio:
		return MeanRatio(values)
	case percentLess:
		left := make([]float64, len(values))
		for i, v := range values {
			left[i] = 1 - v/100
		}
		i := MeanRatio(left)
		return Interval{100 * (1 - i.Mean), 100 * (1 - i.High), 100 * (1 - i.Low), i.N}
	}
	return MeanOf(values)
}

// Claim is what was measured of a statement on one machine.
type Claim struct {
	ID         string // statement and machine
	Section    string // of the paper, as "IV-A"
	Place      string // of the sentence in the section
	Text       string // what it says, in our words
	Machine    string
	Calibrated bool // the load was calibrated to it, so that it is no result
	Parts      []Part
	Verdict    string // by what is measured while all nodes are active
	Reason     string // what decided, if it is not reproduced in full
	Whole      string // the verdict by what is measured over the whole run
}

// Part is one number of a claim.
type Part struct {
	Name        string
	Measured    Interval // over the seeds, while all nodes are active unless the name says otherwise
	Whole       Interval // over the seeds, over the whole run
	Least, Most float64  // the part holds if the whole interval lies between them
}

// holds reports whether the whole interval lies where the claim wants it: what is inside the
// noise does not count.
func (p *Part) holds(i Interval) bool { return i.Low >= p.Least && i.High <= p.Most }

// Holds reports whether the part holds while all nodes are active.
func (p *Part) Holds() bool { return p.holds(p.Measured) }

// applies reports whether there is a number: what never happened does not count against a
// statement on what happens then.
func (p *Part) applies() bool { return !math.IsNaN(p.Measured.Mean) }

// Wanted says where the number must lie.
func (p *Part) Wanted() string { return limits(p.Least, p.Most) }

// Deciding returns the index of the part that decided: the first that does not hold, or the
// first if all do.
func (c *Claim) Deciding() int {
	for i := range c.Parts {
		if p := &c.Parts[i]; p.applies() && !p.Holds() {
			return i
		}
	}
	return 0
}

// judge sets verdicts and reason.
func (c *Claim) judge() {
	var reasons []string
	for i := range c.Parts {
		p := &c.Parts[i]
		switch {
		case !p.applies():
			reasons = append(reasons, p.Name+": it never happens, which does not count")
		case !p.Holds():
			why := "is outside"
			if p.Measured.Mean >= p.Least && p.Measured.Mean <= p.Most {
				why = "is inside the noise of"
			}
			reasons = append(reasons, fmt.Sprintf("%s: %s %s what the claim wants, %s", p.Name, p.Measured, why, p.Wanted()))
		}
	}
	c.Verdict = c.verdict(func(p *Part) Interval { return p.Measured })
	c.Whole = c.verdict(func(p *Part) Interval { return p.Whole })
	if c.Verdict != Reproduced {
		c.Reason = strings.Join(reasons, "; ")
	}
}

// verdict judges by the parts that apply.
func (c *Claim) verdict(of func(*Part) Interval) string {
	holds, applies := 0, 0
	for i := range c.Parts {
		p := &c.Parts[i]
		if p.applies() {
			applies++
			if p.holds(of(p)) {
				holds++
			}
		}
	}
	switch {
	case holds == 0:
		return NotReproduced
	case holds < applies:
		return Partly
	}
	return Reproduced
}

// Claims measures every statement of sections IV, V and VI on both machines, with so many
// seeds ([ClaimSeeds] for verdicts) from o.Seed on. A cell of the paper's comparison, say
// smart-idle with alternate pages, is run once a seed and machine and serves all statements.
// With one seed the intervals are infinite, and nothing holds.
func Claims(ctx context.Context, o Options, seeds int) ([]Claim, error) {
	machines := Machines()
	type numbers struct{ active, whole []float64 } // by seed
	seen := make([][][]numbers, len(machines))     // [machine][statement][part]
	for i := range seen {
		seen[i] = make([][]numbers, len(statements()))
		for j, s := range statements() {
			seen[i][j] = make([]numbers, len(s.parts))
		}
	}
	rounds := series{progress: o.Progress}
	for k := range seeds {
		round := o
		round.Seed = o.seed() + uint64(k)
		round.watch = rounds.next(seeds - k - 1)
		matrices, err := runMatrices(ctx, round, machines, Pairs())
		if err != nil {
			return nil, wrap("claims", err)
		}
		for i := range matrices {
			for j, s := range statements() {
				for n, p := range s.parts {
					to := &seen[i][j][n]
					to.active = append(to.active, p.measure(&cells{&matrices[i], activeView}))
					to.whole = append(to.whole, p.measure(&cells{&matrices[i], wholeView}))
				}
			}
		}
	}
	var all []Claim
	for j, s := range statements() {
		for i, m := range machines {
			c := Claim{ID: s.id + "/" + m.Short, Section: s.section, Place: s.place, Text: s.text, Machine: m.Name, Calibrated: s.id == calibrated}
			for n, p := range s.parts {
				x := &seen[i][j][n]
				c.Parts = append(c.Parts, Part{p.name, p.of.interval(x.active), p.of.interval(x.whole), p.least, p.most})
			}
			c.judge()
			all = append(all, c)
		}
	}
	return all, nil
}

// ClaimTable returns a row a claim and part.
func ClaimTable(claims []Claim) *stats.Table {
	t := stats.NewTable("The paper's statements",
		stats.Column{Name: "id"}, stats.Column{Name: "section"}, stats.Column{Name: "place"}, stats.Column{Name: "claim"}, stats.Column{Name: "machine"},
		stats.Column{Name: "what"}, stats.Column{Name: "measured"}, stats.Column{Name: "low"}, stats.Column{Name: "high"}, stats.Column{Name: "wanted"}, stats.Column{Name: "verdict"},
		stats.Column{Name: "whole_run"}, stats.Column{Name: "whole_run_low"}, stats.Column{Name: "whole_run_high"}, stats.Column{Name: "whole_run_verdict"})
	for _, c := range claims {
		for _, p := range c.Parts {
			t.Append(c.ID, c.Section, c.Place, c.Text, c.Machine, p.Name, p.Measured.Mean, p.Measured.Low, p.Measured.High, p.Wanted(), c.Verdict,
				p.Whole.Mean, p.Whole.Low, p.Whole.High, c.Whole)
		}
	}
	return t
}

// VerdictTable returns a row a statement, with the verdicts on each machine: while all nodes are
// active, and over the whole run. The one that the load was calibrated to is no result.
func VerdictTable(claims []Claim) *stats.Table {
	columns := []stats.Column{{Name: "section"}, {Name: "place"}, {Name: "claim"}}
	for _, m := range Machines() {
		columns = append(columns, stats.Column{Name: m.Short})
	}
	for _, m := range Machines() {
		columns = append(columns, stats.Column{Name: m.Short + "_whole_run"})
	}
	columns = append(columns, stats.Column{Name: "result"})
	t := stats.NewTable("Verdicts", columns...)
	n := len(Machines())
	for i := 0; i+n <= len(claims); i += n { // the machines of a statement stand together
		row := []any{claims[i].Section, claims[i].Place, claims[i].Text}
		for _, c := range claims[i : i+n] {
			row = append(row, c.Verdict)
		}
		for _, c := range claims[i : i+n] {
			row = append(row, c.Whole)
		}
		result := "yes"
		if claims[i].Calibrated {
			result = "no: calibrated"
		}
		row = append(row, result)
		t.Append(row...)
	}
	return t
}
