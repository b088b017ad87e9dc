package workload_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// program is a program of a test's own.
type program struct {
	threads int
	run     func(*workload.Thread)
}

func (p program) Name() string                  { return "test" }
func (p program) Validate() error               { return nil }
func (p program) NumThreads() int               { return p.threads }
func (p program) Allocated() units.Bytes        { return 0 }
func (p program) Start() func(*workload.Thread) { return p.run }

// small are programs that end soon, with so many threads.
func small(threads int) []workload.Program {
	syn := workload.DefaultSynthetic()
	syn.References, syn.Threads, syn.Footprint = 5000, threads, units.Bytes(threads)*8*units.KiB
	zipf := syn
	zipf.Pattern, zipf.Burst, zipf.Pause = workload.Zipf, 100, 1000
	return []workload.Program{
		workload.LBM{X: 9, Y: 8, Z: 5, Steps: 2, Work: 70, Threads: threads},
		workload.FDTD{X: 9, Y: 8, Z: 11, Layer: 2, Steps: 2, Work: 24, Threads: threads},
		workload.FFT{M: 10, Pad: 4, Work: 16, Threads: threads},
		workload.FFT{M: 10, Pad: 4, Skip: 3.75, Work: 16, Threads: threads},
		workload.FMM{Particles: 700, Terms: 3, Spills: 0.3, Work: 1.74, Seed: 3, Threads: threads},
		syn,
		workload.Phases{Parts: []workload.Synthetic{syn, zipf}, Rounds: 2},
	}
}

func start(t testing.TB, p workload.Program) *workload.Source {
	t.Helper()
	src, err := workload.New(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// read reads a source to its end, with buffers of the given sizes in turn.
func read(t testing.TB, src *workload.Source, sizes ...int) []trace.Reference {
	t.Helper()
	var all []trace.Reference
	for i := 0; ; i++ {
		buf := make([]trace.Reference, sizes[i%len(sizes)])
		n, err := src.Next(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF && n == 0 {
			return all
		}
		if err != nil || n == 0 {
			t.Fatalf("Next = %d, %v", n, err)
		}
	}
}

func TestSameReferencesWhateverTheBuffer(t *testing.T) {
	for _, p := range small(3) {
		want := read(t, start(t, p), 4096)
		for _, sizes := range [][]int{{4096}, {1}, {7, 513, 100}, {100_000}} {
			if got := read(t, start(t, p), sizes...); !slices.Equal(got, want) {
				t.Errorf("%s: buffers of %v yield other references", p.Name(), sizes)
			}
		}
	}
}

func TestAllThreadsRun(t *testing.T) {
	for _, p := range small(5) {
		seen := map[mem.ThreadID]bool{}
		for _, r := range read(t, start(t, p), 4096) {
			seen[r.Thread] = true
		}
		if len(seen) != 5 {
			t.Errorf("%s: %d threads made references, want 5", p.Name(), len(seen))
		}
	}
}

// A turn has Quantum references, no more and no less, while all threads run.
func TestQuantum(t *testing.T) {
	src := start(t, program{3, func(t *workload.Thread) {
		for i := range 10 * workload.Quantum {
			t.Load(mem.VAddr(i))
		}
	}})
	for i, r := range read(t, src, 100) {
		if want := mem.ThreadID(i / workload.Quantum % 3); r.Thread != want {
			t.Fatalf("reference %d is of thread %d, want %d", i, r.Thread, want)
		}
	}
}

// After a barrier the first thread goes first.
func TestOrderAfterBarriers(t *testing.T) {
	src := start(t, program{3, func(t *workload.Thread) {
		t.Load(0)
		if t.ID() == 1 {
			for range workload.Quantum + 10 {
				t.Load(0)
			}
		}
		t.Barrier()
		t.Load(1)
	}})
	var got []mem.ThreadID
	for _, r := range read(t, src, 100) {
		if r.Addr == 1 {
			got = append(got, r.Thread)
		}
	}
	if want := []mem.ThreadID{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("threads %v, want %v", got, want)
	}
}

func TestBarriers(t *testing.T) {
	// The address is the number of barriers passed; threads do unequal work, and end at
	// unequal times.
	src := start(t, program{4, func(t *workload.Thread) {
		for epoch := range 20 + t.ID() {
			for range (t.ID()*7919 + epoch*104729) % 2000 {
				t.Load(mem.VAddr(epoch))
			}
			t.Barrier()
		}
	}})
	epoch, counts := mem.VAddr(0), map[mem.VAddr]int{}
	for i, r := range read(t, src, 333) {
		if r.Addr < epoch {
			t.Fatalf("reference %d, thread %d: before barrier %d, which others have passed", i, r.Thread, epoch)
		}
		epoch = r.Addr
		counts[epoch]++
	}
	for e := range 23 {
		want := 0
		for id := range 4 {
			if e < 20+id {
				want += (id*7919 + e*104729) % 2000
			}
		}
		if counts[mem.VAddr(e)] != want {
			t.Errorf("%d references after barrier %d, want %d", counts[mem.VAddr(e)], e, want)
		}
	}
	for id, p := range src.Progress() {
		if want := uint64(20 + id); p.Barriers != want {
			t.Errorf("thread %d reached %d barriers, want %d", id, p.Barriers, want)
		}
	}
}

func TestPass(t *testing.T) {
	src := start(t, program{2, func(t *workload.Thread) {
		for range 3 {
			t.Load(0)
			t.Pass()
		}
	}})
	var got []mem.ThreadID
	for _, r := range read(t, src, 10) {
		got = append(got, r.Thread)
	}
	if want := []mem.ThreadID{0, 1, 0, 1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("threads %v, want %v", got, want)
	}
}

func TestInstructions(t *testing.T) {
	src := start(t, program{1, func(t *workload.Thread) {
		t.Load(1)
		t.Work(5)
		t.Work(4)
		t.Store(2)
		t.Touch(3, 16, trace.Load)
		t.Work(3) // makes no reference any more
	}})
	want := []trace.Reference{
		{Addr: 1, Instructions: 1, Size: 8, Kind: trace.Load},
		{Addr: 2, Instructions: 10, Size: 8, Kind: trace.Store},
		{Addr: 3, Instructions: 1, Size: 16, Kind: trace.Load},
	}
	if got := read(t, src, 10); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if p := src.Progress()[0]; p != (workload.Progress{References: 3, Instructions: 15}) {
		t.Errorf("progress %+v", p)
	}
}

// The instructions of the references are those of Progress, but for what follows the last.
func TestProgress(t *testing.T) {
	for _, p := range small(3) {
		src := start(t, p)
		sums := make([]workload.Progress, 3)
		for _, r := range read(t, src, 1000) {
			sums[r.Thread].References++
			sums[r.Thread].Instructions += uint64(r.Instructions)
		}
		for id, got := range src.Progress() {
			if d := got.Instructions - sums[id].Instructions; got.References != sums[id].References || d > 1000 {
				t.Errorf("%s, thread %d: progress %+v, references say %+v", p.Name(), id, got, sums[id])
			}
		}
	}
}

func TestMuchWork(t *testing.T) {
	src := start(t, program{1, func(t *workload.Thread) {
		for range 5 {
			t.Work(1 << 30)
		}
		t.Load(0)
		t.Load(0)
	}})
	refs := read(t, src, 10)
	if refs[0].Instructions != 1<<32-1 || refs[1].Instructions != 1 || src.Progress()[0].Instructions != 5<<30+2 {
		t.Errorf("instructions %d and %d, in all %d", refs[0].Instructions, refs[1].Instructions, src.Progress()[0].Instructions)
	}
}

func TestEnds(t *testing.T) {
	src := start(t, program{2, func(*workload.Thread) {}})
	if n, err := src.Next(nil); n != 0 || err != io.ErrShortBuffer {
		t.Errorf("empty buffer: %d, %v", n, err)
	}
	for range 3 {
		if n, err := src.Next(make([]trace.Reference, 1)); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	}
}

func TestClose(t *testing.T) {
	unwound := 0
	src := start(t, program{4, func(t *workload.Thread) {
		defer func() { unwound++ }()
		if t.ID() == 3 {
			t.Barrier()
		}
		for {
			t.Load(0)
		}
	}})
	if n, err := src.Next(make([]trace.Reference, 4*workload.Quantum)); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	for range 2 {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if unwound != 4 {
		t.Errorf("%d of 4 threads unwound", unwound)
	}
	if n, err := src.Next(make([]trace.Reference, 1)); n != 0 || err != io.EOF {
		t.Errorf("closed: %d, %v", n, err)
	}
}

func TestForgottenSourceIsClosed(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		src, err := workload.New(workload.PaperLBM())
		if err != nil {
			t.Fatal(err)
		}
		src.Next(make([]trace.Reference, 100))
	}
	for range 200 {
		runtime.GC()
		if runtime.NumGoroutine() <= before+8 { // the last one may still be on the stack
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestNoAllocations(t *testing.T) {
	for _, name := range workload.Names() {
		if name == "fmm" {
			continue // builds a tree as it goes
		}
		p, err := workload.Lookup(name, 1./16)
		if err != nil {
			t.Fatal(err)
		}
		src, buf := start(t, p), make([]trace.Reference, 4096)
		src.Next(buf)
		if n := testing.AllocsPerRun(50, func() { src.Next(buf) }); n != 0 {
			t.Errorf("%s: %v allocations in 4096 references", name, n)
		}
	}
}

// The kernels with shared data touch the same addresses however many threads there are.
func TestSameAddressesWhateverTheThreads(t *testing.T) {
	counts := func(p workload.Program) map[trace.Reference]int {
		m := map[trace.Reference]int{}
		for _, r := range read(t, start(t, p), 4096) {
			m[trace.Reference{Addr: r.Addr, Kind: r.Kind}]++
		}
		return m
	}
	for i := range 3 {
		one := counts(small(1)[i])
		for _, threads := range []int{2, 3, 8, 11} {
			p := small(threads)[i]
			got := counts(p)
			if len(got) != len(one) {
				t.Fatalf("%s with %d threads touches %d addresses, with one %d", p.Name(), threads, len(got), len(one))
			}
			for r, n := range one {
				if got[r] != n {
					t.Fatalf("%s with %d threads: %v at %#x %d times, with one %d", p.Name(), threads, r.Kind, uint64(r.Addr), got[r], n)
				}
			}
		}
	}
}

// Every reference lies in what the program allocated or on a stack.
func TestFootprint(t *testing.T) {
	for _, p := range small(4) {
		lines := map[mem.VAddr]bool{}
		for _, r := range read(t, start(t, p), 4096) {
			lines[r.Addr.Line()] = true
		}
		// A line more for the ends of each array and the stacks.
		if got, limit := units.Bytes(len(lines))*mem.LineSize, p.Allocated()+64*4*mem.LineSize; got > limit {
			t.Errorf("%s touches %v, allocates %v", p.Name(), got, p.Allocated())
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := workload.New(program{threads: 0}); err == nil {
		t.Error("no threads: no error")
	}
	if _, err := workload.New(program{threads: workload.MaxThreads + 1}); err == nil {
		t.Error("too many threads: no error")
	}
	if _, err := workload.New(workload.LBM{}); err == nil {
		t.Error("the zero LBM: no error")
	}
}

func TestValidateReportsAllFaults(t *testing.T) {
	for _, c := range []struct {
		p      workload.Program
		faults []string
	}{
		{workload.LBM{}, []string{"x", "y", "z", "steps", "threads"}},
		{workload.FDTD{Layer: -1}, []string{"x", "y", "z", "layer", "steps", "threads"}},
		{workload.FFT{M: 7, Skip: 10, Pad: -1}, []string{"m", "pad", "skip", "threads"}},
		{workload.FMM{Terms: 41, Spills: -1, Work: -1}, []string{"particles", "terms", "spills", "work", "threads"}},
		{workload.Synthetic{Pattern: 9, Stores: 2, Burst: -1}, []string{"pattern", "threads", "element", "footprint", "stores", "instructions", "burst"}},
		{workload.Phases{}, []string{"parts", "rounds"}},
		{workload.Phases{Parts: []workload.Synthetic{workload.DefaultSynthetic(), {}}, Rounds: 1}, []string{"threads", "element", "footprint", "instructions", "parts[1].threads"}},
		{workload.LBM{X: 1 << 20, Y: 1 << 20, Z: 1 << 20, Steps: 1, Threads: 1}, []string{"x, y, z"}},
		{workload.PaperLBM().Scaled(0), []string{"x", "y"}},
		{workload.PaperFFT().Scaled(-1), []string{"m"}},
		{workload.PaperFMM().Scaled(1e9), []string{"particles"}},
	} {
		var got []string
		for _, f := range leaves(c.p.Validate()) {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, c.faults) {
			t.Errorf("%T: faults %v, want %v", c.p, got, c.faults)
		}
	}
}

// leaves returns the field errors of an error.
func leaves(err error) (all []*units.FieldError) {
	if f, ok := err.(*units.FieldError); ok {
		return []*units.FieldError{f}
	}
	if m, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range m.Unwrap() {
			all = append(all, leaves(e)...)
		}
	} else if e := errors.Unwrap(err); e != nil {
		all = leaves(e)
	}
	return all
}

func TestLookup(t *testing.T) {
	for _, name := range workload.Names() {
		p, err := workload.Lookup(name, 1./64)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Name() != name {
			t.Errorf("%s calls itself %s", name, p.Name())
		}
		n, err := start(t, p).Next(make([]trace.Reference, 100))
		if n == 0 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := workload.Lookup("lmb", 1); err == nil || fmt.Sprint(err) != `workload: unknown "lmb": want one of lbm, fotonik3d, fft, fmm, stream, strided, random, zipf, chase, bursts, phases` {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := workload.Lookup("lbm", 1e-9); err == nil {
		t.Error("no size left: no error")
	}
}
