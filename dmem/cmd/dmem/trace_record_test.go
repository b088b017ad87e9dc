package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// needQEMU skips a test where nothing can be recorded quickly.
func needQEMU(t *testing.T) {
	t.Helper()
	for program, pkg := range map[string]string{record.QEMUProgram: "qemu-user", "gcc": "gcc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: apt-get install %s", program, pkg)
		}
	}
}

// compiled returns a program from the recorder's testdata.
func compiled(t *testing.T, name string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	if text, err := exec.Command("gcc", "-O2", "-static", "-pthread", "-o", out, "../../record/testdata/"+name+".c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	return out
}

// recorded runs a command and returns what it prints and its exit code.
func recorded(ctx context.Context, args ...string) (out, diag string, code int) {
	var stdout, stderr bytes.Buffer
	code = dispatch(ctx, args, &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

// TestRecordSort: the end-to-end run: sort sorts, and a rack replays what it missed.
func TestRecordSort(t *testing.T) {
	needQEMU(t)
	dir := t.TempDir()
	words, dmt := filepath.Join(dir, "words"), filepath.Join(dir, "sort.dmt")
	rng := rand.New(rand.NewPCG(1, 2))
	var lines []string
	for range 5000 {
		lines = append(lines, fmt.Sprintf("%016x\n", rng.Uint64()))
	}
	if err := os.WriteFile(words, []byte(strings.Join(lines, "")), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LC_ALL", "C")
	out, diag, code := recorded(t.Context(), "trace", "record", "-o", dmt, "-scale", "64", "--", "sort", words)
	slices.Sort(lines)
	if code != 0 || out != strings.Join(lines, "") || !strings.Contains(diag, "sort ended with exit code 0") {
		t.Fatalf("exit code %d, %d bytes of output: %s", code, len(out), diag)
	}
	if out := succeed(t, "trace", "info", dmt); !strings.Contains(out, "binary") {
		t.Errorf("info: %s", out)
	}
	if out := succeed(t, "run", "-trace", dmt); !strings.Contains(out, "accesses") {
		t.Errorf("run: %s", out)
	}
}

// TestRecordFills: four threads store to 8000 lines each, in three rounds: 32000 lines are
// 2000 KiB and stay in the caches, so each is filled once. Caches a 64th of the size, of which
// the last has 4096 lines, are too small for even one thread's, however the threads take
// turns: each line is filled each time, and written back but for those left at the end.
func TestRecordFills(t *testing.T) {
	needQEMU(t)
	program, dmt := compiled(t, "touch"), filepath.Join(t.TempDir(), "touch.dmt")
	const left = 4096 + 8*64 + 8*8 // lines of the last level and of the private ones
	const startup = 700            // fills of libc's start and of threads' stacks, about 450
	for _, c := range []struct {
		scale                string
		stores, writes, more int64
	}{{"1", 32000, 0, 0}, {"64", 96000, 96000 - left, left + startup}} {
		_, diag, code := recorded(t.Context(), "trace", "record", "-o", dmt, "-scale", c.scale, "-timing", "compute", program, "4", "8000", "3")
		if code != 0 || !strings.Contains(diag, "of 4 threads under qemu") || !strings.Contains(diag, "exit code 7") {
			t.Fatalf("exit code %d: %s", code, diag)
		}
		f, err := trace.Open(dmt, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := trace.Scan(f, 4096)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("caches divided by %s: %+v", c.scale, s)
		if got := int64(s.StoreFills); got < c.stores || got > c.stores+startup {
			t.Errorf("caches divided by %s: %d store fills, want %d and at most %d more", c.scale, got, c.stores, startup)
		}
		if got := int64(s.WriteBacks); got < c.writes || got > c.writes+c.more {
			t.Errorf("caches divided by %s: %d write-backs, want %d and at most %d more", c.scale, got, c.writes, c.more)
		}
		if f.Header().Name != "touch" || !strings.Contains(f.Header().Origin, "4 8000 3; caches") {
			t.Errorf("header %+v", f.Header())
		}
	}
}

// TestRecordEnds: what ends a program early leaves a trace up to there, and is told.
func TestRecordEnds(t *testing.T) {
	needQEMU(t)
	program, dmt := compiled(t, "touch"), filepath.Join(t.TempDir(), "touch.csv.gz")
	endless := []string{program, "2", "100000", "1000000"}
	record := func(ctx context.Context, code int, want string, args ...string) int {
		t.Helper()
		os.Remove(dmt)
		_, diag, got := recorded(ctx, append([]string{"trace", "record", "-o", dmt}, args...)...)
		if got != code || !strings.Contains(diag, want) {
			t.Errorf("%q: exit code %d, %s; want %d, %q", args, got, diag, code, want)
		}
		f, err := trace.Open(dmt, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s, err := trace.Scan(f, 4096)
		if err != nil {
			t.Fatal(err)
		}
		return int(s.Fills())
	}
	if fills := record(t.Context(), 0, "ended after 5000 fills", append([]string{"-fills", "5000", "-skip", "100000"}, endless...)...); fills != 5000 {
		t.Errorf("%d fills, want 5000", fills)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, cancel)
	if fills := record(ctx, 130, "interrupted", endless...); fills == 0 {
		t.Error("an interrupt leaves nothing")
	}
	if fills := record(t.Context(), 1, "was killed (segmentation fault)", "--", "/bin/sh", "-c", "kill -SEGV $$"); fills == 0 {
		t.Error("a crash leaves nothing")
	}
	record(t.Context(), 0, "exit code 3", "--", "/bin/sh", "-c", "exit 3")
}

// TestRecordLackey: valgrind does as well, and says what it cannot.
func TestRecordLackey(t *testing.T) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("valgrind is missing: apt-get install valgrind")
	}
	dmt := filepath.Join(t.TempDir(), "true.dmt")
	_, diag, code := recorded(t.Context(), "trace", "record", "-with", "lackey", "-o", dmt, "--", "/bin/true")
	if code != 0 || !strings.Contains(diag, "under lackey") || !strings.Contains(diag, "no threads apart") {
		t.Fatalf("exit code %d: %s", code, diag)
	}
	if out := succeed(t, "trace", "info", dmt); !strings.Contains(out, "true") {
		t.Errorf("info: %s", out)
	}
}

func TestRecordBadInput(t *testing.T) {
	dir := t.TempDir()
	dmt := filepath.Join(dir, "x.dmt")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "want a program"},
		{[]string{"-o", "-", "true"}, 2, "want a file"},
		{[]string{"-with", "pin", "true"}, 2, "auto, qemu, lackey"},
		{[]string{"-fills", "0", "true"}, 2, "want a whole number, 1 to"},
		{[]string{"-skip", "x", "true"}, 2, "whole number"},
		{[]string{"-scale", "3", "true"}, 2, "power of two"},
		{[]string{"-scale", "65536", "true"}, 2, "l1"},
		{[]string{"-timing", "wall", "true"}, 2, "compute"},
		{[]string{"-to", "gem5", "true"}, 2, "gem5 is not written"},
	} {
		if _, diag, code := recorded(t.Context(), append([]string{"trace", "record"}, unlessGiven(c.args, "-o", dmt)...)...); code != c.code || !strings.Contains(diag, c.want) {
			t.Errorf("%q: exit code %d, %q; want %d and %q", c.args, code, diag, c.code, c.want)
		}
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("x"), 0o777); err != nil {
		t.Fatal(err)
	}
	// A stand-in suffices, as none of these comes to run anything.
	tools := t.TempDir()
	for _, tool := range []string{record.QEMUProgram, "gcc"} {
		if err := os.WriteFile(filepath.Join(tools, tool), []byte("#!/bin/sh\nexit 9\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	cache := filepath.Join(t.TempDir(), "cache")
	t.Setenv(dmem.CacheVariable, cache)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ out, program, want string }{
		{dmt, "no-such-program", "not found in the PATH"},
		{dmt, dir, "folder"},
		{dmt, text, "no ELF file"},
		{filepath.Join(dir, "no", "folder"), self, "no such file"},
		{dmt, self, "compile the plugin: exit status 9"},
	} {
		if _, diag, code := recorded(t.Context(), "trace", "record", "-o", c.out, "--", c.program); code != 1 || !strings.Contains(diag, c.want) {
			t.Errorf("%s: exit code %d, %q; want %q", c.program, code, diag, c.want)
		}
	}
	if _, err := os.Stat(cache); err != nil {
		t.Errorf("the plugin was not to be compiled into %s: %v", cache, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, diag, code := recorded(t.Context(), "trace", "record", "-o", dmt, "--", self); code != 1 || !strings.Contains(diag, "apt-get install qemu-user") || !strings.Contains(diag, "apt-get install valgrind") {
		t.Errorf("no tools: exit code %d, %s", code, diag)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("a failed recording left %v", files)
	}
}
