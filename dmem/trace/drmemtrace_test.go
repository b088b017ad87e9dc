package trace_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// entries are those of a drmemtrace: type, size, value.
func entries(list ...[3]uint64) string {
	var b []byte
	for _, e := range list {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint64(b, e[2])
	}
	return string(b)
}

// TestDRMemtraceProcesses: the process of a thread is told once, however often the trace
// goes from thread to thread.
func TestDRMemtraceProcesses(t *testing.T) {
	data := entries([3]uint64{25, 0, 5}, [3]uint64{22, 0, 500}, [3]uint64{24, 0, 70}, [3]uint64{22, 0, 600}, [3]uint64{24, 0, 80},
		[3]uint64{0, 8, 64}, [3]uint64{22, 0, 500}, [3]uint64{0, 8, 128}, [3]uint64{22, 0, 600}, [3]uint64{1, 8, 192}, [3]uint64{26, 0, 0})
	f, err := trace.NewRefFile(strings.NewReader(data), "test", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := readRefs(t, f)
	want := []trace.Reference{{Addr: 64, Size: 8, Thread: 1, Process: 1}, {Addr: 128, Size: 8}, {Addr: 192, Size: 8, Thread: 1, Process: 1, Kind: trace.Store}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}
