package trace

import (
	"fmt"
	"io"
	"maps"
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
	Threads     int          // different pairs of process and thread that occur, counted up to 2^20
	MoreThreads bool         // there are more than that
	Pages       int64        // different pairs of process and page that occur
	PageSize    units.Bytes  // of these pages
	Sampling    uint         // 0 if Pages is exact; else it is an estimate, from one page in 2^Sampling
}

// Fills returns the number of lines brought into the cache.
func (s Summary) Fills() int64 { return s.LoadFills + s.StoreFills }

// Span returns the time from the first stamp to the last, in cycles of the trace.
func (s Summary) Span() units.Cycles { return s.Last - s.First }

// Touched returns the memory in the pages that occur.
func (s Summary) Touched() units.Bytes { return units.Bytes(s.Pages) * s.PageSize }

// Scan reads src to its end and returns what it held, with pages of the given size, a
// power of two. Its memory does not grow with the trace: beyond some millions of separate
// pages, it looks at part of them, and threads are counted up to a limit. On an error of the
// source it returns the summary of what preceded it and the error.
func Scan(src Source, pageSize units.Bytes) (Summary, error) {
	s := Summary{PageSize: pageSize}
	if bits.OnesCount64(uint64(pageSize)) != 1 {
		return s, fmt.Errorf("trace: scan: page size %v: want a power of two", pageSize)
	}
	c := newCensus(pageSize)
	buf := make([]Miss, 4096)
	for {
		n, err := src.Next(buf)
		if err != nil {
			s.Processes, s.Threads, s.MoreThreads, s.Pages, s.Sampling = len(c.processes), len(c.threads), c.moreThreads, c.found, c.sampling
			return s, noEOF(err)
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
			c.count(m.Process, m.Thread, m.Addr)
		}
	}
}

// RefSummary is what a trace of references holds. The zero value describes an empty one.
type RefSummary struct {
	Records      int64
	Loads        int64
	Stores       int64
	Fetches      int64       // of instructions, where the trace has them
	Instructions int64       // that were begun, as far as the trace tells
	Processes    int         // different ones that occur
	Threads      int         // different pairs of process and thread that occur, counted up to 2^20
	MoreThreads  bool        // there are more than that
	Pages        int64       // different pairs of process and page of a first byte that occur
	PageSize     units.Bytes // of these pages
	Sampling     uint        // 0 if Pages is exact; else it is an estimate, from one page in 2^Sampling
}

// Touched returns the memory in the pages that occur.
func (s RefSummary) Touched() units.Bytes { return units.Bytes(s.Pages) * s.PageSize }

// ScanRefs is [Scan] for references.
func ScanRefs(src RefSource, pageSize units.Bytes) (RefSummary, error) {
	s := RefSummary{PageSize: pageSize}
	if bits.OnesCount64(uint64(pageSize)) != 1 {
		return s, fmt.Errorf("trace: scan: page size %v: want a power of two", pageSize)
	}
	c := newCensus(pageSize)
	buf := make([]Reference, 4096)
	for {
		n, err := src.Next(buf)
		if err != nil {
			s.Processes, s.Threads, s.MoreThreads, s.Pages, s.Sampling = len(c.processes), len(c.threads), c.moreThreads, c.found, c.sampling
			return s, noEOF(err)
		}
		s.Records += int64(n)
		for i := range buf[:n] {
			r := &buf[i]
			switch r.Kind {
			case Load:
				s.Loads++
			case Store:
				s.Stores++
			default:
				s.Fetches++
			}
			s.Instructions += int64(r.Instructions)
			c.count(r.Process, r.Thread, r.Addr)
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// census counts pages, threads and processes. Pages are kept as bits of words of 64
// neighbours; if these get too many, half of them are let go, chosen by a hash, and so on.
type census struct {
	pageSize  units.Bytes
	pages     map[pageWord]uint64
	found     int64 // pages
	sampling  uint  // one word in 2^sampling is looked at
	threads   map[threadID]struct{}
	processes map[mem.ProcessID]struct{}
	last      threadID // of the record before

	moreThreads bool // than are counted
}

type pageWord struct {
	process mem.ProcessID
	number  uint64
}

// pageWords is how many words of pages are kept.
var pageWords = 1 << 21

// countedThreads is up to how many threads are counted. There can be 2^32.
var countedThreads = 1 << 20

func (c *census) followed(w pageWord) bool {
	return lineID{w.process, w.number}.hash()&(1<<c.sampling-1) == 0
}

type threadID struct {
	process mem.ProcessID
	thread  mem.ThreadID
}

func newCensus(pageSize units.Bytes) *census {
	return &census{pageSize: pageSize, pages: map[pageWord]uint64{}, threads: map[threadID]struct{}{}, processes: map[mem.ProcessID]struct{}{}}
}

func (c *census) count(process mem.ProcessID, thread mem.ThreadID, addr mem.VAddr) {
	page := uint64(addr.Page(c.pageSize))
	w, bit := pageWord{process, page / 64}, uint64(1)<<(page%64)
	if old := c.pages[w]; old&bit == 0 && (c.sampling == 0 || c.followed(w)) {
		c.pages[w] = old | bit
		c.found += 1 << c.sampling
		for len(c.pages) > pageWords {
			c.sampling++
			maps.DeleteFunc(c.pages, func(w pageWord, _ uint64) bool { return !c.followed(w) })
		}
	}
	id := threadID{process, thread}
	if id == c.last && len(c.threads) > 0 {
		return
	}
	c.last = id
	c.processes[process] = struct{}{}
	if len(c.threads) < countedThreads {
		c.threads[id] = struct{}{}
	} else if _, known := c.threads[id]; !known {
		c.moreThreads = true
	}
}

// CountAtEnd returns the number of records that a file of our own format, not compressed
// as a whole, tells at its end; false if the file at path is none, or is not complete. It
// does not look at the records.
func CountAtEnd(path string) (int64, bool) {
	file, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return countAtEnd(file, info.Size())
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
