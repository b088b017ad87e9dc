package experiment

import (
	"time"

	"github.com/dmemsys/dmemsys/dmem"
)

// ConfigKey is configKey, for the tests.
var ConfigKey = configKey

// ProgressOf returns the functions that take a sweep's progress, by a clock of the test's.
func ProgressOf(s *Sweep, now func() time.Time) (update func(int, dmem.Progress), finish func(int, *dmem.Result, bool)) {
	p := newSweepProgress(s)
	p.now = now
	return p.update, p.finish
}
