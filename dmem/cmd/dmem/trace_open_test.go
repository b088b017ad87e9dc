package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withStdin runs a command with a file through a pipe as its standard input.
func withStdin(t *testing.T, path string, args ...string) (int, string, string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.Write(text)
		w.Close()
	}()
	before := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = before }()
	return dmemCommand(args...)
}

// The standard input is read as files are, misses and references.
func TestTraceStdin(t *testing.T) {
	dir := t.TempDir()
	for _, sample := range []string{"csv.csv", "lackey.txt", "sample.champsimtrace.xz"} {
		path := samples + sample
		if _, want, _ := dmemCommand("trace", "head", path); want == "" {
			t.Errorf("%s: no records", sample)
		} else if code, got, stderr := withStdin(t, path, "trace", "head", "-"); code != 0 || got != want {
			t.Errorf("%s: head: exit code %d, %q; got\n%s\nwant\n%s", sample, code, stderr, got, want)
		}
		if code, got, stderr := withStdin(t, path, "trace", "info", "-"); code != 0 || !strings.Contains(got, "standard input") {
			t.Errorf("%s: info: exit code %d, %q, %s", sample, code, stderr, got)
		}
		out, in := filepath.Join(dir, "in.trace"), filepath.Join(dir, "file.trace")
		succeed(t, "trace", "convert", "-to", "dramsim3", path, in)
		code, _, stderr := withStdin(t, path, "trace", "convert", "-to", "dramsim3", "-", out)
		got, _ := os.ReadFile(out)
		want, _ := os.ReadFile(in)
		if code != 0 || string(got) != string(want) || len(want) == 0 {
			t.Errorf("%s: convert: exit code %d, %q; got %q, want %q", sample, code, stderr, got, want)
		}
	}
	if code, _, stderr := withStdin(t, os.DevNull, "trace", "info", "-"); code != 1 || !strings.Contains(stderr, "standard input") {
		t.Errorf("empty: exit code %d, %q", code, stderr)
	}
}

// info tells of the files that can be read, and of the faults of the others; a JSON file is
// written whole or not at all.
func TestTraceInfoSomeBad(t *testing.T) {
	bad := writeFile(t, "bad.txt", []byte("hello world\n"))
	args := []string{"trace", "info", samples + "csv.csv", bad, "nowhere", samples + "lackey.txt"}
	code, stdout, stderr := dmemCommand(args...)
	if code != 1 || !strings.Contains(stdout, "csv") || !strings.Contains(stdout, "lackey") || !strings.Contains(stderr, "bad.txt") || !strings.Contains(stderr, "nowhere") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	out := filepath.Join(t.TempDir(), "x.json")
	if code, _, stderr := dmemCommand("trace", "info", "-json", out, samples+"csv.csv", bad); code != 1 || !strings.Contains(stderr, "bad.txt") {
		t.Errorf("JSON: exit code %d, %q", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a JSON file of a part was written")
	}
}

// head prints as many records as it is told.
func TestTraceHeadCount(t *testing.T) {
	const long = "../../../data/traces/gnusort_500k_par4.csv.gz"
	for _, n := range []string{"1", "25", "5000"} {
		if out := succeed(t, "trace", "head", "-n", n, long); strings.Count(out, "\n") != map[string]int{"1": 2, "25": 26, "5000": 5001}[n] {
			t.Errorf("-n %s: %d lines", n, strings.Count(out, "\n"))
		}
	}
	for _, args := range [][]string{{"trace", "head", "-n", "0", long}, {"trace", "info", "-n", "3", long}} {
		if code, _, _ := dmemCommand(args...); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
}

// A run says of which workloads nothing was replayed.
func TestRunNothingReplayed(t *testing.T) {
	empty := writeFile(t, "empty.csv", []byte(csvHeader))
	full := writeFile(t, "full.csv", []byte(csvHeader+"0,40,R,0\n"))
	code, _, stderr := dmemCommand("run", "-trace", empty, "-trace", full)
	if code != 0 || stderr != "dmem run: warning: empty: no access was replayed\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}
