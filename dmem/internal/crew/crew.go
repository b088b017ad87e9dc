// Package crew shares short tasks among the cores of the host, many thousand times a second.
package crew

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A Crew does the tasks of one phase after the other. The goroutine that starts a phase is
// worker 0 and does tasks too, the other workers help. Every worker has tasks of its own,
// so that what they touch stays in its core's caches; when it has none left it takes those
// of others. A worker whose core is busy elsewhere therefore holds nobody up, but for the
// task it may have begun. When one has been, worker 0 does some phases alone.
type Crew struct {
	phases   []Phase
	portions []portion // by worker
	alone    int       // phases that worker 0 is yet to do alone
	patience int       // how many it did last, less one for each phase shared since
	finish   chan struct{}
	ended    sync.WaitGroup
	failed   atomic.Pointer[failure]
	_        [64]byte
	phase    atomic.Uint64 // number of the phase, from 1; closing ends the workers
	_        [64]byte
	done     atomic.Int64 // tasks of the phase that are done
	waiting  atomic.Bool  // worker 0 waits on finish
	_        [64]byte
}

// Phase is a kind of phase: how many tasks each worker has, and how one is done.
type Phase struct {
	Tasks []int // by worker, at most 65535
	Do    func(worker, owner, task int)
	total int
}

// portion is the part of a phase that one worker owns.
type portion struct {
	next   atomic.Uint64 // number of the phase, kind of the phase and next task, packed
	parked atomic.Bool
	wake   chan struct{}
	_      [96]byte // a pair of cache lines for each worker
}

// failure is a panic of a worker.
type failure struct {
	value any
	stack []byte
}

const (
	taskBits = 16
	kindBits = 8
	maxTasks = 1<<taskBits - 1
	closing  = ^uint64(0)

	// How often a worker looks for what it waits for before it parks: some 20 µs. To wake
	// one takes longer where an idle processor sleeps, and longest in a virtual machine.
	spins = 20_000

	// A phase that takes so much longer than twice worker 0's part of it was held up by a
	// worker that has lost its core. How many phases worker 0 does alone then: from time to
	// time twice as many.
	tooLong            = 200 * time.Microsecond
	minAlone, maxAlone = 64, 8192
)

// New starts the workers of a crew; all phases name as many. The caller closes it.
func New(workers int, phases ...Phase) *Crew {
	c := &Crew{phases: phases, portions: make([]portion, workers), finish: make(chan struct{}, 1)}
	for k := range c.phases {
		for _, n := range c.phases[k].Tasks {
			c.phases[k].total += n
		}
	}
	for w := range c.portions {
		c.portions[w].wake = make(chan struct{}, 1)
	}
	for w := 1; w < workers; w++ {
		c.ended.Go(func() { c.help(w) })
	}
	return c
}

// Close ends the workers.
func (c *Crew) Close() {
	c.phase.Store(closing)
	for w := range c.portions {
		select {
		case c.portions[w].wake <- struct{}{}:
		default:
		}
	}
	c.ended.Wait()
}

// Run does a phase; alone says that it is not worth sharing. It panics if a task did.
func (c *Crew) Run(kind int, alone bool) {
	p := &c.phases[kind]
	if c.alone > 0 {
		c.alone--
		alone = true
	}
	if alone || len(c.portions) == 1 {
		for owner, n := range p.Tasks {
			for i := range n {
				p.Do(0, owner, i)
			}
		}
		return
	}
	number := c.phase.Load() + 1
	c.done.Store(0)
	for w := range c.portions {
		c.portions[w].next.Store(number<<(taskBits+kindBits) | uint64(kind)<<taskBits)
	}
	c.phase.Store(number)
	for w := 1; w < len(c.portions); w++ {
		if s := &c.portions[w]; s.parked.Load() && s.parked.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
	from := time.Now()
	c.done.Add(c.work(0))
	worked := time.Since(from)
	c.await(int64(p.total))
	if time.Since(from) > 2*worked+tooLong {
		c.patience = min(max(2*c.patience, minAlone), maxAlone)
		c.alone = c.patience
	} else if c.patience > 0 {
		c.patience--
	}
	if f := c.failed.Load(); f != nil {
		panic(fmt.Sprintf("%v\n\nin a worker:\n%s", f.value, f.stack))
	}
}

// await returns when n tasks are done.
func (c *Crew) await(n int64) {
	for range spins {
		if c.done.Load() == n {
			return
		}
	}
	for c.done.Load() != n {
		c.waiting.Store(true)
		if c.done.Load() == n && c.waiting.CompareAndSwap(true, false) {
			return
		}
		<-c.finish // or the late word of a worker of the phase before
	}
}

// help is the life of a worker other than the first.
func (c *Crew) help(w int) {
	s := &c.portions[w]
	for seen := uint64(0); ; {
		number := c.phase.Load()
		for i := 0; i < spins && number == seen; i++ {
			number = c.phase.Load()
		}
		if number == seen {
			s.parked.Store(true)
			if c.phase.Load() == seen {
				<-s.wake
			} else if !s.parked.CompareAndSwap(true, false) {
				<-s.wake // it has been sent already
			}
			continue
		}
		if seen = number; number == closing {
			return
		}
		c.assist(w)
	}
}

// assist does tasks of the present phase and tells worker 0 if it waits for the last.
func (c *Crew) assist(w int) {
	n := c.work(w)
	if n == 0 {
		return
	}
	total := int64(c.phases[c.kind()].total)
	if c.done.Add(n) == total && c.waiting.CompareAndSwap(true, false) {
		c.finish <- struct{}{}
	}
}

// kind returns the kind of the present phase, which must have tasks that are not done.
func (c *Crew) kind() int { return int(c.portions[0].next.Load() >> taskBits & (1<<kindBits - 1)) }

// work does tasks until none is left, the worker's own first, and returns how many.
func (c *Crew) work(w int) (n int64) {
	for k := range c.portions {
		owner := w + k
		if owner >= len(c.portions) {
			owner -= len(c.portions)
		}
		s := &c.portions[owner]
		for {
			next := s.next.Load()
			task := int(next & maxTasks)
			p := &c.phases[next>>taskBits&(1<<kindBits-1)]
			if task >= p.Tasks[owner] {
				break
			}
			if s.next.CompareAndSwap(next, next+1) {
				c.try(p, w, owner, task)
				n++
			}
		}
	}
	return n
}

// try does a task; a panic of it is kept for worker 0.
func (c *Crew) try(p *Phase, w, owner, task int) {
	defer func() {
		if v := recover(); v != nil {
			c.failed.CompareAndSwap(nil, &failure{v, debug.Stack()})
		}
	}()
	p.Do(w, owner, task)
}
