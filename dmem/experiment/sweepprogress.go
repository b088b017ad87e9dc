package experiment

import (
	"math"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
)

// SweepProgress says how far a sweep has come.
type SweepProgress struct {
	Runs     int // all
	Finished int // those taken from files included
	Taken    int // from files

	// Misses of programs that have been generated, and those of all programs that have to be
	// before the runs begin, 0 if that is not known. Both are 0 once runs are under way.
	Generated, Generate int

	Accesses uint64        // simulated so far, by this sweep
	Rate     float64       // accesses a second of wall time; 0 before the first
	Share    float64       // of the accesses of all runs, 0 to 1, estimated
	Left     time.Duration // wall time to the end, estimated; valid if Known
	Known    bool          // enough is known to estimate Share and Left; else they are 0
}

// sweepProgress adds up the progress of runs.
type sweepProgress struct {
	runs   []runProgress
	report func(SweepProgress)
	now    func() time.Time
	start  time.Time // of the first run that is simulated
	sum    SweepProgress
}

// runProgress is the progress of one run, in accesses.
type runProgress struct {
	nodes       float64
	done, total float64 // total is estimated; 0: not known
	taken       bool
	until       float64 // its end in simulated seconds, 0: that of the traces
}

func newSweepProgress(s *Sweep) *sweepProgress {
	p := &sweepProgress{report: s.Progress, now: time.Now, runs: make([]runProgress, len(s.Runs))}
	for i := range p.runs {
		c := &s.Runs[i].Config
		p.runs[i] = runProgress{nodes: float64(c.Nodes), until: c.Replay.Until.Seconds()}
	}
	p.sum.Runs = len(s.Runs)
	return p
}

// generating takes how many misses of programs have been generated.
func (p *sweepProgress) generating(done, total int) {
	p.sum.Generated, p.sum.Generate = done, total
	p.tell()
}

// update takes what run i tells.
func (p *sweepProgress) update(i int, q dmem.Progress) {
	if p.start.IsZero() {
		p.start = p.now()
		p.sum.Generated, p.sum.Generate = 0, 0
	}
	r := &p.runs[i]
	r.done = float64(q.Accesses)
	share := 0.0
	if q.Share > 0 { // it may be NaN
		share = q.Share
	}
	if r.until > 0 {
		share = max(share, q.Simulated.Seconds()/r.until)
	}
	if share > 0 {
		r.total = r.done / min(share, 1)
	}
	p.tell()
}

// finish takes the result of run i.
func (p *sweepProgress) finish(i int, res *dmem.Result, taken bool) {
	r := &p.runs[i]
	r.done, r.taken = float64(res.Accesses), taken
	r.total = r.done
	p.sum.Finished++
	if taken {
		p.sum.Taken++
	}
	p.tell()
}

// tell reports the sums. A run of which nothing is known yet is taken to have as many
// accesses a node as the others on average.
func (p *sweepProgress) tell() {
	if p.report == nil {
		return
	}
	var done, simulated, total, known, unknown float64
	for i := range p.runs {
		r := &p.runs[i]
		done += r.done
		if !r.taken {
			simulated += r.done
		}
		if r.total > 0 {
			total += r.total
			known += r.nodes
		} else {
			unknown += r.nodes
		}
	}
	s := p.sum
	s.Accesses = uint64(simulated)
	if !p.start.IsZero() {
		if wall := p.now().Sub(p.start).Seconds(); wall > 0 {
			s.Rate = simulated / wall
		}
	}
	switch {
	case s.Finished == s.Runs:
		s.Known, s.Share = true, 1
	case known > 0:
		total *= 1 + unknown/known
		s.Share = min(done/total, 1)
		if left := (total - done) / s.Rate; s.Rate > 0 && left < math.MaxInt64/1e9 {
			s.Known, s.Left = true, time.Duration(max(left, 0)*1e9)
		}
	}
	p.report(s)
}

// counted returns a function that reports the progress of a sweep in thousandths, nil for
// nil.
func counted(progress func(done, total int)) func(SweepProgress) {
	if progress == nil {
		return nil
	}
	return func(p SweepProgress) { progress(int(1000*p.Share), 1000) }
}
