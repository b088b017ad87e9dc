package jupyter_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
)

// environment sets up what the machine lacks; in a fresh cache this takes about a minute.
func environment(t *testing.T) *jupyter.Env {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Jupyter and the kernel")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	env, err := jupyter.Setup(t.Context(), root, jupyter.Convert, func(s string) { t.Log(s) })
	if err != nil {
		t.Skip(err) // a machine without Python, or without a network
	}
	return env
}

// copied returns the path of a copy of a test notebook, inside the repository.
func copied(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp("testdata", "run-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTwoExecutionsGiveTheSameBytes(t *testing.T) {
	env := environment(t)
	path := copied(t, "good.ipynb")
	o := jupyter.Options{Environ: []string{"DMEM_SCALE=paper"}, Timeout: 5 * time.Minute}
	var results [2][]byte
	for i := range results {
		if err := env.Execute(t.Context(), path, o); err != nil {
			t.Fatal(err)
		}
		results[i] = read(t, path)
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Errorf("two executions differ:\n%s\n%s", results[0], results[1])
	}
	text := string(results[0])
	for _, want := range []string{
		`"image/png"`, `"width": 326`, "<caption>Latency</caption>", `title=\"1523.123456\"`, "*scale: paper*",
		`"line 0\n",`, `nb.Show, argument 1: nb: figure \"Share of accesses\": no data`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the executed notebook", want)
		}
	}
	for _, never := range []string{"<progress", "iopub", "transient", "% left"} {
		if strings.Contains(text, never) {
			t.Errorf("%s in the executed notebook", never)
		}
	}
}

func TestFailingCellIsShownAndNothingWritten(t *testing.T) {
	env := environment(t)
	path := copied(t, "failing.ipynb")
	before := read(t, path)
	err := env.Execute(t.Context(), path, jupyter.Options{})
	var cell *jupyter.CellError
	if !errors.As(err, &cell) {
		t.Fatalf("error %v, want a CellError", err)
	}
	if cell.Cell != 3 || !strings.Contains(cell.Source, "about to fail") ||
		!strings.Contains(cell.Output, "about to fail\n") || !strings.Contains(cell.Output, "no data") {
		t.Errorf("error %v", err)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the notebook was changed")
	}
}

func TestNotebookOutsideOfTheRepository(t *testing.T) {
	env := environment(t)
	path := filepath.Join(t.TempDir(), "good.ipynb")
	if err := os.WriteFile(path, read(t, filepath.Join("testdata", "good.ipynb")), 0o666); err != nil {
		t.Fatal(err)
	}
	err := env.Execute(t.Context(), path, jupyter.Options{})
	var cell *jupyter.CellError
	if !errors.As(err, &cell) || cell.Cell != 2 || !strings.Contains(cell.Output, "outside of dmemsys: move it into a clone") {
		t.Errorf("error %v", err)
	}
}

func TestCancelEndsTheCell(t *testing.T) {
	env := environment(t)
	path := copied(t, "failing.ipynb")
	pidFile, err := filepath.Abs(filepath.Join(filepath.Dir(path), "pid"))
	if err != nil {
		t.Fatal(err)
	}
	stubborn := `{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [], "source":
		["import (\"fmt\"; \"os\"; \"os/signal\"; \"time\")\n", "%%\n", "signal.Ignore(os.Interrupt)\n",
		"os.WriteFile(os.Getenv(\"PID_FILE\"), fmt.Append(nil, os.Getpid()), 0o666)\n", "time.Sleep(time.Hour)"]}],
		"metadata": {}, "nbformat": 4, "nbformat_minor": 5}`
	if err := os.WriteFile(path, []byte(stubborn), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range 600 {
			if data, err := os.ReadFile(pidFile); err == nil && len(data) > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		cancel()
	}()
	if err := env.Execute(ctx, path, jupyter.Options{Environ: []string{"PID_FILE=" + pidFile}}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	pid := strings.TrimSpace(string(read(t, pidFile)))
	if state, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(state), ") Z") {
		t.Errorf("the cell's program %s outlives the execution: %s", pid, state)
	}
}
