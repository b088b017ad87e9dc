package dmem_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/internal/deepdiff"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// checkRoundTrip writes a result, reads it back and compares.
func checkRoundTrip(t *testing.T, r *dmem.Result) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "result")
	if err := r.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := dmem.ReadResult(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := deepdiff.Of(got, r); d != "" {
		t.Errorf("read back: %s", d)
	}
}

// brief returns a rack whose run takes some milliseconds.
func brief() dmem.Config {
	c := dmem.Small()
	c.Nodes = 2
	c.LocalMemory = units.MiB
	c.Replay.Limit = 200
	return c
}

// TestResultRoundTrip takes results that the random runs have not: of all presets' parts, of
// runs that were stopped, that counted nothing, and with a workload's clock.
func TestResultRoundTrip(t *testing.T) {
	for name, change := range map[string]func(*dmem.Config){
		"small":         func(*dmem.Config) {},
		"closed":        func(c *dmem.Config) { c.Replay.Loop, c.Replay.Stretch = dmem.Closed, 1.0/3 },
		"nothing":       func(c *dmem.Config) { c.Replay.Warmup = units.Second },
		"nobody active": func(c *dmem.Config) { c.Replay.Until = 1 },
		"all local":     func(c *dmem.Config) { c.Placement, c.LocalMemory = place.AllLocal, 64*units.MiB },
		"dracksim": func(c *dmem.Config) {
			d := dmem.DRackSim()
			d.Nodes, d.Workloads, d.Replay.Limit = c.Nodes, c.Workloads, 200
			*c = d
		},
		"trace": func(c *dmem.Config) {
			c.Workloads = []dmem.Workload{{Name: "sort, \"quoted\"\n", Trace: "../data/traces/gnusort_500k_par4.csv.gz", Clock: units.MustClock(3 * units.GHz)}}
			c.Replay.Offset = dmem.OffsetSeeded
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := brief()
			change(&c)
			r, err := dmem.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, r)
		})
	}
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := dmem.Small()
		n := 0
		rack, err := dmem.New(c, dmem.Probe{OnComplete: func(*dmem.Access) {
			if n++; n == 1000 {
				cancel()
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer rack.Close()
		r, err := rack.Run(ctx)
		if !errors.Is(err, context.Canceled) || r.Active.To != units.Never {
			t.Fatalf("active until %v, error %v: want a partial result", r.Active.To, err)
		}
		checkRoundTrip(t, r)
	})
}

// TestDamagedResult cuts a file at every length, and alters every byte of its start and some
// of the rest: the error names file and fault, or nothing was lost.
func TestDamagedResult(t *testing.T) {
	r, err := dmem.Run(t.Context(), brief())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "result")
	if err := r.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text []byte) (*dmem.Result, error) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		return dmem.ReadResult(path)
	}
	for n := range whole {
		if n > 100 && n%97 != 0 && n < len(whole)-20 {
			continue
		}
		if _, err := read(whole[:n]); !errors.Is(err, dmem.ErrResultDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
	line := bytes.IndexByte(whole, '\n')
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range whole {
		if i > line+30 && i%53 != 0 && i < len(whole)-10 {
			continue
		}
		b := bytes.Clone(whole)
		b[i] ^= 1 << rng.IntN(8)
		got, err := read(b)
		switch {
		case err == nil: // a bit that says nothing, such as the size of the decoder's window
			if d := deepdiff.Of(got, r); d != "" || i <= line {
				t.Errorf("byte %d altered: accepted, %s", i, d)
			}
		case !errors.Is(err, dmem.ErrResultDamaged) && !(i <= line && errors.Is(err, dmem.ErrResultVersion)), !strings.Contains(err.Error(), path):
			t.Errorf("byte %d altered: %v", i, err)
		}
	}
	if _, err := read(append(bytes.Clone(whole), "more"...)); !errors.Is(err, dmem.ErrResultDamaged) {
		t.Errorf("longer: %v", err)
	}
	if _, err := read(append(bytes.Clone(whole), whole[line+1:]...)); !errors.Is(err, dmem.ErrResultDamaged) {
		t.Errorf("twice: %v", err)
	}
	other := bytes.Replace(whole, whole[line-16:line], []byte("0123456789abcdef"), 1)
	if _, err := read(other); !errors.Is(err, dmem.ErrResultVersion) || !strings.Contains(err.Error(), "0123456789abcdef") {
		t.Errorf("another layout: %v", err)
	}
	if _, err := dmem.ReadResult(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestResultOfOwnPolicy is not written: its name would not say what it does.
func TestResultOfOwnPolicy(t *testing.T) {
	for _, change := range []func(*dmem.Config){
		func(c *dmem.Config) { c.Pool = pool.Policy{Name: "mine", New: pool.Random.New} },
		func(c *dmem.Config) { c.Pool = pool.Policy{Name: pool.Random.Name, New: pool.MostFree.New} },
		func(c *dmem.Config) { c.Placement.AllowFull = true },
	} {
		c := brief()
		change(&c)
		r, err := dmem.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "result")
		if err := r.WriteFile(path); err == nil || !strings.Contains(err.Error(), "not built in") {
			t.Errorf("error %v, want one that says that the policy is not built in", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a file was written")
		}
	}
}

// TestUnknownPolicyInResult: neither an unknown policy nor one that is only registered is
// read back.
func TestUnknownPolicyInResult(t *testing.T) {
	if err := pool.Register(pool.Policy{Name: "result-test", New: pool.Random.New}); err != nil {
		t.Fatal(err)
	}
	c := brief()
	text, err := c.GobEncode()
	if err != nil {
		t.Fatal(err)
	}
	var back dmem.Config
	if err := back.GobDecode(text); err != nil {
		t.Fatal(err)
	}
	if d := deepdiff.Of(back, c); d != "" {
		t.Errorf("configuration: %s", d)
	}
	for _, name := range []string{"result-test", "elsewhere"} {
		other := bytes.Replace(text, []byte("'random'"), []byte("'"+name+"'"), 1)
		if err := back.GobDecode(other); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one that names it", name, err)
		}
	}
}

func BenchmarkResultFile(b *testing.B) {
	r, err := dmem.Run(b.Context(), dmem.Small())
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "result")
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := r.WriteFile(path); err != nil {
				b.Fatal(err)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size()), "bytes")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := dmem.ReadResult(path); err != nil {
				b.Fatal(err)
			}
		}
	})
}
