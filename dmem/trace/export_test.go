package trace

import (
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

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

// SetCountedThreads sets up to how many threads a scan counts, until the returned function is
// called.
func SetCountedThreads(n int) (restore func()) {
	old := countedThreads
	countedThreads = n
	return func() { countedThreads = old }
}

// SetSortRun sets how many records are sorted in memory, until the returned function is
// called.
func SetSortRun(n int) (restore func()) {
	old := sortRun
	sortRun = n
	return func() { sortRun = old }
}

// BlockRecords is how many records a block holds.
const BlockRecords = blockRecords

// EncodeBlock returns the records of a block as they are before compression.
func EncodeBlock(ms []Miss) []byte {
	var e blockEncoder
	if _, err := e.append(ms); err != nil {
		panic(err)
	}
	return e.encode()
}

// DecodeBlock reads so many records of a block, of version 2 if it is old, and what precedes
// an error.
func DecodeBlock(raw []byte, records int, old bool) ([]Miss, error) {
	d := blockDecoder{old: old}
	if fault := d.start(append(slices.Clip(raw), make([]byte, padding)...), records); fault != nil {
		return nil, fault
	}
	ms := make([]Miss, records)
	n, fault := d.decode(ms)
	if fault != nil {
		return ms[:n], fault
	}
	return ms[:n], nil
}
