package experiment_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

// childDir is the environment variable that makes this test program a sweep to be killed.
const childDir = "DMEMSYS_TEST_SWEEP"

func killRuns() []experiment.Run {
	runs := tinyRuns(40)
	for i := range runs {
		runs[i].Config.Replay.Limit = 3000
	}
	return runs
}

// sweepUntilKilled sweeps and writes a line for each run that is finished.
func sweepUntilKilled() {
	s := experiment.Sweep{Runs: killRuns(), Dir: os.Getenv(childDir)}
	err := s.Each(context.Background(), func(i int, _ *dmem.Result) error {
		fmt.Println(i)
		return nil
	})
	fmt.Println("end", err)
}

// TestKilledSweep kills a program in the middle of its sweep: what it had finished is
// there, whole, and the sweep goes on from there.
func TestKilledSweep(t *testing.T) {
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program)
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	finished := map[int]bool{}
	for len(finished) < 5 {
		var i int
		if _, err := fmt.Fscan(out, &i); err != nil {
			t.Fatal(err)
		}
		finished[i] = true
	}
	if err := child.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	for { // what it said before the end
		var i int
		if _, err := fmt.Fscan(out, &i); err != nil {
			break
		}
		finished[i] = true
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the program was not killed")
	}
	runs := killRuns()
	if len(finished) == len(runs) {
		t.Skip("the sweep ended before it was killed")
	}
	whole := 0
	for _, f := range kept(t, dir) {
		if strings.HasSuffix(f, ".tmp") || strings.HasSuffix(f, ".lock") {
			continue // of a run in flight
		}
		if _, err := dmem.ReadResult(f); err != nil {
			t.Error(err)
		}
		if filepath.Ext(f) == ".run" {
			whole++
		}
	}
	if whole < len(finished) {
		t.Errorf("%d files, but %d runs were finished", whole, len(finished))
	}
	results, taken, notes := sweep(t, dir, runs)
	if taken != whole || len(notes) > 0 {
		t.Errorf("%d runs taken, want %d; notes %q", taken, whole, notes)
	}
	want, _, _ := sweep(t, t.TempDir(), runs)
	for i := range want {
		same(t, results[i], want[i])
	}
}
