package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/internal/filelock"
)

// Run is one run of a [Sweep].
type Run struct {
	Name   string // for people: in errors and notes
	Config dmem.Config
}

// Sweep is a number of runs that are made side by side. Each finished run is kept in a file,
// written whole or not at all; a sweep that is started again, after an interrupt or a kill,
// takes what is there and makes the rest. Several sweeps, also of several programs, may share
// a folder at the same time; a run that another is making is left to it, and then taken.
//
// A file is taken only if the run would give the same result, bit by bit: the simulator has
// the same code ([dmem.Fingerprint]), the configurations are equal, and the trace files have
// the same content, wherever they lie. A run with a policy that is not built in is neither
// taken nor kept, whatever the policy's name: its code is not known.
//
// The zero value with Runs is ready for use.
type Sweep struct {
	Runs    []Run
	Dir     string // where finished runs are kept; "": see [RunsDir]
	Workers int    // runs at a time; 0: as many as processors. What they leave free works inside of the runs
	Fresh   bool   // neither take finished runs nor keep them

	// Progress, if not nil, is called often, from one goroutine at a time.
	Progress func(SweepProgress)
	// Note, if not nil, gets a line on what does no harm to the results, from one goroutine
	// at a time: a damaged file, whose run was made again, or a folder that cannot be
	// written to.
	Note func(string)
}

// RunsDir returns the folder that keeps the runs of sweeps: runs in that of [dmem.CacheDir].
// In it, each version of the simulator has a folder, named by its fingerprint.
func RunsDir() (string, error) {
	dir, err := dmem.CacheDir()
	return filepath.Join(dir, "runs"), err
}

// Do makes all runs and returns their results in the order of Runs. With an error, those of
// the runs that failed or were stopped are nil. See [Sweep.Each].
func (s *Sweep) Do(ctx context.Context) ([]*dmem.Result, error) {
	results := make([]*dmem.Result, len(s.Runs))
	err := s.Each(ctx, func(i int, r *dmem.Result) error {
		results[i] = r
		return nil
	})
	return results, err
}

// Each makes all runs and calls f with the number and the result of each one that is
// finished, one at a time, first those that had been kept, in no certain order. It holds no
// result longer, for sweeps whose results do not fit into memory together.
//
// Faults that can be seen before, such as an invalid configuration or a missing trace, are
// returned before anything runs. A run that fails does not stop the others; the error
// joins all failures, each with the run's name. When ctx is cancelled, the runs in flight
// are given up and the error wraps ctx's. An error of f stops the sweep and is returned.
func (s *Sweep) Each(ctx context.Context, f func(i int, r *dmem.Result) error) error {
	w, err := s.start(f)
	if err != nil {
		return err
	}
	todo := w.each(ctx, w.all(), w.take)
	if err := w.prepare(ctx, todo); err != nil {
		return err
	}
	w.waiting = len(todo)
	left := w.each(ctx, todo, w.make)
	busy := slices.DeleteFunc(slices.Clone(left), func(i int) bool { return !w.busy[i] })
	failed := len(left) - len(busy) + len(w.each(ctx, busy, w.make))
	errs := w.errs
	if err := ctx.Err(); err != nil && failed > 0 {
		errs = append(errs, fmt.Errorf("experiment: stopped with %d of %d runs finished: %w", len(s.Runs)-failed, len(s.Runs), err))
	}
	return errors.Join(errs...)
}

// sweeping is a sweep under way.
type sweeping struct {
	*Sweep
	dir     string   // of this version of the simulator; "": nothing is kept
	paths   []string // by run: the file that keeps it; "": none does
	noted   []bool   // by run: its file is damaged
	busy    []bool   // by run: another was making it
	workers int

	mu       sync.Mutex
	deliver  func(i int, r *dmem.Result) error
	progress *sweepProgress
	waiting  int // runs that have not begun
	active   int // runs under way
	errs     []error
	ended    error // of deliver
}

// start checks the runs and finds out where they are kept.
func (s *Sweep) start(f func(int, *dmem.Result) error) (*sweeping, error) {
	w := &sweeping{
		Sweep: s, deliver: f, paths: make([]string, len(s.Runs)), noted: make([]bool, len(s.Runs)), busy: make([]bool, len(s.Runs)),
		workers: s.Workers, progress: newSweepProgress(s),
	}
	if w.workers < 1 {
		w.workers = runtime.GOMAXPROCS(0)
	}
	if !s.Fresh {
		if dir, err := s.folder(); err != nil {
			w.note("runs are not kept: %v", err)
		} else {
			w.dir = filepath.Join(dir, dmem.Fingerprint())
		}
	}
	var errs []error
	for i := range s.Runs {
		r := &s.Runs[i]
		if err := r.Config.Validate(); err != nil {
			errs = append(errs, s.failure(i, fmt.Errorf("invalid configuration:\n%w", err)))
			continue
		}
		path, err := w.path(&r.Config)
		if err != nil {
			errs = append(errs, s.failure(i, err))
		}
		w.paths[i] = path
	}
	return w, errors.Join(errs...)
}

func (s *Sweep) folder() (string, error) {
	if s.Dir != "" {
		return s.Dir, nil
	}
	return RunsDir()
}

// failure returns the error of a run with its name.
func (s *Sweep) failure(i int, err error) error {
	return fmt.Errorf("experiment: run %q (%d of %d): %w", s.Runs[i].Name, i+1, len(s.Runs), err)
}

// note passes a line on.
func (w *sweeping) note(format string, args ...any) {
	if w.Note != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.Note(fmt.Sprintf(format, args...))
	}
}

func (w *sweeping) all() []int {
	all := make([]int, len(w.Runs))
	for i := range all {
		all[i] = i
	}
	return all
}

// each calls do for the runs, some at a time, and returns those for which it returns false,
// in their order.
func (w *sweeping) each(ctx context.Context, runs []int, do func(context.Context, int) bool) (left []int) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make([]bool, len(runs))
	var g errgroup.Group
	g.SetLimit(w.workers)
	for k, i := range runs {
		g.Go(func() error {
			if done[k] = do(ctx, i); w.stopped() {
				stop()
			}
			return nil
		})
	}
	_ = g.Wait() // returns none
	for k, i := range runs {
		if !done[k] {
			left = append(left, i)
		}
	}
	return left
}

// stopped reports whether deliver has refused a result.
func (w *sweeping) stopped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended != nil
}

// take delivers a run from its file, if there is one.
func (w *sweeping) take(ctx context.Context, i int) bool {
	if w.paths[i] == "" || ctx.Err() != nil {
		return false
	}
	r, err := dmem.ReadResult(w.paths[i])
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) && !w.noted[i] {
			w.noted[i] = true
			w.note("run %q is made again: %v", w.Runs[i].Name, err)
		}
		return false
	}
	r.Config = w.Runs[i].Config // the same, but for paths of traces
	w.finished(i, r, true)
	return true
}

// make makes a run, keeps it and delivers it. A run that another is making, be it the same run
// in this sweep, it leaves at first; called again, it waits and takes that one's.
func (w *sweeping) make(ctx context.Context, i int) bool {
	release, ok := w.claim(ctx, i)
	if !ok {
		return false
	}
	defer release()
	processors := w.begin()
	defer w.end()
	if ctx.Err() != nil {
		return false
	}
	if path := w.paths[i]; path != "" {
		if _, err := os.Stat(path); err == nil && w.take(ctx, i) { // made meanwhile, by another sweep
			return true
		}
	}
	r, err := w.simulate(ctx, i, processors)
	if err != nil {
		if stopped := ctx.Err(); stopped == nil || !errors.Is(err, stopped) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.errs = append(w.errs, w.failure(i, err))
		}
		return false
	}
	w.keep(i, r)
	w.finished(i, r, false)
	return true
}

// claim keeps others from making a run; false if another is making it, for whom claim waits if
// it is called again. A folder that cannot be written to has no locks.
func (w *sweeping) claim(ctx context.Context, i int) (release func(), ok bool) {
	path := w.paths[i]
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return func() {}, true
	}
	path += lockExtension
	var unlock func()
	var err error
	if w.busy[i] {
		unlock, err = filelock.Lock(ctx, path)
	} else {
		unlock, ok, err = filelock.Try(path)
		w.busy[i] = !ok && err == nil
	}
	switch {
	case err != nil:
		return func() {}, true
	case unlock == nil:
		return nil, false
	}
	return func() {
		os.Remove(path)
		unlock()
	}, true
}

// prepare generates the misses of the programs that the runs replay, each once.
func (w *sweeping) prepare(ctx context.Context, runs []int) error {
	var c dmem.Config
	var programs []dmem.Workload
	for _, i := range runs {
		c = w.Runs[i].Config
		for _, l := range c.Workloads {
			if l.Program != nil {
				programs = append(programs, l)
			}
		}
	}
	if len(programs) == 0 {
		return nil
	}
	c.Workloads = programs // of the rest of it, nothing matters
	err := dmem.Prepare(ctx, c, func(done, total int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.progress.generating(done, total)
	})
	if err != nil {
		return fmt.Errorf("experiment: %w", err)
	}
	return nil
}

// begin counts a run as under way and returns how many processors are its share: more than
// one if there are fewer runs left than processors.
func (w *sweeping) begin() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting--
	w.active++
	return max(runtime.GOMAXPROCS(0)/min(w.workers, w.active+w.waiting), 1)
}

func (w *sweeping) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active--
}

// simulate makes a run on at most so many processors.
func (w *sweeping) simulate(ctx context.Context, i, processors int) (*dmem.Result, error) {
	rack, err := dmem.New(w.Runs[i].Config, dmem.Probe{OnProgress: func(p dmem.Progress) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.progress.update(i, p)
	}})
	if err != nil {
		return nil, err
	}
	defer rack.Close()
	rack.SetWorkers(min(processors, rack.Workers()))
	return rack.Run(ctx)
}

// keep writes a finished run to its file.
func (w *sweeping) keep(i int, r *dmem.Result) {
	path := w.paths[i]
	if path == "" {
		return
	}
	// A trace that has changed meanwhile may be half the old and half the new one.
	if now, err := w.path(&w.Runs[i].Config); err != nil || now != path {
		w.note("run %q is not kept: its traces have changed", w.Runs[i].Name)
		return
	}
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = r.WriteFile(path)
	}
	if err != nil {
		w.note("run %q is not kept: %v", w.Runs[i].Name, err)
	}
}

// finished delivers a result.
func (w *sweeping) finished(i int, r *dmem.Result, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress.finish(i, r, kept)
	if w.ended != nil {
		return
	}
	if w.ended = w.deliver(i, r); w.ended != nil {
		w.errs = append(w.errs, w.ended)
	}
}
