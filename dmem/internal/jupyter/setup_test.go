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

	"github.com/dmemsys/dmemsys/dmem/internal/filelock"
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

	// Files that it needs got lost.
	lost := filepath.Join(dir, "file")
	os.Remove(lost)
	if err := once(t.Context(), dir, []string{lost}, build); err != nil || builds.Load() != 3 {
		t.Errorf("lost file: %v, %d builds", err, builds.Load())
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
	unlock, err := filelock.Lock(t.Context(), dir+".lock")
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

// JupyterLab without PyPI and without another way: what to do next.
func TestFindLab(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin)
	program(t, bin, "jupyter", `echo 3.6.7`)
	program(t, bin, "python3", `[ "$1" = -m ] || { echo 3.12; exit; }; /bin/mkdir -p "$3/bin"
		printf '#!/bin/sh\necho "ERROR: Could not find a version that satisfies the requirement jupyterlab==4"; exit 1\n' > "$3/bin/python"; /bin/chmod +x "$3/bin/python"`)
	_, err := find(t.Context(), Lab, cache, func(string) {})
	for _, want := range []string{"no JupyterLab 4", "pip install jupyterlab", `"3.6.7": want 4`, "Could not find a version", "Debian's packages: there are none"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "jupyter-*", "*")); len(left) > 0 {
		t.Errorf("a failed set-up left %v", left)
	}
	program(t, bin, "jupyter", `echo 4.2.0`)
	if got, err := find(t.Context(), Lab, cache, func(string) {}); err != nil || got != "jupyter" {
		t.Errorf("found %q, %v", got, err)
	}
}

// A kernel that cannot be built, as without a network and with an empty module cache.
func TestKernelCannotBeBuilt(t *testing.T) {
	bin := t.TempDir()
	program(t, bin, "go", `case "$1" in build) echo "gonb: dial tcp: no such host" >&2; exit 1;; *) echo v1;; esac`)
	t.Setenv("PATH", bin)
	_, err := kernel(t.Context(), t.TempDir(), t.TempDir(), func(string) {})
	for _, want := range []string{"building the notebook kernel", "go mod download", "no such host"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// A kernel that another Jupyter has by our kernel's name.
func TestInspectInstalled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	program(t, bin, "go", "echo v0.11.4")
	t.Setenv("PATH", bin)
	for argv, want := range map[string]string{
		filepath.Join(bin, "gone"): "is no kernel",
		self:                       "built from github.com/dmemsys/dmemsys",
		filepath.Join(bin, "go"):   "is no kernel",
	} {
		program(t, bin, "jupyter", `echo '{"kernelspecs": {"gonb": {"spec": {"argv": ["`+argv+`", "--kernel"]}}}}'`)
		got := inspectInstalled(t.Context(), "")
		if len(got) != 2 || got[0].OK || !strings.Contains(got[0].Found, want) || !strings.Contains(got[0].Mend, "dmem lab") {
			t.Errorf("%s: %+v", argv, got)
		}
	}
	// Its goimports: in the PATH, or in the one that its description has.
	found := func(env string) Status {
		program(t, bin, "jupyter", `echo '{"kernelspecs": {"gonb": {"spec": {"argv": ["gonb"], "env": {`+env+`}}}}}'`)
		return inspectInstalled(t.Context(), "")[1]
	}
	if s := found(""); s.OK || !s.Optional || !strings.Contains(s.Found, "no goimports in the PATH, which") || !strings.Contains(s.Mend, "go install golang.org/x/tools/cmd/goimports") {
		t.Errorf("without goimports: %+v", s)
	}
	other := t.TempDir()
	program(t, other, "goimports", "")
	if s := found(`"PATH": "relative:` + other + `"`); !s.OK || s.Found != filepath.Join(other, "goimports") {
		t.Errorf("goimports in the PATH of the kernel's description: %+v", s)
	}
	program(t, bin, "goimports", "")
	if s := found(""); !s.OK || s.Found != filepath.Join(bin, "goimports") {
		t.Errorf("goimports in the PATH: %+v", s)
	}
	if s := found(`"PATH": "/nowhere:${PATH}"`); !s.OK || s.Found != filepath.Join(bin, "goimports") {
		t.Errorf("goimports in the PATH that the kernel's description adds to: %+v", s)
	}
	if s := found(`"PATH": "/nowhere"`); s.OK || !strings.Contains(s.Found, "description") {
		t.Errorf("goimports in the PATH, but not in that of the kernel's description: %+v", s)
	}
	program(t, bin, "jupyter", `echo '{"kernelspecs": {}}'`)
	if got := inspectInstalled(t.Context(), ""); got != nil {
		t.Errorf("without kernels: %+v", got)
	}
}

// The goimports of our own kernel: not built, built, and broken.
func TestInspectKernel(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	program(t, bin, "go", "echo v1")
	t.Setenv("PATH", bin)
	look := func() Status {
		all := inspectKernel(t.Context(), "", cache)
		if len(all) != 2 || all[1].Name != "goimports" || all[1].Optional {
			t.Fatalf("%+v", all)
		}
		return all[1]
	}
	if s := look(); !s.OK || !strings.Contains(s.Found, "with the notebook kernel") {
		t.Errorf("not built: %+v", s)
	}
	dir, err := kernelFolder(t.Context(), "", cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(kernelFiles(dir), filepath.Join(dir, complete)) {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		program(t, filepath.Dir(file), filepath.Base(file), "")
	}
	path := filepath.Join(dir, "bin", "goimports")
	if s := look(); !s.OK || s.Found != path {
		t.Errorf("built: %+v", s)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if s := look(); s.OK || !strings.Contains(s.Found, path) || !strings.Contains(s.Mend, "rm -r "+dir) {
		t.Errorf("no program: %+v", s)
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
	for line := range strings.Lines(requirements + requirementsLab) {
		pin, _, _ := strings.Cut(strings.TrimSpace(line), " ; ")
		if pin != "" && pin[0] != '#' && strings.Count(pin, "==") != 1 {
			t.Errorf("%q has no exact version", line)
		}
	}
}
