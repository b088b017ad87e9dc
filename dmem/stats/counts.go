package stats

import (
	"cmp"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Counts counts events by window of time, over windows of equal length from time zero.
// Windows without an event take no memory.
type Counts struct {
	Step    units.Time // length of a window; must be positive
	Windows []Count    // by rising start
}

// Count is the number of events in one window.
type Count struct {
	Window int64 // its number, from 0
	Events uint64
}

// Add counts an event at a time that lies not in a window before the last event's.
func (c *Counts) Add(at units.Time) {
	w := int64(at / c.Step)
	if n := len(c.Windows); n == 0 || c.Windows[n-1].Window != w {
		c.Windows = append(c.Windows, Count{Window: w})
	}
	c.Windows[len(c.Windows)-1].Events++
}

// In returns the number of events in a window. It costs a binary search.
func (c *Counts) In(window int64) uint64 {
	i, ok := slices.BinarySearchFunc(c.Windows, window, func(x Count, w int64) int { return cmp.Compare(x.Window, w) })
	if !ok {
		return 0
	}
	return c.Windows[i].Events
}
