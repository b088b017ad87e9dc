package trace

// SetSortRun sets how many records are sorted in memory, until the returned function is
// called.
func SetSortRun(n int) (restore func()) {
	old := sortRun
	sortRun = n
	return func() { sortRun = old }
}
