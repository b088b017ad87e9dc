package workload

import (
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Meter is a [trace.RefSource] that passes on the references of another and measures what
// they touch, in pages of 4 KiB. It is exact; its memory grows with what is touched, by
// about a bit for each page.
type Meter struct {
	src    trace.RefSource
	recent [1024]pageKey // pages that are counted already, by their lowest bits
	groups map[pageKey]*[pagesPerGroup / 64]uint64
	pages  uint64
}

// pageKey is the number of a page or of a group of pages, plus one so that 0 is none.
type pageKey struct {
	number  uint64
	process mem.ProcessID
}

// pagesPerGroup is how many pages share an entry of the map.
const pagesPerGroup = 4096

// NewMeter returns a meter of what src yields.
func NewMeter(src trace.RefSource) *Meter {
	return &Meter{src: src, groups: map[pageKey]*[pagesPerGroup / 64]uint64{}}
}

// Next implements [trace.RefSource].
func (m *Meter) Next(buf []trace.Reference) (int, error) {
	n, err := m.src.Next(buf)
	for i := range buf[:n] {
		r := &buf[i]
		first := uint64(r.Addr) / uint64(pageSize)
		m.touch(first, r.Process)
		if last := (uint64(r.Addr) + uint64(max(r.Size, 1)) - 1) / uint64(pageSize); last > first {
			m.touch(last, r.Process)
		}
	}
	return n, err
}

func (m *Meter) touch(page uint64, process mem.ProcessID) {
	recent := &m.recent[page%uint64(len(m.recent))]
	if recent.number == page+1 && recent.process == process {
		return
	}
	*recent = pageKey{page + 1, process}
	key := pageKey{page/pagesPerGroup + 1, process}
	group := m.groups[key]
	if group == nil {
		group = new([pagesPerGroup / 64]uint64)
		m.groups[key] = group
	}
	word, bit := &group[page%pagesPerGroup/64], uint64(1)<<(page%64)
	if *word&bit == 0 {
		*word |= bit
		m.pages++
	}
}

// Touched returns the size of all pages with a reference so far.
func (m *Meter) Touched() units.Bytes { return units.Bytes(m.pages) * pageSize }
