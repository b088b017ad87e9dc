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
	Kept     uint64        // of the runs taken from files
	Total    uint64        // of all runs, the kept ones included, estimated; more than done until the end; 0: not known
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
	s.Accesses, s.Kept = uint64(simulated), uint64(done-simulated)
	if !p.start.IsZero() {
		if wall := p.now().Sub(p.start).Seconds(); wall > 0 {
			s.Rate = simulated / wall
		}
	}
	switch {
	case s.Finished == s.Runs:
		s.Known, s.Share, s.Total = true, 1, uint64(done)
	case known > 0:
		total *= 1 + unknown/known
		s.Share = min(done/total, 1)
		s.Total = uint64(max(math.Round(total), done+1))
		if left := (total - done) / s.Rate; s.Rate > 0 && left < math.MaxInt64/1e9 {
			s.Known, s.Left = true, time.Duration(max(left, 0)*1e9)
		}
	}
	p.report(s)
}

// series reports the progress of sweeps that follow each other as that of one: accesses
// simulated, and those that have to be.
type series struct {
	progress func(done, total int) // nil: nobody listens
	before   uint64                // accesses simulated by the sweeps that have ended
	last     uint64                // and by the one under way
}

// next returns what takes the progress of the next sweep, behind which others follow with so
// many times its accesses, about; nil if nobody listens. While nothing is simulated, or it is
// not known how much has to be, nothing is reported.
func (s *series) next(after int) func(SweepProgress) {
	if s.progress == nil {
		return nil
	}
	s.before, s.last = s.before+s.last, 0
	return func(p SweepProgress) {
		s.last = p.Accesses
		if done := s.before + p.Accesses; done > 0 && p.Total > 0 {
			s.progress(int(done), int(s.before+p.Total-p.Kept+uint64(after)*p.Total))
		}
	}
}

// counted returns a function that reports the progress of a single sweep, nil for nil.
func counted(progress func(done, total int)) func(SweepProgress) {
	return (&series{progress: progress}).next(0)
}
