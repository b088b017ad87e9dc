package dram_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/dram/dramtest"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// oracleCase is one golden case; see testdata/oracle/README.md.
type oracleCase struct {
	Name        string
	CapacityMiB uint64 `json:"capacity_mib"`
	NumRanks    int    `json:"num_ranks"`
	Front       dram.Front
	CPUHz       uint64       `json:"cpu_hz"`
	MeanLatency float64      `json:"mean_latency"`
	P50         units.Cycles `json:"p50"`
	P99         units.Cycles `json:"p99"`
	Max         units.Cycles `json:"max"`
	LastDone    units.Cycles `json:"last_complete"`
	Steps       int          // updates until the last completion

	cfg  dram.Config
	reqs []dram.Request
	done []units.Cycles // as in the file: latency, or completion if CPUHz is set
}

func oracleCases(t testing.TB) []string {
	dirs, err := filepath.Glob("testdata/oracle/*/meta.json")
	if err != nil || len(dirs) != 38 {
		t.Fatalf("found %d golden cases (%v), want 38", len(dirs), err)
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	return dirs
}

func loadOracle(t testing.TB, dir string) *oracleCase {
	t.Helper()
	var c oracleCase
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	check(t, err)
	check(t, json.Unmarshal(text, &c))
	cfg, warnings, err := dram.ReadINI(filepath.Join(dir, "device.ini"), filepath.Join(dir, "system.ini"))
	check(t, err)
	if len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	cfg.Capacity, cfg.Front = units.Bytes(c.CapacityMiB)*units.MiB, c.Front
	if c.CPUHz != 0 {
		cfg.CPUClock = units.MustClock(c.CPUHz)
	}
	c.cfg = cfg
	f, err := os.Open(filepath.Join(dir, "trace.csv.gz"))
	check(t, err)
	defer f.Close()
	c.reqs, err = dram.ReadTrace(f)
	check(t, err)
	f, err = os.Open(filepath.Join(dir, "complete.csv.gz"))
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(t, err)
	for s := bufio.NewScanner(z); s.Scan(); {
		if n, err := strconv.ParseInt(s.Text(), 10, 64); err == nil {
			c.done = append(c.done, units.Cycles(n))
		}
	}
	_, err = io.Copy(io.Discard, z)
	check(t, err)
	return &c
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every request of every case completes in the cycle in which the reference completes it.
func TestOracle(t *testing.T) {
	for _, dir := range oracleCases(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			c := loadOracle(t, dir)
			if got := c.cfg.Ranks(); got != c.NumRanks {
				t.Errorf("ranks: got %d, want %d", got, c.NumRanks)
			}
			s, err := dram.Replay(c.cfg, c.reqs)
			check(t, err)
			wrong := 0
			for i, want := range c.done {
				got := s.Completions[i]
				if c.CPUHz == 0 {
					got -= c.reqs[i].At
				}
				if got != want {
					if wrong++; wrong <= 3 {
						t.Errorf("request %d %+v: got %d, want %d", i, c.reqs[i], got, want)
					}
				}
			}
			if wrong > 0 || len(c.done) != len(c.reqs) {
				t.Fatalf("%d of %d requests differ", wrong, len(c.reqs))
			}
			if s.LastCycle != c.LastDone {
				t.Errorf("last completion: got %d, want %d", s.LastCycle, c.LastDone)
			}
			if c.CPUHz == 0 && (s.P50Cycles != c.P50 || s.P99Cycles != c.P99 || s.MaxCycles != c.Max) {
				t.Errorf("p50, p99, max: got %d, %d, %d, want %d, %d, %d", s.P50Cycles, s.P99Cycles, s.MaxCycles, c.P50, c.P99, c.Max)
			}
		})
	}
}

// The naive model, too, is held to the golden cases: those of at most 300,000 cycles.
func TestOracleNaive(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of naive simulation")
	}
	for _, dir := range oracleCases(t) {
		c := loadOracle(t, dir)
		if c.Steps > 300_000 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			m := dramtest.New(c.cfg, len(c.reqs))
			for step, next := 0, 0; step < c.Steps; step++ {
				first := next
				for next < len(c.reqs) && c.reqs[next].At <= units.Cycles(step) {
					next++
				}
				m.Step(c.reqs[first:next], first)
			}
			check(t, m.Err)
			for i, want := range c.done {
				got := units.Cycles(m.Done[i])
				if c.CPUHz == 0 {
					got -= c.reqs[i].At
				}
				if got != want {
					t.Fatalf("request %d: got %d, want %d", i, got, want)
				}
			}
		})
	}
}
