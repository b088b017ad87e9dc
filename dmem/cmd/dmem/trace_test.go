package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTraceConvertKeepsTheRun(t *testing.T) {
	const csv = "../../../data/traces/gnusort_500k_par4.csv.gz"
	dir := t.TempDir()
	dmt := filepath.Join(dir, "sort.dmt")
	var out, diag bytes.Buffer
	if code := dispatch(context.Background(), []string{"trace", "convert", csv, dmt}, &out, &diag); code != 0 {
		t.Fatalf("convert: exit code %d: %s", code, &diag)
	}
	if !strings.HasPrefix(out.String(), "120000 records") {
		t.Errorf("convert says %q", &out)
	}
	out.Reset()
	if code := dispatch(context.Background(), []string{"trace", "info", csv, dmt}, &out, &diag); code != 0 {
		t.Fatalf("info: exit code %d: %s", code, &diag)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("info prints %d lines, want 3:\n%s", len(lines), &out)
	}
	// data/traces/README.md: 59758 fills, 60242 write-backs, 4 threads, 1710 pages.
	for _, want := range []string{"120000", "59758", "60242", " 4 ", "6840KiB"} {
		for _, line := range lines[1:] {
			if !strings.Contains(line, want) {
				t.Errorf("%q does not say %s", line, want)
			}
		}
	}
}

func TestTraceBadInput(t *testing.T) {
	dir := t.TempDir()
	bad, out := filepath.Join(dir, "bad.csv"), filepath.Join(dir, "out.dmt")
	if err := os.WriteFile(bad, []byte("cycle,hexaddr,rw,thread\n5,40,R,0\n4,40,R,0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"trace"}, 2, "info FILE"},
		{[]string{"trace", "show"}, 2, `"show"`},
		{[]string{"trace", "info"}, 2, "at least one file"},
		{[]string{"trace", "convert", bad}, 2, "one to write"},
		{[]string{"trace", "info", filepath.Join(dir, "none")}, 1, "none"},
		{[]string{"trace", "convert", bad, out}, 1, "bad.csv"},
	} {
		var stdout, diag bytes.Buffer
		if got := dispatch(context.Background(), c.args, &stdout, &diag); got != c.code || !strings.Contains(diag.String(), c.want) {
			t.Errorf("%v: exit code %d, %q; want %d and %q", c.args, got, &diag, c.code, c.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed conversion left a file")
	}
}
