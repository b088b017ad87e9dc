package trace

import (
	"fmt"
	"io"
	"math/bits"
	"os"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Summary is what a trace holds. The zero value describes an empty trace.
type Summary struct {
	Records     int64
	LoadFills   int64
	StoreFills  int64
	WriteBacks  int64
	First, Last units.Cycles // stamps of the first and the last record; 0 if there is none
	Processes   int          // different ones that occur
	Threads     int          // different pairs of process and thread that occur
	Pages       int64        // different pairs of process and page that occur
	PageSize    units.Bytes  // of these pages
}

// Fills returns the number of lines brought into the cache.
func (s Summary) Fills() int64 { return s.LoadFills + s.StoreFills }

// Span returns the time from the first stamp to the last, in cycles of the trace.
func (s Summary) Span() units.Cycles { return s.Last - s.First }

// Touched returns the memory in the pages that occur.
func (s Summary) Touched() units.Bytes { return units.Bytes(s.Pages) * s.PageSize }

// Scan reads src to its end and returns what it held, with pages of the given size, a
// power of two. Its memory grows with the pages touched, not with the records. On an error
// of the source it returns the summary of what preceded it and the error.
func Scan(src Source, pageSize units.Bytes) (Summary, error) {
	s := Summary{PageSize: pageSize}
	if bits.OnesCount64(uint64(pageSize)) != 1 {
		return s, fmt.Errorf("trace: scan: page size %v: want a power of two", pageSize)
	}
	// Pages are kept as bits of words of 64 neighbours.
	type word struct {
		process mem.ProcessID
		number  uint64
	}
	type stream struct {
		process mem.ProcessID
		thread  mem.ThreadID
	}
	pages := map[word]uint64{}
	streams := map[stream]struct{}{}
	processes := map[mem.ProcessID]struct{}{}
	buf := make([]Miss, 4096)
	for {
		n, err := src.Next(buf)
		if err != nil {
			s.Processes, s.Threads = len(processes), len(streams)
			if err == io.EOF {
				err = nil
			}
			return s, err
		}
		if s.Records == 0 {
			s.First = buf[0].Cycle
		}
		s.Records += int64(n)
		s.Last = buf[n-1].Cycle
		for i := range buf[:n] {
			m := &buf[i]
			switch m.Kind {
			case LoadFill:
				s.LoadFills++
			case StoreFill:
				s.StoreFills++
			default:
				s.WriteBacks++
			}
			page := uint64(m.Addr.Page(pageSize))
			w, bit := word{m.Process, page / 64}, uint64(1)<<(page%64)
			if old := pages[w]; old&bit == 0 {
				pages[w] = old | bit
				s.Pages++
			}
			if i > 0 && m.Thread == buf[i-1].Thread && m.Process == buf[i-1].Process {
				continue
			}
			streams[stream{m.Process, m.Thread}] = struct{}{}
			processes[m.Process] = struct{}{}
		}
	}
}

// Count returns the number of records of the file at path. A file of our own format tells
// at its end, if it is not compressed as a whole; any other is read. The errors are those
// of [Open] and [File.Next].
func Count(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		if n, ok := countAtEnd(file, info.Size()); ok {
			return n, nil
		}
	}
	f, err := NewFile(file, path, Options{})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	records := int64(0)
	buf := make([]Miss, 4096)
	for {
		n, err := f.Next(buf)
		records += int64(n)
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
	}
}
