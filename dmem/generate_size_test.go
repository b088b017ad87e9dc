package dmem_test

import (
	"io"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// TestGeneratedSize holds our own format to the bytes a record that the programs of Table I
// take at a sixty-fourth of the paper's size, and a tenth more. Small programs as a rule take
// more than large ones: less of them repeats.
func TestGeneratedSize(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const divisor = 64
	most := map[string]float64{"lbm": 0.045, "fotonik3d": 0.6, "fft": 0.42, "fmm": 3.36}
	for _, r := range workload.TableI(1. / divisor) {
		t.Run(r.Name, func(t *testing.T) {
			g, err := dmem.Generate(r.Program, dmem.ScaledCaches(frontend.TableII(), divisor), r.Fills)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			w, err := trace.NewWriter(io.Discard, trace.Header{Clock: g.Clock()})
			if err != nil {
				t.Fatal(err)
			}
			records, err := trace.Copy(w, g)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			raw, stored := w.Size()
			size := float64(stored) / float64(records)
			t.Logf("%d records of %.2f bytes, %.3f after zstd", records, float64(raw)/float64(records), size)
			if size > most[r.Name] {
				t.Errorf("%.3f bytes a record, want at most %v", size, most[r.Name])
			}
		})
	}
}
