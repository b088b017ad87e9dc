package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestNotebooksByName(t *testing.T) {
	root := t.TempDir()
	if _, err := notebooks(root, nil); err == nil || !strings.Contains(err.Error(), "no notebooks in") {
		t.Errorf("error %v", err)
	}
	for _, dir := range []string{"tutorials/.ipynb_checkpoints", "research"} {
		if err := os.MkdirAll(filepath.Join(root, "notebooks", dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"fig2.ipynb", "quickstart.ipynb", "README.md", "tutorials/1_why.ipynb", "tutorials/tails.ipynb",
		"research/tails.ipynb", "tutorials/.ipynb_checkpoints/tails-checkpoint.ipynb"} {
		os.WriteFile(filepath.Join(root, "notebooks", name), nil, 0o666)
	}
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, "fig2 quickstart research/tails tutorials/1_why tutorials/tails"},
		{[]string{"1_why", "tutorials/tails.ipynb", "./notebooks/research/tails.ipynb"}, "tutorials/1_why tutorials/tails research/tails"},
		{[]string{"quickstart"}, "quickstart"},
		{[]string{"notebooks/fig2.ipynb", "fig2"}, "fig2"},
	} {
		paths, err := notebooks(root, c.names)
		var got []string
		for _, p := range paths {
			got = append(got, notebookName(filepath.Join(root, "notebooks"), p))
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, %v", c.names, got, err)
		}
	}
	for name, want := range map[string]string{
		"fig3":  `no notebook "fig3"; the notebooks are fig2, quickstart, research/tails`,
		"tails": `several notebooks "tails": want one of `,
		"":      `no notebook ""`,
	} {
		_, err := notebooks(root, []string{name})
		var usage *usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v", name, err)
		}
	}
}

func TestInParallel(t *testing.T) {
	var running, most atomic.Int32
	var out bytes.Buffer
	err := inParallel(t.Context(), "", []string{"a.ipynb", "b.ipynb", "c.ipynb", "d.ipynb", "e.ipynb"}, 2, newReporter(&out), func(_ context.Context, path string) error {
		n := running.Add(1)
		defer running.Add(-1)
		most.Store(max(most.Load(), n))
		time.Sleep(5 * time.Millisecond)
		if path == "b.ipynb" || path == "d.ipynb" {
			return errors.New(path + " is broken")
		}
		return nil
	})
	if err == nil || err.Error() != "b.ipynb is broken\nd.ipynb is broken" {
		t.Errorf("error %v", err)
	}
	if most.Load() > 2 {
		t.Errorf("%d at a time, want 2", most.Load())
	}
	if s := out.String(); strings.Count(s, "\n") != 5 || !strings.Contains(s, "[5/5] ") || !strings.Contains(s, "b failed") {
		t.Errorf("progress:\n%s", s)
	}
}

// TestAnySize: at another scale all notebooks of the list are executed, and no other.
func TestAnySize(t *testing.T) {
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := notebooks(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "notebooks")
	paths, err := ofAnySize(dir, all, false)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		names = append(names, notebookName(dir, path))
	}
	if !slices.Equal(names, anySize) {
		t.Errorf("%q, want %q", names, anySize)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	err := inParallel(ctx, "", []string{"a", "b", "c"}, 1, newReporter(&bytes.Buffer{}), func(ctx context.Context, _ string) error {
		calls.Add(1)
		cancel()
		return ctx.Err()
	})
	if err != context.Canceled || calls.Load() != 1 {
		t.Errorf("error %v after %d calls", err, calls.Load())
	}
}

func TestDispatch(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string // in stdout or stderr
	}{
		{"", 2, "Commands:"},
		{"help", 0, "figures"},
		{"--help", 0, "Examples:"},
		{"help figures", 0, "Usage: dmem figures [flags] [NAME...]"},
		{"figures -h", 0, "-scale"},
		{"draw", 2, `no command "draw"; the commands are `},
		{"figures -scale huge", 2, `-scale is "huge": want small, paper`},
		{"figures -scale=", 2, `-scale is ""`},
		{"figures -scale 16 fig2_random_pool quickstart", 2, "quickstart has one size only; want small, or one of fig2_random_pool, "},
		{"figures --jobs=0", 2, "-jobs is 0"},
		{"figures -x", 2, `"dmem figures -h" tells more`},
	} {
		var stdout, stderr bytes.Buffer
		code := dispatch(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if code != c.code || !strings.Contains(stdout.String()+stderr.String(), c.want) {
			t.Errorf("dmem %s: code %d, want %d\n%s%s", c.args, code, c.code, stdout.String(), stderr.String())
		}
		if code != 0 && stdout.Len() > 0 {
			t.Errorf("dmem %s: an error on standard output: %s", c.args, stdout.String())
		}
	}
}

func TestExitCodeOfAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := exitCode(ctx, "run", context.Canceled, &bytes.Buffer{}); code != 130 {
		t.Errorf("code %d, want 130", code)
	}
	if code := exitCode(t.Context(), "run", errors.New("broken"), &bytes.Buffer{}); code != 1 {
		t.Errorf("code %d, want 1", code)
	}
}
