package dmem

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A crew does the tasks of one phase after the other. The goroutine that starts a phase is
// worker 0 and does tasks too, the other workers help. Every worker has tasks of its own,
// so that what they touch stays in its core's caches; when it has none left it takes those
// of others. A worker whose core is busy elsewhere therefore holds nobody up, but for the
// task it may have begun.
type crew struct {
	phases   []phase
	portions []portion // by worker
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

// phase is a kind of phase: how many tasks each worker has, and how one is done.
type phase struct {
	tasks []int // by worker, at most maxTasks
	do    func(worker, owner, task int)
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

	// How often a worker looks for what it waits for before it parks: some 2 µs.
	spins = 2000
)

// newCrew starts the workers of a crew; all phases name as many. The caller closes it.
func newCrew(workers int, phases ...phase) *crew {
	c := &crew{phases: phases, portions: make([]portion, workers), finish: make(chan struct{}, 1)}
	for k := range c.phases {
		for _, n := range c.phases[k].tasks {
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

// close ends the workers.
func (c *crew) close() {
	c.phase.Store(closing)
	for w := range c.portions {
		select {
		case c.portions[w].wake <- struct{}{}:
		default:
		}
	}
	c.ended.Wait()
}

// run does a phase; alone says that it is not worth sharing. It panics if a task did.
func (c *crew) run(kind int, alone bool) {
	p := &c.phases[kind]
	if alone || len(c.portions) == 1 {
		for owner, n := range p.tasks {
			for i := range n {
				p.do(0, owner, i)
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
	c.done.Add(c.work(0))
	c.await(int64(p.total))
	if f := c.failed.Load(); f != nil {
		panic(fmt.Sprintf("%v\n\nin a worker:\n%s", f.value, f.stack))
	}
}

// await returns when n tasks are done.
func (c *crew) await(n int64) {
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
func (c *crew) help(w int) {
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
func (c *crew) assist(w int) {
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
func (c *crew) kind() int { return int(c.portions[0].next.Load() >> taskBits & (1<<kindBits - 1)) }

// work does tasks until none is left, the worker's own first, and returns how many.
func (c *crew) work(w int) (n int64) {
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
			if task >= p.tasks[owner] {
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
func (c *crew) try(p *phase, w, owner, task int) {
	defer func() {
		if v := recover(); v != nil {
			c.failed.CompareAndSwap(nil, &failure{v, debug.Stack()})
		}
	}()
	p.do(w, owner, task)
}
