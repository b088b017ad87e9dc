package experiment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/internal/deepdiff"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// tiny returns a configuration that runs in some milliseconds.
func tiny(seed uint64) dmem.Config {
	c := dmem.Small()
	c.Seed = seed
	c.Nodes = 2
	c.Workloads = c.Workloads[:2]
	c.LocalMemory = units.MiB
	c.Replay.Limit = 300
	return c
}

// tinyRuns returns n of them with different seeds.
func tinyRuns(n int) []experiment.Run { return experiment.Seeds("tiny", tiny(1), n) }

// sweep makes the runs with the folder and returns the results, how many were taken, and
// what was noted.
func sweep(t *testing.T, dir string, runs []experiment.Run) (results []*dmem.Result, taken int, notes []string) {
	t.Helper()
	s := experiment.Sweep{
		Runs: runs, Dir: dir,
		Progress: func(p experiment.SweepProgress) { taken = p.Taken },
		Note:     func(n string) { notes = append(notes, n) },
	}
	results, err := s.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return results, taken, notes
}

// kept returns the paths of all files below a folder.
func kept(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// same reports where two results differ.
func same(t *testing.T, got, want *dmem.Result) {
	t.Helper()
	if d := deepdiff.Of(got, want); d != "" {
		t.Error(d)
	}
}

func TestSweepTakesWhatIsKept(t *testing.T) {
	dir := t.TempDir()
	runs := tinyRuns(6)
	first, taken, notes := sweep(t, dir, runs[:4])
	if taken != 0 || len(notes) > 0 {
		t.Fatalf("%d runs taken from an empty folder, notes %q", taken, notes)
	}
	if n := len(kept(t, dir)); n != 4 {
		t.Fatalf("%d files, want 4", n)
	}
	slices.Reverse(runs)
	second, taken, notes := sweep(t, dir, runs)
	if taken != 4 || len(notes) > 0 {
		t.Fatalf("%d runs taken, want 4; notes %q", taken, notes)
	}
	for i, r := range second {
		if r.Config.Seed != runs[i].Config.Seed {
			t.Errorf("result %d has seed %d, want %d", i, r.Config.Seed, runs[i].Config.Seed)
		}
		fresh, err := dmem.Run(t.Context(), runs[i].Config)
		if err != nil {
			t.Fatal(err)
		}
		same(t, r, fresh)
		if i >= 2 {
			same(t, r, first[5-i])
		}
	}
}

// TestSweepsShareWork: sweeps that run at the same time make each run once, and so does one sweep
// that holds it more than once.
func TestSweepsShareWork(t *testing.T) {
	const sweeps, each = 3, 8
	dir := t.TempDir()
	var runs []experiment.Run
	for _, r := range tinyRuns(each) {
		r.Config.Replay.Limit = 2000
		runs = append(runs, r, r)
	}
	var made atomic.Int32
	var wg sync.WaitGroup
	all := make([][]*dmem.Result, sweeps)
	for k := range sweeps {
		wg.Go(func() {
			taken := 0
			s := experiment.Sweep{Runs: runs, Dir: dir, Workers: 3, Progress: func(p experiment.SweepProgress) { taken = p.Taken }}
			var err error
			if all[k], err = s.Do(t.Context()); err != nil {
				t.Error(err)
			}
			made.Add(int32(len(runs) - taken))
		})
	}
	wg.Wait()
	if made.Load() != each {
		t.Errorf("%d runs were made, want %d", made.Load(), each)
	}
	for _, results := range all {
		for i := range results {
			same(t, results[i], all[0][i-i%2])
		}
	}
	for _, f := range kept(t, dir) {
		if filepath.Ext(f) != ".run" {
			t.Errorf("%s is left", f)
		}
	}
}

func TestFreshSweepLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	sweep(t, dir, tinyRuns(2))
	s := experiment.Sweep{Runs: tinyRuns(3), Dir: dir, Fresh: true, Progress: func(p experiment.SweepProgress) {
		if p.Taken > 0 {
			t.Error("a run was taken")
		}
	}}
	if _, err := s.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(kept(t, dir)); n != 2 {
		t.Errorf("%d files, want the 2 from before", n)
	}
}

// TestDamagedFileIsMadeAgain alters a kept run in several ways.
func TestDamagedFileIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	runs := tinyRuns(1)
	want, _, _ := sweep(t, dir, runs)
	file := kept(t, dir)[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	for name, text := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)-1], "altered": flipped,
		"longer": append(slices.Clone(whole), 0), "other": []byte("hello\n"),
	} {
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
		got, taken, notes := sweep(t, dir, runs)
		if taken != 0 || len(notes) != 1 || !strings.Contains(notes[0], file) || !strings.Contains(notes[0], runs[0].Name) {
			t.Errorf("%s: %d taken, notes %q: want one that names run and file", name, taken, notes)
		}
		same(t, got[0], want[0])
		if again, err := os.ReadFile(file); err != nil || !slices.Equal(again, whole) {
			t.Errorf("%s: the file is not as it was: %v", name, err)
		}
	}
}

// TestOwnPolicyIsNeverKept: neither under a name of its own nor under a built-in one.
func TestOwnPolicyIsNeverKept(t *testing.T) {
	dir := t.TempDir()
	base := experiment.Run{Name: "built in", Config: tiny(1)}
	base.Config.Pool, base.Config.Placement = pool.Random, place.Alternate
	sweep(t, dir, []experiment.Run{base})

	var calls atomic.Int64
	last := func(e pool.Env) pool.Selector {
		calls.Add(1)
		return pool.SelectorFunc(func(pool.Request, pool.View) pool.ID { return pool.ID(e.NumPools - 1) })
	}
	remote := func(place.Env) place.Placer {
		calls.Add(1)
		return place.PlacerFunc(func(place.Request, place.View) place.Where { return place.Remote })
	}
	for _, change := range []func(*dmem.Config){
		func(c *dmem.Config) { c.Pool = pool.Policy{Name: "last", New: last} },
		func(c *dmem.Config) { c.Pool = pool.Policy{Name: pool.Random.Name, New: last} },
		func(c *dmem.Config) { c.Pool.AllowFull = true },
		func(c *dmem.Config) { c.Placement = place.Policy{Name: "away", New: remote} },
		func(c *dmem.Config) { c.Placement = place.Policy{Name: place.Alternate.Name, New: remote} },
	} {
		run := base
		change(&run.Config)
		for range 2 {
			results, taken, notes := sweep(t, dir, []experiment.Run{run})
			if taken != 0 || len(notes) > 0 || results[0] == nil {
				t.Errorf("%v, %v: %d taken, notes %q", run.Config.Pool, run.Config.Placement, taken, notes)
			}
		}
	}
	if calls.Load() < 8 {
		t.Errorf("the policies were asked for %d times: want each run to ask", calls.Load())
	}
	if n := len(kept(t, dir)); n != 1 {
		t.Errorf("%d files, want the one of the built-in policies", n)
	}
}

// TestSweepsSideBySide has several sweeps share a folder.
func TestSweepsSideBySide(t *testing.T) {
	dir := t.TempDir()
	runs := tinyRuns(8)
	want, _, _ := sweep(t, t.TempDir(), runs)
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			s := experiment.Sweep{Runs: runs, Dir: dir, Note: func(n string) { t.Error(n) }}
			got, err := s.Do(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			for i := range got {
				same(t, got[i], want[i])
			}
		})
	}
	g.Wait()
	if n := len(kept(t, dir)); n != len(runs) {
		t.Errorf("%d files, want %d", n, len(runs))
	}
}

// TestCancelledSweep: what is finished is delivered and kept, and the error tells.
func TestCancelledSweep(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	runs := tinyRuns(12)
	s := experiment.Sweep{Runs: runs, Dir: dir, Workers: 2}
	s.Progress = func(p experiment.SweepProgress) {
		if p.Finished == 5 {
			cancel()
		}
	}
	results, err := s.Do(ctx)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "of 12 runs finished") {
		t.Fatalf("error %v, want one that wraps context.Canceled and tells how many runs finished", err)
	}
	finished := 0
	for _, r := range results {
		if r != nil {
			finished++
		}
	}
	if finished < 5 || finished > 6 || len(kept(t, dir)) != finished {
		t.Errorf("%d results, %d files: want 5 or 6 of each", finished, len(kept(t, dir)))
	}
	_, taken, _ := sweep(t, dir, runs)
	if taken != finished {
		t.Errorf("%d runs taken afterwards, want %d", taken, finished)
	}
}

// TestFailingRunLosesNoOther: a run that fails after it began is named, the others finish.
func TestFailingRunLosesNoOther(t *testing.T) {
	runs := tinyRuns(4)
	runs[1].Name = "nowhere"
	runs[1].Config.Placement = place.AllRemote
	runs[1].Config.Pool = pool.Policy{Name: "nowhere", New: func(e pool.Env) pool.Selector {
		return pool.SelectorFunc(func(pool.Request, pool.View) pool.ID { return pool.ID(e.NumPools) })
	}}
	s := experiment.Sweep{Runs: runs, Dir: t.TempDir()}
	results, err := s.Do(t.Context())
	if err == nil || !strings.Contains(err.Error(), `run "nowhere" (2 of 4)`) {
		t.Fatalf("error %v, want one that names the run", err)
	}
	for i, r := range results {
		if (r == nil) != (i == 1) {
			t.Errorf("result %d: %v", i, r != nil)
		}
	}
}

// TestFaultsBeforeARun: what can be seen to fail is told before anything runs.
func TestFaultsBeforeARun(t *testing.T) {
	runs := tinyRuns(3)
	runs[1].Config.Nodes = 0
	runs[2].Config.Workloads = []dmem.Workload{{Name: "w", Trace: filepath.Join(t.TempDir(), "none.csv")}}
	s := experiment.Sweep{Runs: runs, Dir: t.TempDir()}
	results, err := s.Do(t.Context())
	if err == nil || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "nodes = 0") ||
		!strings.Contains(err.Error(), `"tiny, seed 2"`) || !strings.Contains(err.Error(), `"tiny, seed 3"`) {
		t.Errorf("error %v, want both faults with the runs' names", err)
	}
	if results[0] != nil || len(kept(t, s.Dir)) > 0 {
		t.Error("a run was made")
	}
}

// TestFolderThatCannotBeWritten costs the files, not the results.
func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	results, _, notes := sweep(t, file, tinyRuns(1))
	if results[0] == nil || len(notes) == 0 {
		t.Errorf("result %v, notes %q", results[0] != nil, notes)
	}
}

// TestEachStops when its function refuses a result.
func TestEachStops(t *testing.T) {
	s := experiment.Sweep{Runs: tinyRuns(8), Dir: t.TempDir(), Workers: 2}
	enough := errors.New("enough")
	calls := 0
	err := s.Each(t.Context(), func(int, *dmem.Result) error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || errors.Is(err, context.Canceled) || calls != 3 {
		t.Errorf("%d calls, error %v; want 3 and its own", calls, err)
	}
}
