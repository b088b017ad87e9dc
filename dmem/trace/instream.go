package trace

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// inStream is what is left of a stream.
type inStream struct {
	next, end     int    // records read ahead and not yet delivered, in the decoder's room; none behind the last one
	room, roomEnd int    // its part of that room
	fault         *Error // of the record behind those

	// Where the fields of the next record to be read are in raw, and where those of the last
	// one end.
	kind, step, line, victim, low       int
	stepEnd, lineEnd, victimEnd, lowEnd int
	left                                int              // to be read
	cycle                               units.Cycles     // of the last one read
	last                                [numKinds]uint64 // line of each kind; from version 3 on a write-back counts from the last fill
	process                             mem.ProcessID
	thread                              mem.ThreadID
}

// ahead is how many records of a stream are read at once.
const ahead = 16

// read reads on, when all that was read has been delivered. An error behind what it could
// read is left to its next call.
func (s *inStream) read(raw []byte, old bool, room []Miss) *Error {
	if s.fault != nil {
		return s.fault
	}
	buf := room[s.room:min(s.roomEnd, s.room+s.left)]
	n := 0
	for n < len(buf) && s.fault == nil {
		if !old {
			n += s.plain(raw, buf[n:])
		}
		if n < len(buf) {
			if s.fault = s.record(raw, old, &buf[n]); s.fault == nil {
				n++
			}
		}
	}
	if s.fault == nil && s.left == 0 && (s.step != s.stepEnd || s.line != s.lineEnd || s.victim != s.victimEnd || s.low != s.lowEnd) {
		s.fault = damage("block", "has bytes behind a stream's last record", "none")
	}
	s.next, s.end = s.room, s.room+n
	if n == 0 {
		return s.fault
	}
	return nil
}

// record reads a record, whatever it is.
func (s *inStream) record(raw []byte, old bool, m *Miss) *Error {
	flags, apart := byte(lowFlag|tiedFlag), WriteBack // the kind whose lines are in a column of their own
	if old {
		flags, apart = lowFlag, numKinds
	}
	head := raw[s.kind]
	kind := Kind(head & kindMask)
	if kind >= numKinds || head > kindMask|flags {
		return damage("kind", head, "0 to 2, with a low 4 to 6, without a step (from version 3 on) 8 more")
	}
	if head&tiedFlag == 0 {
		var step uint64
		step, s.step = uvarint(raw, s.step)
		if s.step > s.stepEnd {
			return tooShort()
		}
		if step > uint64(MaxStamp-s.cycle) {
			return damage("cycle", fmt.Sprintf("%d + %d", s.cycle, step), fmt.Sprintf("at most %d", MaxStamp))
		}
		s.cycle += units.Cycles(step)
	}
	var line uint64
	if kind == apart {
		line, s.victim = uvarint(raw, s.victim)
		line = s.last[kind] + uint64(unzigzag(line))
	} else {
		line, s.line = uvarint(raw, s.line)
		line = s.last[kind] + uint64(unzigzag(line))
		if s.last[kind] = line; apart == WriteBack {
			s.last[WriteBack] = line
		}
	}
	low := byte(0)
	if head&lowFlag != 0 {
		low = raw[s.low]
		s.low++
	}
	switch {
	case s.line > s.lineEnd || s.victim > s.victimEnd || s.low > s.lowEnd:
		return tooShort()
	case line>>(64-lineBits) != 0 || low > lowMask:
		return damage("address", fmt.Sprintf("line %d, byte %d", line, low), "64 bits")
	}
	m.Cycle, m.Addr, m.Kind = s.cycle, mem.VAddr(line<<lineBits|uint64(low)), kind
	s.kind++
	s.left--
	return nil
}

// plain reads records as long as they are like nearly all of version 3: with an address that
// is a line's, and a step in two bytes at most. It returns how many; record reads what is
// not, and what is wrong.
func (s *inStream) plain(raw []byte, buf []Miss) int {
	if s.cycle > MaxStamp-units.Cycles(len(buf))<<14 {
		return 0
	}
	step, line, victim, cycle := s.step, s.line, s.victim, s.cycle
	heads := raw[s.kind:][:len(buf)]
	n := 0
	for ; n < len(buf); n++ {
		m := &buf[n] // field by field: a value put together on the stack would be copied with a stall
		head := heads[n]
		at, more := step, uint64(0)
		if head < tiedFlag {
			more = uint64(raw[at])
			if at++; more >= 0x80 {
				high := uint64(raw[at])
				if at++; high >= 0x80 {
					break
				}
				more = more&0x7f | high<<7
			}
			if at > s.stepEnd {
				break
			}
		}
		kind := head &^ tiedFlag
		if kind < byte(WriteBack) {
			number := uint64(raw[line])
			next := line + 1
			if number >= 0x80 {
				number, next = longUvarint(raw, line)
			}
			number = s.last[kind] + uint64(unzigzag(number))
			if next > s.lineEnd || number>>(64-lineBits) != 0 {
				break
			}
			line, s.last[kind], s.last[WriteBack] = next, number, number
			m.Addr = mem.VAddr(number << lineBits)
		} else if kind == byte(WriteBack) {
			number := uint64(raw[victim])
			next := victim + 1
			if number >= 0x80 {
				number, next = longUvarint(raw, victim)
			}
			number = s.last[WriteBack] + uint64(unzigzag(number))
			if next > s.victimEnd || number>>(64-lineBits) != 0 {
				break
			}
			victim = next
			m.Addr = mem.VAddr(number << lineBits)
		} else {
			break
		}
		step = at
		cycle += units.Cycles(more)
		m.Cycle, m.Kind = cycle, Kind(kind)
	}
	s.kind, s.left = s.kind+n, s.left-n
	s.step, s.line, s.victim, s.cycle = step, line, victim, cycle
	return n
}

func tooShort() *Error { return damage("block", "too short", "all its records") }
