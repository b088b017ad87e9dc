package fabric

import "github.com/dmemsys/dmemsys/dmem/units"

// Packet is a packet in a queue. Flight identifies the access to the node that issued it.
type Packet struct {
	Start  units.Time // when its transmission to the switch began
	Entry  units.Time // when its last bit entered the switch
	Ready  units.Time // when it may leave the queue it is in
	Note   uint64     // what the sender has to say; the fabric does not look at it
	Flight uint32
	Size   uint32 // bytes
}

// queue is a growing ring of packets, in order of their ready times.
type queue struct {
	ring    []Packet // a power of two long
	head, n int
}

func (q *queue) push(p Packet) {
	if q.n == len(q.ring) {
		grown := make([]Packet, max(2, 2*len(q.ring)))
		for i := range q.n {
			grown[i] = *q.at(i)
		}
		q.ring, q.head = grown, 0
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = p
	q.n++
}

// at returns the i-th oldest packet.
func (q *queue) at(i int) *Packet { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

func (q *queue) pop() Packet {
	p := q.ring[q.head]
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	if q.n == 0 {
		q.head = 0 // stay in the warm part of the ring
	}
	return p
}
