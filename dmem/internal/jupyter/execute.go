package jupyter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
)

// Options of [Env.Execute]. The zero value runs without a time limit.
type Options struct {
	Environ []string      // added to the environment, "name=value"
	Timeout time.Duration // of one cell, in whole seconds; 0: none
	Discard bool          // the notebook is not written back: what it saves itself is all that counts
}

// Execute runs the notebook at path in its folder and writes it back with its outputs. On an
// error the notebook stands as it was; the error of a failing cell is a [*CellError].
func (e *Env) Execute(ctx context.Context, path string, o Options) (err error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	original, err := parse(source)
	if err != nil {
		return fmt.Errorf("jupyter: %s: %w", path, err)
	}
	temp, err := os.MkdirTemp("", "dmem-notebook-")
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	defer os.RemoveAll(temp)
	mark := "DMEM_NOTEBOOK_RUN=" + filepath.Base(temp)
	defer killMarked(mark) // the kernel has a session of its own and may outlive Jupyter

	env, err := e.environ(temp, append([]string{mark}, o.Environ...))
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	limit := "None"
	if o.Timeout > 0 {
		limit = strconv.Itoa(max(1, int(o.Timeout/time.Second)))
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	const result = "executed.ipynb"
	_, err = output(ctx, filepath.Dir(full), env, e.jupyter, "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
		"--ExecutePreprocessor.kernel_name="+kernelName, "--ExecutePreprocessor.timeout="+limit,
		"--ExecutePreprocessor.record_timing=False", "--ExecutePreprocessor.startup_timeout=300",
		"--ExecutePreprocessor.iopub_timeout=120", "--output-dir", temp, "--output", result, full)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var failed *commandError
		if errors.As(err, &failed) {
			return fmt.Errorf("jupyter: %s: nbconvert: %w\n%s", path, failed.err, indent(exception(failed.text)))
		}
		return fmt.Errorf("jupyter: %s: %w", path, err)
	}
	data, err := os.ReadFile(filepath.Join(temp, result))
	if err != nil {
		return fmt.Errorf("jupyter: %s: %w", path, err)
	}
	nb, err := parse(data)
	if err != nil {
		return fmt.Errorf("jupyter: %s, executed: %w", path, err)
	}
	if f := failure(path, nb); f != nil {
		return f
	}
	if o.Discard {
		return nil
	}
	normalize(nb, original)
	if data, err = encode(nb); err != nil {
		return fmt.Errorf("jupyter: %s: %w", path, err)
	}
	return wholefile.Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// exception returns the last exception that a Python program wrote, without its stack; the
// text itself if there is none.
func exception(text string) string {
	i := strings.LastIndex(text, "Traceback (most recent call last):\n")
	if i < 0 {
		return text
	}
	rest := strings.Split(text[i:], "\n")[1:]
	for len(rest) > 1 && strings.HasPrefix(rest[0], " ") {
		rest = rest[1:]
	}
	return strings.Join(rest, "\n")
}

// environ returns the environment of Jupyter and the kernel: private folders below temp, our
// kernel and its goimports first. Settings that a workspace does not allow are taken out.
func (e *Env) environ(temp string, add []string) ([]string, error) {
	set := map[string]string{
		"PATH":                filepath.Join(e.kernel, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"JUPYTER_PATH":        filepath.Join(e.kernel, "share"),
		"JUPYTER_CONFIG_DIR":  filepath.Join(temp, "config"),
		"JUPYTER_DATA_DIR":    filepath.Join(temp, "data"),
		"JUPYTER_RUNTIME_DIR": filepath.Join(temp, "runtime"),
		"IPYTHONDIR":          filepath.Join(temp, "ipython"),
		"TMPDIR":              filepath.Join(temp, "tmp"),
		// A notebook is a workspace of two modules: see the set-up cell.
		"GOWORK":  "",
		"GOFLAGS": cellFlags(os.Getenv("GOFLAGS")),
	}
	for _, k := range []string{"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR"} {
		if err := os.MkdirAll(set[k], 0o700); err != nil {
			return nil, err
		}
	}
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if _, ours := set[name]; !ours {
			env = append(env, kv)
		}
	}
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return append(env, add...), nil
}

// cellFlags returns GOFLAGS without -mod and -modfile, which a workspace refuses. Unless they
// say how to link, cells are linked without the tables of a debugger, a fifth of the work for
// a cell; panics tell their lines all the same.
func cellFlags(flags string) string {
	var keep []string
	linked := false
	for _, f := range strings.Fields(flags) {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		linked = linked || strings.Trim(name, `'"-`) == "ldflags"
		if name != "mod" && name != "modfile" {
			keep = append(keep, f)
		}
	}
	if !linked {
		keep = append(keep, "-ldflags=-w")
	}
	return strings.Join(keep, " ")
}

// killMarked ends the processes whose environment holds mark, where the system tells (Linux):
// a kernel or a cell's program that outlived Jupyter.
func killMarked(mark string) {
	for range 3 { // one that was just starting another
		files, _ := filepath.Glob("/proc/[0-9]*/environ")
		found := false
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil || !bytes.Contains(append([]byte{0}, data...), []byte("\x00"+mark+"\x00")) {
				continue
			}
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
			if err == nil && pid != os.Getpid() {
				err = syscall.Kill(pid, syscall.SIGKILL)
				found = found || !errors.Is(err, syscall.ESRCH)
			}
		}
		if !found {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
