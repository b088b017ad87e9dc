package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// TestTraceGen: what gen reports is what the trace holds, whichever the timing; the same
// again gives the same bytes, and the trace can be replayed.
func TestTraceGen(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, timing := range []string{"compute", "compute", "tracer"} {
		path := filepath.Join(dir, fmt.Sprintf("%d.dmt", i))
		out := succeed(t, "trace", "gen", "lbm", "-timing", timing, "-fills", "20000", "-o", path, "-scale", "256")
		f, err := trace.Open(path, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := trace.Scan(f, 4096)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if h := f.Header(); h.Name != "lbm" || !strings.Contains(h.Origin, timing) || !strings.Contains(h.Origin, "256") {
			t.Errorf("header %+v", h)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s: 20000 fills, %d write-backs, %d", path, s.WriteBacks, len(text)); s.Fills() != 20000 || !strings.HasPrefix(out, want) {
			t.Errorf("the trace holds %d fills; the command says %q, want %q", s.Fills(), out, want)
		}
		if info := succeed(t, "trace", "info", path); !strings.Contains(info, fmt.Sprintf(" %d  20000 ", s.Records)) {
			t.Errorf("trace info: %s", info)
		}
		files = append(files, text)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same command writes other bytes")
	}
	if bytes.Equal(files[0], files[2]) {
		t.Error("both timings write the same bytes")
	}
	if out := succeed(t, "run", "-trace", filepath.Join(dir, "0.dmt"), "-limit", "1000"); !strings.Contains(out, "8000 accesses") {
		t.Errorf("run: %s; want 1000 accesses on each of 8 nodes", out)
	}
	if out := succeed(t, "trace", "gen", "-fills", "100000000", "-o", filepath.Join(dir, "s.dmt"), "phases"); !strings.Contains(out, "ends before") {
		t.Errorf("more fills than there are: %s", out)
	}
	if code, stdout, stderr := dmemCommand("trace", "gen", "lbm", "-fills", "20000", "-scale", "256", "-timing", "tracer", "-o", "-"); code != 0 || stdout != string(files[2]) || !strings.Contains(stderr, "20000 fills") {
		t.Errorf("to stdout: exit code %d, %d bytes, want %d; stderr %q", code, len(stdout), len(files[2]), stderr)
	}
}

// An interrupt is no failure of its own and leaves no file.
func TestTraceGenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	t.Setenv(dmem.CacheVariable, dir)
	for _, args := range [][]string{
		{"trace", "gen", "fmm", "-o", filepath.Join(dir, "a.dmt")},
		{"run", "-preset", "scaled:64"},
	} {
		if code, stdout, stderr := dmemCommandWith(ctx, args...); code != 130 || stdout != "" || !strings.Contains(stderr, "interrupted") {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestTraceGenBadInput(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"gen", strings.Join(workload.Names(), ", ")},
		{"gen lbm fft", "one program"},
		{"gen sort", strings.Join(workload.Names(), ", ")},
		{"gen lbm -scale medium", "small, paper"},
		{"gen lbm -scale 48", "power of two"},
		{"gen fft -scale 32", "power of four"},
		{"gen lbm -scale 1024", "a line or more"},
		{"gen lbm -timing fast", "compute or tracer"},
		{"gen lbm -fills 0", "want a whole number, 1 to"},
		{"gen lbm -fills many", "whole number"},
		{"clean lbm", `unexpected argument "lbm"`},
	} {
		args := append([]string{"trace"}, strings.Fields(c.args)...)
		if code, stdout, stderr := dmemCommand(args...); code != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want 2 and %q", args, code, stdout, stderr, c.want)
		}
	}
}

// A rack of programs stores what it replays; clean removes that, old remains of killed
// processes too, and nothing else.
func TestTraceClean(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "traces")
	t.Setenv(dmem.CacheVariable, root)
	config := filepath.Join(t.TempDir(), "rack.toml")
	text := "[[workloads]]\nname = 'a'\n[workloads.program]\nname = 'lbm'\ndivide = 256\ntiming = 'tracer'\nfills = 500\n"
	if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "run", "-preset", "small", "-config", config); !strings.Contains(out, "4000 accesses") {
		t.Errorf("run: %s; want 500 accesses on each of 8 nodes", out)
	}
	for name, age := range map[string]time.Duration{
		"notes.txt": time.Hour, "lbm-0123456789abcdef.dmt.00aa11bb.tmp": time.Hour, "lbm-0123456789abcdef.dmt.00aa11bc.tmp": 0,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("1234567"), 0o666); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if out := succeed(t, "trace", "clean", "-n"); !strings.Contains(out, "stored: 2 traces") || !strings.Contains(out, "  lbm-") {
		t.Errorf("clean -n: %s", out)
	}
	files, err := dmem.Stored()
	if err != nil || len(files) != 3 {
		t.Fatalf("%d stored files, %v", len(files), err)
	}
	size := int64(7)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), trace.Extension) {
			size += f.Size()
		}
	}
	if out, want := succeed(t, "trace", "clean"), fmt.Sprintf("removed 2 traces, %d bytes, in %s\n", size, dir); out != want {
		t.Errorf("clean: %q, want %q", out, want)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != "lbm-0123456789abcdef.dmt.00aa11bc.tmp" || left[1].Name() != "notes.txt" {
		t.Errorf("%v is left, %v", left, err)
	}
	t.Setenv(dmem.CacheVariable, filepath.Join(dir, "none"))
	if out := succeed(t, "trace", "clean"); !strings.HasPrefix(out, "removed 0 traces, 0 bytes") {
		t.Errorf("clean of no folder: %s", out)
	}
}

// The presets of other sizes are known by name, to run and to config.
func TestScaledPreset(t *testing.T) {
	for name, want := range map[string]string{"scaled:16": "divide = 16", "scaled": "divide = 64"} {
		if out := succeed(t, "config", "-preset", name); strings.Count(out, want) != 4 {
			t.Errorf("%s: not four times %q in\n%s", name, want, out)
		}
	}
	for _, name := range []string{"scaled:", "scaled:0", "scaled:8", "scaled:x", "scaled:-4"} {
		for _, command := range []string{"run", "config"} {
			if code, stdout, stderr := dmemCommand(command, "-preset", name); code != 2 || stdout != "" || stderr == "" {
				t.Errorf("%s -preset %s: exit code %d, stdout %q, stderr %q", command, name, code, stdout, stderr)
			}
		}
	}
}
