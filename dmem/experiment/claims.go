package experiment

import (
	"context"
	"fmt"
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
	measure     func(m *Matrix) float64
	least, most float64
}

// Claim is what was measured of a statement on one machine.
type Claim struct {
	ID      string // statement and machine
	Section string // of the paper, as "IV-A"
	Place   string // of the sentence in the section
	Text    string // what it says, in our words
	Machine string
	Parts   []Part
	Verdict string
	Reason  string // what decided, if it is not reproduced in full
}

// Part is one number of a claim.
type Part struct {
	Name        string
	Measured    Interval // over the seeds
	Least, Most float64  // the part holds if the whole interval lies between them
}

// Holds reports whether the whole interval lies where the claim wants it: what is inside the
// noise does not count.
func (p *Part) Holds() bool { return p.Measured.Low >= p.Least && p.Measured.High <= p.Most }

// Wanted says where the number must lie.
func (p *Part) Wanted() string { return limits(p.Least, p.Most) }

// Deciding returns the index of the part that decided: the first that does not hold, or the
// first if all do.
func (c *Claim) Deciding() int {
	for i := range c.Parts {
		if !c.Parts[i].Holds() {
			return i
		}
	}
	return 0
}

// judge sets verdict and reason.
func (c *Claim) judge() {
	holds := 0
	var reasons []string
	for i := range c.Parts {
		p := &c.Parts[i]
		if p.Holds() {
			holds++
			continue
		}
		why := "is outside"
		if p.Measured.Mean >= p.Least && p.Measured.Mean <= p.Most {
			why = "is inside the noise of"
		}
		reasons = append(reasons, fmt.Sprintf("%s: %s %s what the claim wants, %s", p.Name, p.Measured, why, p.Wanted()))
	}
	switch holds {
	case len(c.Parts):
		c.Verdict = Reproduced
	case 0:
		c.Verdict = NotReproduced
	default:
		c.Verdict = Partly
	}
	c.Reason = strings.Join(reasons, "; ")
}

// Claims measures every statement of sections IV, V and VI on both machines, with so many
// seeds ([ClaimSeeds] for verdicts) from o.Seed on. A cell of the paper's comparison, say
// smart-idle with alternate pages, is run once a seed and machine and serves all statements.
// With one seed the intervals are infinite, and nothing holds.
func Claims(ctx context.Context, o Options, seeds int) ([]Claim, error) {
	machines := Machines()
	seen := make([][][][]float64, len(machines)) // [machine][statement][part][seed]
	for i := range seen {
		seen[i] = make([][][]float64, len(statements()))
		for j, s := range statements() {
			seen[i][j] = make([][]float64, len(s.parts))
		}
	}
	progress := o.Progress
	for k := range seeds {
		round := o
		round.Seed = o.seed() + uint64(k)
		if progress != nil {
			round.Progress = func(done, total int) { progress(k*total+done, seeds*total) }
		}
		matrices, err := runMatrices(ctx, round, machines, Pairs())
		if err != nil {
			return nil, wrap("claims", err)
		}
		for i := range matrices {
			for j, s := range statements() {
				for n, p := range s.parts {
					seen[i][j][n] = append(seen[i][j][n], p.measure(&matrices[i]))
				}
			}
		}
	}
	var all []Claim
	for j, s := range statements() {
		for i, m := range machines {
			c := Claim{ID: s.id + "/" + m.Short, Section: s.section, Place: s.place, Text: s.text, Machine: m.Name}
			for n, p := range s.parts {
				c.Parts = append(c.Parts, Part{p.name, MeanOf(seen[i][j][n]), p.least, p.most})
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
		stats.Column{Name: "what"}, stats.Column{Name: "measured"}, stats.Column{Name: "low"}, stats.Column{Name: "high"}, stats.Column{Name: "wanted"}, stats.Column{Name: "verdict"})
	for _, c := range claims {
		for _, p := range c.Parts {
			t.Append(c.ID, c.Section, c.Place, c.Text, c.Machine, p.Name, p.Measured.Mean, p.Measured.Low, p.Measured.High, p.Wanted(), c.Verdict)
		}
	}
	return t
}

// VerdictTable returns a row a statement, with the verdict on each machine.
func VerdictTable(claims []Claim) *stats.Table {
	columns := []stats.Column{{Name: "section"}, {Name: "place"}, {Name: "claim"}}
	for _, m := range Machines() {
		columns = append(columns, stats.Column{Name: m.Short})
	}
	t := stats.NewTable("Verdicts", columns...)
	n := len(Machines())
	for i := 0; i+n <= len(claims); i += n { // the machines of a statement stand together
		row := []any{claims[i].Section, claims[i].Place, claims[i].Text}
		for _, c := range claims[i : i+n] {
			row = append(row, c.Verdict)
		}
		t.Append(row...)
	}
	return t
}
