package dmem

import "runtime"

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

// ShareAll has the workers share every window, however little happens in it.
func (r *Rack) ShareAll() { r.sharedFrom = 0 }
