package stats

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Mean is an exact mean of durations: it keeps their sum and number. The zero value is
// empty.
type Mean struct {
	Count uint64
	Sum   units.Time
}

// Add counts one duration.
func (m *Mean) Add(t units.Time) { m.Count++; m.Sum += t }

// Merge adds the samples of o.
func (m *Mean) Merge(o Mean) { m.Count += o.Count; m.Sum += o.Sum }

// Sub returns the samples of m that are not in before, an earlier copy of it.
func (m Mean) Sub(before Mean) Mean { return Mean{m.Count - before.Count, m.Sum - before.Sum} }

// Ns returns the mean in nanoseconds, NaN without samples.
func (m Mean) Ns() float64 {
	if m.Count == 0 {
		return math.NaN()
	}
	return float64(m.Sum) / float64(m.Count) / float64(units.Nanosecond)
}

// Series is a mean a window of time, over windows of equal length from time zero.
type Series struct {
	Step    units.Time // length of a window; must be positive
	Windows []Mean
}

// Add counts a duration in the window that holds time at.
func (s *Series) Add(at, t units.Time) {
	w := int(at / s.Step)
	for len(s.Windows) <= w {
		s.Windows = append(s.Windows, Mean{})
	}
	s.Windows[w].Add(t)
}

// Merge adds the windows of o, which has the same step.
func (s *Series) Merge(o Series) {
	for len(s.Windows) < len(o.Windows) {
		s.Windows = append(s.Windows, Mean{})
	}
	for i, w := range o.Windows {
		s.Windows[i].Merge(w)
	}
}

// Cumulative returns, a window, the mean of all samples up to its end, in nanoseconds; NaN
// while there is none.
func (s *Series) Cumulative() []float64 {
	out := make([]float64, len(s.Windows))
	var sum Mean
	for i, w := range s.Windows {
		sum.Merge(w)
		out[i] = sum.Ns()
	}
	return out
}
