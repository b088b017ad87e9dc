package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

func TestRuns(t *testing.T) {
	root := t.TempDir()
	t.Setenv(dmem.CacheVariable, root)
	dir := filepath.Join(root, "runs")
	do := func(args ...string) (string, int) {
		var out, errs strings.Builder
		code := dispatch(context.Background(), append([]string{"runs"}, args...), &out, &errs)
		return out.String() + errs.String(), code
	}
	if out, code := do("list"); code != 0 || !strings.Contains(out, dir) {
		t.Errorf("list of nothing: %d, %s", code, out)
	}
	c := dmem.Small()
	c.Nodes, c.Replay.Limit = 2, 50
	sweep := experiment.Sweep{Runs: experiment.Seeds("small", c, 2)}
	if _, err := sweep.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, strings.Repeat("0", 32))
	key := strings.Repeat("a", 32) + ".run"
	long := time.Now().Add(-time.Hour)
	files := map[string]bool{ // which clean removes
		filepath.Join(old, key):                           true,
		filepath.Join(old, key+".01234567.tmp"):           true,
		filepath.Join(old, key+".lock"):                   true,
		filepath.Join(dir, dmem.Fingerprint(), "mine"):    false,
		filepath.Join(dir, "notes.txt"):                   false,
		filepath.Join(dir, "other", key):                  false,
		filepath.Join(root, "traces", "lbm-00000000.dmt"): false,
	}
	for f := range files {
		if err := os.MkdirAll(filepath.Dir(f), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte("content"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(f, long, long); err != nil {
			t.Fatal(err)
		}
	}
	busy := filepath.Join(old, key+".89abcdef.tmp")
	if err := os.WriteFile(busy, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	out, code := do("list")
	if lines := strings.Split(out, "\n"); code != 0 || len(lines) != 5 ||
		!strings.HasPrefix(lines[1], dmem.Fingerprint()+"  2 ") || !strings.Contains(lines[1], "this program's") ||
		!strings.HasPrefix(lines[2], strings.Repeat("0", 32)+"  1     21 ") || strings.Contains(lines[2], "this program's") {
		t.Errorf("list: %d\n%s", code, out)
	}
	if out, code := do("clean", "-old"); code != 0 || !strings.HasPrefix(out, "removed 1 runs, 21 bytes") {
		t.Errorf("clean -old: %d, %s", code, out)
	}
	if out, code := do("clean"); code != 0 || !strings.HasPrefix(out, "removed 2 runs, ") {
		t.Errorf("clean: %d, %s", code, out)
	}
	files[busy] = false // perhaps being written
	for f, removed := range files {
		if _, err := os.Stat(f); os.IsNotExist(err) != removed {
			t.Errorf("%s: removed %v, want %v", f, os.IsNotExist(err), removed)
		}
	}
	for _, args := range [][]string{{}, {"show"}, {"list", "x"}, {"clean", "-new"}} {
		if out, code := do(args...); code != 2 {
			t.Errorf("runs %v: %d, %s; want a fault of the command line", args, code, out)
		}
	}
	if out, code := do("-h"); code != 0 || !strings.Contains(out, "dmem runs clean -old") {
		t.Errorf("help: %d, %s", code, out)
	}
}
