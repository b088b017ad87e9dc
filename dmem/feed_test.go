package dmem_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// TestEmptyTrace: a node with nothing to replay is idle, wherever it is to begin.
func TestEmptyTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(path, []byte("cycle,hexaddr,rw,thread\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, offset := range []dmem.Offset{dmem.OffsetNone, dmem.OffsetSeeded} {
		for _, loop := range []dmem.Loop{dmem.Open, dmem.Closed} {
			c := dmem.Small()
			c.Workloads = append(c.Workloads[:1:1], dmem.Workload{Name: "empty", Trace: path})
			c.Replay.Offset, c.Replay.Loop, c.Replay.Limit = offset, loop, 100
			r, err := dmem.Run(t.Context(), c)
			if err != nil {
				t.Fatalf("%v, %v: %v", offset, loop, err)
			}
			if got, want := r.Total.Count(), uint64(400); got != want {
				t.Errorf("%v, %v: %d accesses, want %d of the other nodes", offset, loop, got, want)
			}
		}
	}
}
