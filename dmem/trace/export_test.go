package trace

import "github.com/dmemsys/dmemsys/dmem/mem"

// NewReuse follows at most so many lines.
func NewReuse(most int) *Reuse { return newReuse(most) }

// Use counts a record.
func (r *Reuse) Use(p mem.ProcessID, a mem.VAddr) { r.use(p, a) }

// Followed returns how many lines are followed.
func (r *Reuse) Followed() int { return len(r.last) }

// SetPageWords sets how many words of pages a scan keeps, until the returned function is
// called.
func SetPageWords(n int) (restore func()) {
	old := pageWords
	pageWords = n
	return func() { pageWords = old }
}

// SetSortRun sets how many records are sorted in memory, until the returned function is
// called.
func SetSortRun(n int) (restore func()) {
	old := sortRun
	sortRun = n
	return func() { sortRun = old }
}
