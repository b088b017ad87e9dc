package trace_test

import (
	"errors"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestScanReal holds the files to the table of data/traces/README.md.
func TestScanReal(t *testing.T) {
	want := map[string]trace.Summary{
		"gnusort_500k_par4":     {LoadFills: 59758, WriteBacks: 60242, Threads: 4, Pages: 1710, Last: 55083781},
		"python_dict_sort":      {LoadFills: 100725, WriteBacks: 19275, Threads: 1, Pages: 2927, Last: 300039983},
		"sqlite3_index_groupby": {LoadFills: 106273, WriteBacks: 13727, Threads: 1, Pages: 1950, Last: 4743632010},
	}
	for _, name := range real {
		f, err := trace.Open(realPath(name), trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		w := want[name]
		w.Records, w.Processes, w.PageSize = 120_000, 1, 4*units.KiB
		if got, err := trace.Scan(f, 4*units.KiB); got != w || err != nil {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, w)
		}
		if n, err := trace.Count(realPath(name)); n != 120_000 || err != nil {
			t.Errorf("%s: Count = %d, %v", name, n, err)
		}
	}
}

func TestScan(t *testing.T) {
	ms := []trace.Miss{
		{Cycle: 5, Addr: 0}, {Cycle: 5, Addr: 4095, Kind: trace.StoreFill}, {Cycle: 6, Addr: 4096, Thread: 1},
		{Cycle: 7, Addr: 1 << 63, Thread: 1, Process: 1, Kind: trace.WriteBack}, {Cycle: 9, Addr: 4096, Process: 1},
	}
	broken := errors.New("broken")
	got, err := trace.Scan(&slice{misses: ms, batch: 2, end: broken}, 4096)
	want := trace.Summary{Records: 5, LoadFills: 3, StoreFills: 1, WriteBacks: 1, First: 5, Last: 9, Processes: 2, Threads: 4, Pages: 4, PageSize: 4096}
	if got != want || err != broken {
		t.Errorf("got %+v, %v; want %+v and %v", got, err, want, broken)
	}
	if got.Fills() != 4 || got.Span() != 4 || got.Touched() != 16*units.KiB {
		t.Errorf("fills %d, span %d, touched %v", got.Fills(), got.Span(), got.Touched())
	}
	if got, err := trace.Scan(&slice{}, 4096); got != (trace.Summary{PageSize: 4096}) || err != nil {
		t.Errorf("empty: got %+v, %v", got, err)
	}
	for _, size := range []units.Bytes{0, 3000} {
		if _, err := trace.Scan(&slice{}, size); err == nil {
			t.Errorf("page size %v: no error", size)
		}
	}
}

func TestScanRefs(t *testing.T) {
	f, err := trace.OpenRefs(samplePath("drmemtrace.trace"), trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// Pages 0x400, 0x500, 0x600, 0x7ffd1, 0x7ffd2.
	want := trace.RefSummary{Records: 11, Loads: 2, Stores: 3, Fetches: 6, Instructions: 6, Processes: 1, Threads: 2, Pages: 5, PageSize: 4 * units.KiB}
	if got, err := trace.ScanRefs(f, 4*units.KiB); got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if _, err := trace.ScanRefs(f, 1000); err == nil {
		t.Error("a page of 1000 bytes: no error")
	}
}

// TestScanManyThreads: threads are counted up to a limit, and it is told if there are more.
func TestScanManyThreads(t *testing.T) {
	defer trace.SetCountedThreads(4)()
	ms := make([]trace.Miss, 6)
	for i := range ms {
		ms[i].Process, ms[i].Thread = mem.ProcessID(i/2), mem.ThreadID(i%2)
	}
	ms = append(ms[:4], append(ms[:4:4], ms[4:]...)...) // four threads, the same again, two more
	for _, c := range []struct {
		records, processes, threads int
		more                        bool
	}{{3, 2, 3, false}, {4, 2, 4, false}, {8, 2, 4, false}, {9, 3, 4, true}, {10, 3, 4, true}} {
		s, err := trace.Scan(&slice{misses: ms[:c.records]}, 4096)
		if err != nil || s.Processes != c.processes || s.Threads != c.threads || s.MoreThreads != c.more {
			t.Errorf("%d records: %+v, %v; want %+v", c.records, s, err, c)
		}
	}
}

// TestScanSampled: with room for fewer pages than there are, their number is estimated.
func TestScanSampled(t *testing.T) {
	defer trace.SetPageWords(500)()
	ms := make([]trace.Miss, 100_000)
	for i := range ms {
		ms[i].Addr = mem.VAddr(i*7919%20_000) * 64 * 4096
	}
	s, err := trace.Scan(&slice{misses: ms}, 4096)
	if err != nil || s.Sampling < 5 || s.Pages < 17_000 || s.Pages > 23_000 || s.Records != 100_000 {
		t.Errorf("%v, sampling %d: %d pages, want about 20000", err, s.Sampling, s.Pages)
	}
}
