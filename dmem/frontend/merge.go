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
// heap of the cores that have any.
type merger struct {
	queues   []queue
	heads    []head // a binary heap
	held     int
	released units.Cycles // latest stamp delivered
}

// head is a core's first miss held back.
type head struct {
	stamp units.Cycles
	core  int
}

func (a head) before(b head) bool { return a.stamp < b.stamp || a.stamp == b.stamp && a.core < b.core }

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
		m.heads = append(m.heads, head{stamp, core})
		m.up(len(m.heads) - 1)
	}
}

// release moves the earliest misses to buf, as long as they are stamped before limit or
// more than most are held back, and returns how many it moved.
func (m *merger) release(buf []trace.Miss, limit units.Cycles, most int) (n int) {
	for n < len(buf) && len(m.heads) > 0 && (m.heads[0].stamp < limit || m.held > most) {
		h := &m.heads[0]
		q := &m.queues[h.core]
		buf[n] = q.misses[q.head]
		n++
		m.held--
		m.released = h.stamp
		if q.head++; q.head < len(q.misses) {
			h.stamp = q.misses[q.head].Cycle
		} else {
			q.misses, q.head = q.misses[:0], 0
			last := len(m.heads) - 1
			m.heads[0] = m.heads[last]
			m.heads = m.heads[:last]
		}
		m.down()
	}
	return n
}

func (m *merger) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !m.heads[i].before(m.heads[parent]) {
			return
		}
		m.heads[i], m.heads[parent] = m.heads[parent], m.heads[i]
		i = parent
	}
}

func (m *merger) down() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heads); child++ {
			if m.heads[child].before(m.heads[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heads[i], m.heads[least] = m.heads[least], m.heads[i]
		i = least
	}
}
