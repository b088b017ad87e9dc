package frontend

import (
	"slices"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// queue holds the misses of one core that are held back, in the order of their stamps.
type queue struct {
	misses []trace.Miss
	head   int
}

// push returns a new miss at the end, to be filled in where it is: all of it but the stamp,
// for it may hold an old one.
func (q *queue) push() *trace.Miss {
	if len(q.misses) == cap(q.misses) && q.head >= len(q.misses)/2 { // there is room in front
		n := copy(q.misses, q.misses[q.head:])
		q.misses, q.head = q.misses[:n], 0
	}
	n := len(q.misses)
	if n == cap(q.misses) {
		q.misses = slices.Grow(q.misses, 1)
	}
	q.misses = q.misses[:n+1]
	return &q.misses[n]
}

// merger sorts the cores' misses: by stamp, then by core, then as they were made. It is a
// tournament of the cores.
type merger struct {
	queues   []queue
	stamps   []units.Cycles // of the first miss of each core; NeverCycles if it has none
	winners  []int          // of the match i, whose players are the winners of 2i and 2i+1: a core; those of the last half play themselves
	held     int
	released units.Cycles // latest stamp delivered
}

func newMerger(cores int) merger {
	places := 1
	for places < cores {
		places *= 2
	}
	m := merger{queues: make([]queue, cores), stamps: make([]units.Cycles, places), winners: make([]int, 2*places)}
	for i := range m.stamps {
		m.stamps[i] = units.NeverCycles
	}
	for i := places; i < 2*places; i++ {
		m.winners[i] = i - places
	}
	for i := places - 1; i > 0; i-- {
		m.winners[i] = m.winners[2*i]
	}
	return m
}

// mark returns how many misses of a core are held back.
func (m *merger) mark(core int) int {
	q := &m.queues[core]
	return len(q.misses) - q.head
}

// settle stamps the misses that were pushed to a core's queue since it held mark, and lets
// them take part in the merge.
func (m *merger) settle(core, mark int, stamp units.Cycles) {
	q := &m.queues[core]
	fresh := q.misses[q.head+mark:]
	for i := range fresh {
		fresh[i].Cycle = stamp
	}
	m.held += len(fresh)
	if mark == 0 && len(fresh) > 0 {
		m.play(core, stamp)
	}
}

// play gives a core another stamp.
func (m *merger) play(core int, stamp units.Cycles) {
	m.stamps[core] = stamp
	for i := (len(m.stamps) + core) / 2; i > 0; i /= 2 {
		winner, other := m.winners[2*i], m.winners[2*i+1] // of equal stamps the lower core's is first
		if m.stamps[other] < m.stamps[winner] {
			winner = other
		}
		m.winners[i] = winner
	}
}

// release moves the earliest misses to buf, as long as they are stamped before limit or
// more than most are held back, and returns how many it moved.
func (m *merger) release(buf []trace.Miss, limit units.Cycles, most int) (n int) {
	for n < len(buf) {
		core := m.winners[1]
		stamp := m.stamps[core]
		if stamp >= limit && m.held <= most || m.held == 0 {
			break
		}
		q := &m.queues[core]
		buf[n] = q.misses[q.head]
		n++
		m.held--
		m.released = stamp
		if q.head++; q.head == len(q.misses) {
			q.misses, q.head = q.misses[:0], 0
			m.play(core, units.NeverCycles)
		} else if next := q.misses[q.head].Cycle; next != stamp {
			m.play(core, next)
		}
	}
	return n
}
