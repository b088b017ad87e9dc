package dmem

import (
	"runtime"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// GoroutinesAbove returns how many goroutines there are if more than n stay; one that has
// said that it is done may take a moment to go.
func GoroutinesAbove(n int) (int, bool) {
	for range 100_000 {
		if runtime.NumGoroutine() <= n {
			return 0, false
		}
		runtime.Gosched()
	}
	return runtime.NumGoroutine(), true
}

// ShareAll has the workers share every round, however little happens in it.
func (r *Rack) ShareAll() { r.sharedFrom = 0 }

// GoAhead sets how many windows the parts of the rack go ahead of the others at most; with 1
// they keep step.
func (r *Rack) GoAhead(windows int) { r.ahead = units.Time(windows) }
