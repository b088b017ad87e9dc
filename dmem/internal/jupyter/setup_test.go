package jupyter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOnceBuildsOnceAndRepairs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache", "kernel")
	var builds atomic.Int32
	build := func() error { builds.Add(1); return os.WriteFile(filepath.Join(dir, "file"), nil, 0o666) }
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := once(context.Background(), dir, nil, build); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if builds.Load() != 1 {
		t.Errorf("built %d times", builds.Load())
	}

	// Interrupted: no mark of completion, remains.
	os.Remove(filepath.Join(dir, complete))
	os.WriteFile(filepath.Join(dir, "remains"), nil, 0o666)
	if err := once(t.Context(), dir, nil, build); err != nil || builds.Load() != 2 {
		t.Errorf("repair: %v, %d builds", err, builds.Load())
	}
	if _, err := os.Stat(filepath.Join(dir, "remains")); err == nil {
		t.Error("remains are left")
	}

	cause := errors.New("no network")
	os.Remove(filepath.Join(dir, complete))
	if err := once(t.Context(), dir, nil, func() error { return cause }); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a failed set-up left its folder")
	}
}

func TestOnceCanBeCancelled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kernel")
	unlock, err := lock(t.Context(), dir+".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := once(ctx, dir, nil, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// program writes a shell script into a folder for the PATH.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
}

// Where Jupyter is found, and what is said when it is not, with stand-ins for all programs.
func TestFind(t *testing.T) {
	const good, old = `echo 7.1.0`, `echo 5.6.1`
	for _, c := range []struct {
		name     string
		programs map[string]string
		want     string // the end of the path, "" for an error
		says     []string
	}{
		{"existing", map[string]string{"jupyter": good}, "jupyter", nil},
		{"virtual environment", map[string]string{
			"jupyter": old,
			// "-m venv DIR" makes a folder with stand-ins; what else is asked is the version
			"python3": `[ "$1" = -m ] || { echo 3.12; exit; }; /bin/mkdir -p "$3/bin"; for p in python jupyter; do
				printf '#!/bin/sh\necho 7.1.0\n' > "$3/bin/$p"; /bin/chmod +x "$3/bin/$p"; done`,
		}, "bin/jupyter", nil},
		{"nothing", nil, "", []string{"pip install nbconvert", "PATH: not there", "no python3", "no apt-get"}},
		{"too old", map[string]string{"jupyter": old}, "", []string{`version "5.6.1": want 6`}},
		{"python without venv", map[string]string{"python3": `[ "$1" = -m ] || { echo 3.12; exit; }; echo "No module named venv"; exit 1`}, "",
			[]string{"No module named venv"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin, cache := t.TempDir(), t.TempDir()
			for name, script := range c.programs {
				program(t, bin, name, script)
			}
			t.Setenv("PATH", bin)
			got, err := find(t.Context(), Convert, cache, func(string) {})
			if c.want != "" && (err != nil || !strings.HasSuffix(got, c.want)) {
				t.Errorf("found %q, %v", got, err)
			}
			for _, s := range c.says {
				if err == nil || !strings.Contains(err.Error(), s) {
					t.Errorf("error %v, want one with %q", err, s)
				}
			}
		})
	}
}

// The last resort of root, with an apt-get that installs a stand-in.
func TestDebian(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("for root only")
	}
	bin := t.TempDir()
	program(t, bin, "apt-get", `echo "$@" >> "`+bin+`/log"; [ "$1" = install ] && printf '#!/bin/sh\necho 6.5.3\n' > "`+bin+`/jupyter" && /bin/chmod +x "`+bin+`/jupyter"; exit 0`)
	t.Setenv("PATH", bin)
	if got, err := find(t.Context(), Convert, t.TempDir(), func(string) {}); err != nil || got != "jupyter" {
		t.Errorf("found %q, %v", got, err)
	}
	log, _ := os.ReadFile(filepath.Join(bin, "log"))
	if want := "update\ninstall --yes --no-install-recommends jupyter-core jupyter-nbconvert\n"; string(log) != want {
		t.Errorf("apt-get got %q, want %q", log, want)
	}
}

func TestRequirementsArePinned(t *testing.T) {
	for line := range strings.Lines(requirements) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && strings.Count(line, "==") != 1 {
			t.Errorf("%q has no exact version", line)
		}
	}
}
