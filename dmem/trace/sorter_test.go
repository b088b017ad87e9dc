package trace_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestRawSorted: DRackSim's tracer writes core by core; more records than a run holds are
// sorted on disk, and no file stays behind.
func TestRawSorted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	const cores, each = 4, 1000
	var data []byte
	for window := range 3 {
		for core := range cores {
			for i := range each {
				data = append(data, rawRecord(int32(core), uint64(core*1_000_000+i*64+window*64_000), uint64((window*each+i)*(core+1)/2))...)
			}
		}
	}
	for _, run := range []int{1 << 20, 5000, 1000} {
		restore := trace.SetSortRun(run)
		f, err := trace.NewFile(bytes.NewReader(data), "test", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Format() != trace.DRackSimRaw {
			t.Fatalf("read as %v", f.Format())
		}
		ms, err := readAll(t, f) // checks the order
		if err != nil || len(ms) != 3*cores*each {
			t.Fatalf("%d records, %v", len(ms), err)
		}
		var seen [cores]mem.VAddr
		for i, m := range ms { // each core's addresses increase in the file, with its stamps
			if m.Addr < seen[m.Thread] {
				t.Fatalf("run of %d, record %d: %+v after %#x", run, i, m, uint64(seen[m.Thread]))
			}
			seen[m.Thread] = m.Addr
		}
		f.Close()
		restore()
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("run of %d: %d files left, %v", run, len(left), err)
		}
	}
}

func rawRecord(thread int32, addr, cycle uint64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(thread))
	b = binary.LittleEndian.AppendUint64(b, addr)
	b = append(b, "R\x01\x02\x03\x04\x05\x06\x07"...)
	b = binary.LittleEndian.AppendUint64(b, 60)
	b = binary.LittleEndian.AppendUint64(b, cycle)
	return binary.LittleEndian.AppendUint64(b, 0)
}
