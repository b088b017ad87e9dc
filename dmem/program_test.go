package dmem_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// tiny is a rack of programs that runs in an instant: 4 nodes, 1000 fills each.
func tiny() dmem.Config {
	c := dmem.Scaled(256)
	c.Nodes, c.Pools = 4, 2
	c.LocalMemory = 256 * units.KiB
	for i := range c.Workloads {
		c.Workloads[i].Program.Fills = 1000
	}
	return c
}

// fresh makes the folder of stored traces an empty one of the test's own.
func fresh(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "made", "when needed")
	t.Setenv(dmem.CacheVariable, dir)
	return filepath.Join(dir, "traces")
}

// files returns the stored traces by name.
func files(t *testing.T) map[string]os.FileInfo {
	t.Helper()
	list, err := dmem.Stored()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]os.FileInfo{}
	for _, f := range list {
		all[f.Name()] = f
	}
	return all
}

func run(t *testing.T, c dmem.Config) *dmem.Result {
	t.Helper()
	r, err := dmem.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// told is the report of a result without its configuration.
func told(t *testing.T, r *dmem.Result) string {
	t.Helper()
	report, err := r.Report()
	if err != nil {
		t.Fatal(err)
	}
	report.Config = nil
	var b strings.Builder
	if err := report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The misses of a program are generated once and read from then on; other parameters have a
// file of their own.
func TestProgramsAreStoredOnce(t *testing.T) {
	dir := fresh(t)
	if got := files(t); len(got) != 0 {
		t.Errorf("before: %v", got)
	}
	c := tiny()
	first := run(t, c)
	made := files(t)
	if len(made) != 4 {
		t.Fatalf("%d stored traces, want one for each program: %v", len(made), made)
	}
	again := run(t, c)
	for name, info := range files(t) {
		if !made[name].ModTime().Equal(info.ModTime()) || !os.SameFile(made[name], info) {
			t.Errorf("%s has been made again", name)
		}
	}
	if told(t, first) != told(t, again) {
		t.Error("generated and stored misses differ")
	}
	if n := first.Total.Count(); n != 4000 {
		t.Errorf("%d accesses, want 1000 fills on each of 4 nodes", n)
	}
	for i, change := range []func(*dmem.Program){
		func(p *dmem.Program) { p.Fills++ },
		func(p *dmem.Program) { p.Divide = 64 },
		func(p *dmem.Program) { p.Timing = dmem.TimingCompute },
		func(p *dmem.Program) { p.Name = "stream" },
	} {
		p := *c.Workloads[0].Program
		change(&p)
		other := c
		other.Workloads = []dmem.Workload{{Name: "other", Program: &p}}
		if err := dmem.Prepare(t.Context(), other, nil); err != nil {
			t.Fatal(err)
		}
		if n := len(files(t)); n != 5+i {
			t.Errorf("change %d: %d stored traces, want %d", i, n, 5+i)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// A rack of programs does what it does with the traces that the programs write.
func TestProgramIsItsTrace(t *testing.T) {
	fresh(t)
	c := tiny()
	c.Replay.WriteBacks = true
	c.Replay.Offset, c.Replay.Stagger = dmem.OffsetSeeded, 5*units.Microsecond
	programs := run(t, c)
	c.Workloads = slices.Clone(c.Workloads)
	for i, w := range c.Workloads {
		var text bytes.Buffer
		s, err := w.Program.WriteTrace(t.Context(), &text, nil)
		if err != nil || s.Fills != 1000 {
			t.Fatalf("%s: %d fills, %v", w.Name, s.Fills, err)
		}
		path := filepath.Join(t.TempDir(), "a.dmt")
		if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		c.Workloads[i] = dmem.Workload{Name: w.Name, Trace: path}
	}
	if traces := run(t, c); told(t, programs) != told(t, traces) {
		t.Error("programs and their traces give different results")
	}
}

// Two that generate the same at once, as two processes might, are both right.
func TestPrepareConcurrently(t *testing.T) {
	dir := fresh(t)
	c := tiny()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := dmem.Prepare(t.Context(), c, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for name := range files(t) {
		if _, err := trace.Count(filepath.Join(dir, name)); err != nil || !strings.HasSuffix(name, trace.Extension) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Progress goes up to all fills of what is not stored yet, and is not told when all is.
func TestPrepareProgress(t *testing.T) {
	fresh(t)
	c := tiny()
	c.Workloads = append(c.Workloads, c.Workloads[0]) // the same again
	var last, whole int
	progress := func(done, total int) {
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, whole = done, total
	}
	if err := dmem.Prepare(t.Context(), c, progress); err != nil || last != 4000 || whole != 4000 {
		t.Errorf("%v; ended with %d of %d, want 4000", err, last, whole)
	}
	last = 0
	if err := dmem.Prepare(t.Context(), c, progress); err != nil || last != 0 {
		t.Errorf("again: %v, %d fills", err, last)
	}
	all := dmem.Workload{Name: "phases", Program: &dmem.Program{Name: "phases", Divide: 256, Timing: dmem.TimingTracer}}
	c.Workloads = append(tiny().Workloads[:1], all)
	c.Workloads[0].Program.Fills = 2000
	if err := dmem.Prepare(t.Context(), c, func(_, total int) {
		if total != 0 {
			t.Errorf("a total of %d, though one program alone ends its misses", total)
		}
	}); err != nil {
		t.Error(err)
	}
}

// A cancelled context leaves nothing behind.
func TestPrepareStops(t *testing.T) {
	dir := fresh(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := dmem.Scaled(64)
	if err := dmem.Prepare(ctx, c, func(_, _ int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := dmem.Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v, want %v", err, context.Canceled)
	}
	if _, err := dmem.MeasureDemand(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("demand: %v, want %v", err, context.Canceled)
	}
}

// A stored trace that lost its end is made again; one that is damaged elsewhere is
// reported with its path and what to do.
func TestDamagedStoredTrace(t *testing.T) {
	dir := fresh(t)
	c := tiny()
	c.Workloads = c.Workloads[:1]
	want := run(t, c)
	var path string
	for name := range files(t) {
		path = filepath.Join(dir, name)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "short": good[:len(good)-1], "long": append(slices.Clone(good), 0)} {
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if got := run(t, c); told(t, got) != told(t, want) {
			t.Errorf("%s: another result", name)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, good) {
			t.Errorf("%s: not mended: %v", name, err)
		}
	}
	for _, at := range []int{20, len(good) / 2} {
		bad := slices.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := dmem.Run(t.Context(), c)
		if !errors.Is(err, trace.ErrCorrupt) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "dmem trace clean") {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// TestStoredLists: only files that are stored traces count as such.
func TestStoredLists(t *testing.T) {
	dir := fresh(t)
	if err := os.MkdirAll(filepath.Join(dir, "lbm-0123456789abcdef.dmt"), 0o777); err != nil { // a folder
		t.Fatal(err)
	}
	for _, name := range []string{"lbm.dmt", "notes-0123456789abcdef.txt", "lbm-0123456789abcdeX.dmt", "lbm-1123456789abcdef.dmt", "lbm-1123456789abcdef.dmt.00aa11bb.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t); len(got) != 2 || got["lbm-1123456789abcdef.dmt"] == nil {
		t.Errorf("stored: %v", got)
	}
}

func TestProgramValidate(t *testing.T) {
	good := dmem.Program{Name: "lbm", Divide: 64, Timing: dmem.TimingTracer}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*dmem.Program)
		path   string
	}{
		{func(p *dmem.Program) { p.Name = "sort" }, "name"},
		{func(p *dmem.Program) { p.Divide = 0 }, "divide"},
		{func(p *dmem.Program) { p.Divide = -4 }, "divide"},
		{func(p *dmem.Program) { p.Divide = 48 }, "divide"},
		{func(p *dmem.Program) { p.Divide = 1024 }, "divide"}, // caches below a line
		{func(p *dmem.Program) { p.Name, p.Divide = "fft", 32 }, "divide"},
		{func(p *dmem.Program) { p.Timing = 0 }, "timing"},
		{func(p *dmem.Program) { p.Timing = 3 }, "timing"},
		{func(p *dmem.Program) { p.Fills = 1 << 63 }, "fills"},
	} {
		p := good
		c.change(&p)
		rack := tiny()
		rack.Workloads = []dmem.Workload{{Name: "a", Program: &p}}
		var field *units.FieldError
		if err := p.Validate(); !errors.As(err, &field) || field.Path != c.path {
			t.Errorf("%+v: %v, want a fault of %s", p, err, c.path)
		}
		if err := rack.Validate(); !errors.As(err, &field) || field.Path != "workloads[0].program."+c.path {
			t.Errorf("%+v: %v, want a fault of workloads[0].program.%s", p, err, c.path)
		}
		if _, err := p.Generate(); err == nil {
			t.Errorf("%+v is generated", p)
		}
		if err := dmem.Prepare(t.Context(), rack, nil); err == nil {
			t.Errorf("%+v is prepared", p)
		}
	}
	for name, w := range map[string]dmem.Workload{
		"two": {Name: "a", Trace: "x", Program: &good}, "none": {Name: "a"},
		"clock": {Name: "a", Program: &good, Clock: units.MustClock(1e9)},
	} {
		rack := tiny()
		rack.Workloads = []dmem.Workload{w}
		if err := rack.Validate(); err == nil || !strings.Contains(err.Error(), "workloads[0]") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestScaled: what is divided and what is not.
func TestScaled(t *testing.T) {
	paper := dmem.Paper()
	for _, s := range []int{1, 4, 64, 256} {
		c := dmem.Scaled(s)
		if err := c.Validate(); err != nil {
			t.Errorf("%d: %v", s, err)
		}
		n := units.Bytes(s)
		if c.LocalMemory*n != paper.LocalMemory || c.Chunk*n != paper.Chunk || c.Window != paper.Window/units.Time(s) ||
			c.PoolMemory != paper.PoolMemory || c.Nodes != 64 || c.Pools != 6 {
			t.Errorf("%d: %+v", s, c)
		}
		for i, row := range workload.TableI(1) {
			if p := c.Workloads[i].Program; c.Workloads[i].Name != row.Name || p.Name != row.Name || p.Divide != s {
				t.Errorf("%d: workload %d is %+v, want %s", s, i, c.Workloads[i], row.Name)
			}
		}
	}
	for _, s := range []int{-1, 0, 2, 3, 48, 128, 1024, 1 << 40} {
		c := dmem.Scaled(s)
		if err := c.Validate(); err == nil {
			t.Errorf("%d is accepted", s)
		}
	}
}

// TestProgramsAreWhatTheyWere pins the misses of the four programs at a 256th of their size: all
// committed results of racks rest on them. The sums are those of the code that made the results;
// who changes them on purpose makes the results anew.
func TestProgramsAreWhatTheyWere(t *testing.T) {
	for name, want := range map[string]string{
		"lbm": "8ddc5c4fce783c74", "fotonik3d": "1c8e7ca7b0df0049", "fft": "1b50b3e2020d04b1", "fmm": "87c325a5c9f8af2d",
	} {
		p := dmem.Program{Name: name, Divide: 256, Timing: dmem.TimingTracer}
		g, err := p.Generate()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		buf := make([]trace.Miss, 1000)
		for {
			n, err := g.Next(buf)
			for _, m := range buf[:n] {
				fmt.Fprintln(sum, m.Cycle, m.Addr, m.Kind, m.Thread, m.Process)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		g.Close()
		if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != want {
			t.Errorf("%s: misses of sum %s, want %s", name, got, want)
		}
	}
}
