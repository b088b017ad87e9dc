package frontend

import (
	"slices"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// queue holds the misses of one core that are held back, in the order of their stamps.
type queue struct {
	misses  []trace.Miss
	head    int
	stamped int // those from here on wait for their stamp
}

// fresh reports whether misses wait for their stamp.
func (q *queue) fresh() bool { return q.stamped < len(q.misses) }

// push returns a new miss at the end, to be filled in where it is: all of it but the stamp,
// for it may hold an old one.
func (q *queue) push() *trace.Miss {
	n := len(q.misses)
	if n == cap(q.misses) {
		q.grow()
	}
	q.misses = q.misses[:n+1]
	return &q.misses[n]
}

func (q *queue) grow() { q.misses = slices.Grow(q.misses, 1) }

// next returns the stamp of a queue's first miss, NeverCycles if there is none.
func (q *queue) next() units.Cycles {
	if q.head == len(q.misses) {
		return units.NeverCycles
	}
	return q.misses[q.head].Cycle
}

// trim gives back the places of misses that have left, if they are at least half.
func (q *queue) trim() {
	if q.head > 0 && q.head >= len(q.misses)/2 {
		n := copy(q.misses, q.misses[q.head:])
		q.misses, q.stamped, q.head = q.misses[:n], q.stamped-q.head, 0
	}
}

// merger sorts the cores' misses: by stamp, then by core, then as they were made. It is a
// tournament of the cores.
type merger struct {
	queues   []queue
	matches  []entrant // the winner of match i, between the winners of 2i and 2i+1; the last half are the cores
	held     int
	released units.Cycles // latest stamp delivered
}

// entrant is a core in the tournament.
type entrant struct {
	stamp units.Cycles // of its first miss; NeverCycles if it has none
	core  int
}

func newMerger(cores int) merger {
	places := 1
	for places < cores {
		places *= 2
	}
	m := merger{queues: make([]queue, cores), matches: make([]entrant, 2*places)}
	for i := range m.matches {
		m.matches[i] = entrant{units.NeverCycles, i % places}
	}
	return m
}

// settle stamps a core's fresh misses and lets them take part in the merge.
func (m *merger) settle(core int, stamp units.Cycles) {
	q := &m.queues[core]
	fresh := q.misses[q.stamped:]
	for i := range fresh {
		fresh[i].Cycle = stamp
	}
	m.held += len(fresh)
	if q.head == q.stamped {
		m.play(core, stamp)
	}
	q.stamped = len(q.misses)
}

// play gives a core another stamp.
func (m *merger) play(core int, stamp units.Cycles) {
	i, winner := len(m.matches)/2+core, entrant{stamp, core}
	m.matches[i] = winner
	for ; i > 1; i /= 2 {
		if other := m.matches[i^1]; other.stamp < winner.stamp || other.stamp == winner.stamp && other.core < winner.core {
			winner = other
		}
		m.matches[i/2] = winner
	}
}

// release moves the earliest misses to buf, as long as they are stamped before limit or
// more than most are held back, and returns how many it moved.
func (m *merger) release(buf []trace.Miss, limit units.Cycles, most int) (n int) {
	for n < len(buf) && m.held > 0 {
		first := m.matches[1]
		if first.stamp >= limit && m.held <= most {
			break
		}
		q := &m.queues[first.core]
		buf[n] = q.misses[q.head]
		n++
		m.held--
		m.released = first.stamp
		q.head++
		if next := q.next(); next != first.stamp {
			m.play(first.core, next)
		}
	}
	for i := range m.queues {
		m.queues[i].trim()
	}
	return n
}
