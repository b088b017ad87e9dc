package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// The log has every Nth access; the stages sum to the latency.
func TestLog(t *testing.T) {
	for _, c := range []struct {
		name  string
		every int
	}{{"log.csv", 1}, {"log.csv.zst", 1}, {"log.csv", 7}} {
		path := filepath.Join(t.TempDir(), c.name)
		r := mustRun(t, "-limit", "500", "-log", path, "-log-every", strconv.Itoa(c.every))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) == ".zst" {
			z, err := zstd.NewReader(nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, err = z.DecodeAll(text, nil); err != nil {
				t.Fatal(err)
			}
			z.Close()
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows)-1 != int(r.Accesses)/c.every {
			t.Errorf("%s, every %d: %d accesses, want %d", c.name, c.every, len(rows)-1, int(r.Accesses)/c.every)
		}
		latency, pool := slices.Index(rows[0], "latency_ps"), slices.Index(rows[0], "pool")
		sum, remote := 0, uint64(0)
		for _, row := range rows[1:] {
			total := 0
			for _, cell := range row[latency+1:] {
				n, err := strconv.Atoi(cell)
				if err != nil {
					t.Fatal(err)
				}
				total += n
			}
			if row[latency] != strconv.Itoa(total) {
				t.Fatalf("%v: stages sum to %d", row, total)
			}
			sum += total
			if row[pool] != "" {
				remote++
			}
		}
		if c.every > 1 {
			continue
		}
		if mean := float64(sum) / 1000 / float64(len(rows)-1); mean-float64(r.Overall.MeanNs) > 1e-6 || float64(r.Overall.MeanNs)-mean > 1e-6 {
			t.Errorf("%s: mean %v ns, want %v", c.name, mean, r.Overall.MeanNs)
		}
		if remote != r.Remote.Accesses {
			t.Errorf("%s: %d remote accesses, want %d", c.name, remote, r.Remote.Accesses)
		}
	}
}
