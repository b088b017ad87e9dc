package lesson

import (
	"errors"
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Footprint returns so many frames of a heat map of a trace: time to the right, pages of 4 KiB
// upwards in the order in which the program first missed in them, gathered in 24 groups, and
// as the colour how many misses a group had in a 60th of the time. What has not happened yet
// is empty.
func Footprint(path string, frames int) []*nb.Figure {
	const columns, rows, page = 60, 24, 4 * units.KiB
	misses, last, hz, err := pagesOf(path, page)
	if err == nil && (frames < 1 || len(misses) == 0) {
		err = fmt.Errorf("%d frames of %d misses: want one of each at least", frames, len(misses))
	}
	if err != nil {
		panic(fmt.Errorf("lesson.Footprint: %w", err))
	}
	pages := 0
	for _, m := range misses {
		pages = max(pages, m.page+1)
	}
	counts := make([][]float64, rows)
	for r := range counts {
		counts[r] = make([]float64, columns)
	}
	most := 0.0
	for _, m := range misses {
		c := min(int(float64(m.at)/float64(last+1)*columns), columns-1)
		cell := &counts[rows-1-m.page*rows/pages][c]
		*cell++
		most = max(most, *cell)
	}
	edges := make([]float64, columns+1)
	for i := range edges {
		edges[i] = float64(last) / hz * 1000 * float64(i) / columns
	}
	names := make([]string, rows)
	names[0], names[rows-1] = fmt.Sprint("page ", pages), "page 1"
	var out []*nb.Figure
	for k := 1; k <= frames; k++ {
		shown := make([][]float64, rows)
		for r := range shown {
			shown[r] = make([]float64, columns)
			copy(shown[r], counts[r][:columns*k/frames])
		}
		f := nb.HeatOver("Time of the program (ms)", "Misses", edges, names, shown)
		f.Wide = true
		f.Z.Min, f.Z.Max = 0, most
		out = append(out, f)
	}
	return out
}

type missOfPage struct {
	at   units.Cycles
	page int // in the order of first misses
}

// pagesOf reads a trace. Write-backs are left out: no program waits for them.
func pagesOf(path string, size units.Bytes) (misses []missOfPage, last units.Cycles, hz float64, err error) {
	f, err := trace.Open(path, trace.Options{})
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	numbers := map[mem.PageNo]int{}
	buf := make([]trace.Miss, 4096)
	for {
		n, err := f.Next(buf)
		if errors.Is(err, io.EOF) {
			return misses, last, float64(f.Clock().Hz()), nil
		}
		if err != nil {
			return nil, 0, 0, err
		}
		for _, m := range buf[:n] {
			last = m.Cycle
			if m.Kind == trace.WriteBack {
				continue
			}
			page := m.Addr.Page(size)
			if _, ok := numbers[page]; !ok {
				numbers[page] = len(numbers)
			}
			misses = append(misses, missOfPage{m.Cycle, numbers[page]})
		}
	}
}
