package workload

import (
	"fmt"
	"io"
	"iter"
	"math"
	"runtime"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Program is a multi-threaded program that can be run for its references. The kernels and
// the synthetic patterns of this package are programs; so is any type of one's own.
type Program interface {
	// Name is short and in lower case: "lbm".
	Name() string

	// Validate returns all faults, each a [*units.FieldError], joined; nil if there are none.
	Validate() error

	// NumThreads is how many threads run, 1 to [MaxThreads].
	NumThreads() int

	// Allocated is the size of all that the program allocates, touched or not.
	Allocated() units.Bytes

	// Start sets up what the threads share in one run and returns what each of them
	// executes. It is called on valid programs only.
	Start() func(*Thread)
}

// MaxThreads is how many threads a program can have.
const MaxThreads = 1024

// Quantum is how many references a thread makes before it is the next one's turn. A
// barrier ends a turn earlier.
const Quantum = 512

// Thread is a thread of a running program: it makes references. Its methods are for the
// function that [Program.Start] returned, on the thread it was given.
type Thread struct {
	out   []trace.Reference // what is left of this turn, in the reader's buffer
	n     int               // used of it
	id    mem.ThreadID
	work  uint32 // instructions before the next reference
	extra uint64 // instructions that made no reference
	of    int

	yield   func(struct{}) bool
	resume  func() (struct{}, bool)
	stop    func()
	waiting bool // at a barrier
	passed  bool // gave up the rest of its turn
	ended   bool

	references, barriers uint64
}

// ID returns the thread's number, from 0.
func (t *Thread) ID() int { return int(t.id) }

// Share cuts 0 to n-1 into as many adjacent parts of about equal length as there are
// threads and returns this thread's, lo to hi-1.
func (t *Thread) Share(n int) (lo, hi int) { return share(n, int(t.id), t.of) }

func share(n, part, parts int) (lo, hi int) {
	return int(int64(n) * int64(part) / int64(parts)), int(int64(n) * int64(part+1) / int64(parts))
}

// Load reads 8 bytes.
func (t *Thread) Load(a mem.VAddr) { t.Touch(a, 8, trace.Load) }

// Store writes 8 bytes.
func (t *Thread) Store(a mem.VAddr) { t.Touch(a, 8, trace.Store) }

// Touch makes one reference, by an instruction of its own.
func (t *Thread) Touch(a mem.VAddr, size uint8, kind trace.RefKind) {
	if t.n == len(t.out) {
		t.pause()
	}
	r := &t.out[t.n] // field by field: a value put together on the stack would be copied with a stall
	r.Addr, r.Instructions, r.Thread, r.Process, r.Size, r.Kind = a, t.work+1, t.id, 0, size, kind
	t.n++
	t.work = 0
}

// Work executes n instructions that make no reference. Between two references, no more
// than 2^32 - 2 count for the next of them.
func (t *Thread) Work(n uint32) {
	t.work += min(n, math.MaxUint32-1-t.work)
	t.extra += uint64(n)
}

// Barrier waits until all threads that have not ended wait.
func (t *Thread) Barrier() {
	t.waiting = true
	t.barriers++
	t.pause()
}

// Pass gives up the rest of the turn, as one does in a loop that waits for another thread.
func (t *Thread) Pass() {
	t.passed = true
	t.pause()
}

// stopped unwinds a thread whose source was closed.
type stopped struct{}

// pause returns to the source until it is this thread's turn again, with room for at least
// one reference.
func (t *Thread) pause() {
	if !t.yield(struct{}{}) {
		panic(stopped{})
	}
}

// start makes the thread ready to run body as a coroutine.
func (t *Thread) start(body func(*Thread)) {
	t.resume, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		defer func() {
			if r := recover(); r != nil && r != (stopped{}) {
				panic(r)
			}
		}()
		body(t)
	})
}

// Source is a running program: a [trace.RefSource]. The threads take turns of [Quantum]
// references in the order of their numbers, so that a program always yields the same
// references, whatever the sizes of the buffers.
//
// Close it when it is not read to its end; one that is forgotten is closed when the garbage
// collector finds it. It is not safe for concurrent use.
type Source struct {
	*stepper
}

// stepper is what the coroutines refer to, so that they do not keep their Source alive.
type stepper struct {
	threads []Thread
	turn    int // whose turn it is
	left    int // references of this turn
	closed  bool
}

// New starts a program. It returns the error of [Program.Validate].
func New(p Program) (*Source, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("workload: %s: %w", p.Name(), err)
	}
	n := p.NumThreads()
	if n < 1 || n > MaxThreads {
		return nil, fmt.Errorf("workload: %s: %d threads: want 1 to %d", p.Name(), n, MaxThreads)
	}
	s := &stepper{threads: make([]Thread, n), left: Quantum}
	body := p.Start()
	for i := range s.threads {
		t := &s.threads[i]
		t.id, t.of = mem.ThreadID(i), n
		t.start(body)
	}
	src := &Source{s}
	runtime.AddCleanup(src, (*stepper).close, s)
	return src, nil
}

// Next implements [trace.RefSource].
func (s *Source) Next(buf []trace.Reference) (int, error) {
	defer runtime.KeepAlive(s)
	if s.closed {
		return 0, io.EOF
	}
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	n := 0
	for n < len(buf) {
		t := s.runnable()
		if t == nil {
			break
		}
		n += s.step(t, buf[n:])
	}
	if n == 0 {
		s.close()
		return 0, io.EOF
	}
	return n, nil
}

// step lets a thread run until its turn or the buffer ends.
func (s *stepper) step(t *Thread, buf []trace.Reference) int {
	t.out, t.n = buf[:min(len(buf), s.left)], 0
	if _, running := t.resume(); !running {
		t.ended = true
	}
	n := t.n
	t.out, t.n = nil, 0
	t.references += uint64(n)
	s.left -= n
	if s.left == 0 || t.waiting || t.passed || t.ended {
		t.passed = false
		s.turn++
		s.left = Quantum
	}
	return n
}

// runnable returns the thread whose turn it is and can run; nil if all have ended.
func (s *stepper) runnable() *Thread {
	for {
		for range s.threads {
			if s.turn >= len(s.threads) {
				s.turn = 0
			}
			if t := &s.threads[s.turn]; !t.waiting && !t.ended {
				return t
			}
			s.turn++
			s.left = Quantum
		}
		waiting := false
		for i := range s.threads {
			waiting = waiting || s.threads[i].waiting
			s.threads[i].waiting = false
		}
		if !waiting {
			return nil
		}
		s.turn = 0
	}
}

// Close ends the program. The source is at its end then.
func (s *Source) Close() error {
	s.close()
	return nil
}

func (s *stepper) close() {
	if s.closed {
		return
	}
	s.closed = true
	for i := range s.threads {
		s.threads[i].stop()
	}
}

// Progress is what a thread has done so far.
type Progress struct {
	References   uint64
	Instructions uint64 // as far as the program says; those of the references included
	Barriers     uint64 // reached
}

// Progress returns what each thread has done, by number.
func (s *Source) Progress() []Progress {
	all := make([]Progress, len(s.threads))
	for i := range s.threads {
		t := &s.threads[i]
		all[i] = Progress{References: t.references, Instructions: t.references + t.extra, Barriers: t.barriers}
	}
	return all
}
