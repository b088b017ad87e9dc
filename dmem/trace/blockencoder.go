package trace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// blockEncoder lays the records of a block out as they come: stream by stream, and each
// field by itself, as zstd finds far more in what one thread does than in how threads mix.
type blockEncoder struct {
	records int
	first   uint64       // stamp of the first record
	last    units.Cycles // stamp of the last record, also of the block before

	streams []outStream
	numbers map[uint32]int // of streams, by process<<16 | thread
	recent  [64]recentSlot // the same, by the key's low bits: nearly always enough
	tied    uint64         // slots that have a record of the last stamp
	slots   []uint16       // of the records: which stream they are of

	ranked []int // slots in the order of the table
	raw    []byte
}

// outStream is a stream of the block being collected.
type outStream struct {
	process mem.ProcessID
	thread  mem.ThreadID
	before  uint64           // slots of which a record precedes one of this stream with the same stamp
	stamp   uint64           // of the last record, at first of the block's first
	line    [numKinds]uint64 // of the last record of the kind; a write-back counts from the last fill

	columns [numColumns][]byte
}

// The columns of a stream, as they follow in a block.
const (
	kindColumn = iota
	stepColumn
	lineColumn
	victimColumn
	lowColumn
	numColumns
)

type recentSlot struct {
	key  uint32
	slot int // plus one; 0 is none
}

// append takes misses, at most so many that the block does not exceed blockRecords; it
// returns how many, and why not all.
func (e *blockEncoder) append(ms []Miss) (int, *Error) {
	if e.records == 0 && len(ms) > 0 {
		e.first = uint64(ms[0].Cycle)
	}
	for i := range ms {
		m := &ms[i]
		if err := refuse(m, e.last); err != nil {
			return i, err
		}
		if m.Cycle > e.last {
			e.last, e.tied = m.Cycle, 0
		}
		slot := e.slot(m)
		s := &e.streams[slot]
		bit := uint64(1) << slot // 0 from the 65th on, whose blocks write the order down
		s.before |= e.tied &^ bit
		e.tied |= bit
		e.slots = append(e.slots, uint16(slot))
		e.records++
		s.append(m)
	}
	return len(ms), nil
}

// append lays a record out.
func (s *outStream) append(m *Miss) {
	kind := byte(m.Kind)
	if low := byte(m.Addr & lowMask); low != 0 {
		kind |= lowFlag
		s.columns[lowColumn] = append(s.columns[lowColumn], low)
	}
	if stamp := uint64(m.Cycle); stamp == s.stamp {
		kind |= tiedFlag
	} else {
		s.columns[stepColumn] = binary.AppendUvarint(s.columns[stepColumn], stamp-s.stamp)
		s.stamp = stamp
	}
	s.columns[kindColumn] = append(s.columns[kindColumn], kind)
	line := uint64(m.Addr) >> lineBits
	number := zigzag(int64(line - s.line[m.Kind]))
	if m.Kind == WriteBack {
		s.columns[victimColumn] = binary.AppendUvarint(s.columns[victimColumn], number)
	} else {
		s.columns[lineColumn] = binary.AppendUvarint(s.columns[lineColumn], number)
		s.line[m.Kind], s.line[WriteBack] = line, line
	}
}

// refuse returns why a miss cannot be stored behind one with the stamp last, or nil.
func refuse(m *Miss, last units.Cycles) *Error {
	if m.Cycle >= last && m.Cycle <= MaxStamp && m.Kind < numKinds {
		return nil
	}
	return refusal(m, last)
}

func refusal(m *Miss, last units.Cycles) *Error {
	cycle := strconv.FormatInt(int64(m.Cycle), 10)
	switch {
	case m.Cycle < 0 || m.Cycle > MaxStamp:
		return &Error{Field: "cycle", Got: cycle, Want: fmt.Sprintf("0 to %d", MaxStamp), Err: ErrInvalid}
	case m.Kind >= numKinds:
		return &Error{Field: "kind", Got: m.Kind.String(), Want: "load-fill, store-fill or write-back", Err: ErrInvalid}
	}
	return unsorted(m.Cycle, last)
}

// slot returns the number of the miss's stream in this block.
func (e *blockEncoder) slot(m *Miss) int {
	key := uint32(m.Process)<<16 | uint32(m.Thread)
	recent := &e.recent[(key^key>>16)%uint32(len(e.recent))]
	if recent.key == key && recent.slot > 0 {
		return recent.slot - 1
	}
	slot, known := e.numbers[key]
	if !known {
		slot = e.open(m)
		if e.numbers == nil {
			e.numbers = make(map[uint32]int)
		}
		e.numbers[key] = slot
	}
	*recent = recentSlot{key, slot + 1}
	return slot
}

// open begins the stream of a miss, in the columns of a stream of an earlier block.
func (e *blockEncoder) open(m *Miss) int {
	slot := len(e.streams)
	if slot < cap(e.streams) {
		e.streams = e.streams[:slot+1]
	} else {
		e.streams = append(e.streams, outStream{})
	}
	s := &e.streams[slot]
	columns := s.columns
	for i := range columns {
		columns[i] = columns[i][:0]
	}
	*s = outStream{process: m.Process, thread: m.Thread, stamp: e.first, columns: columns}
	return slot
}

// encode returns the block's records, valid until the next call, and begins another block:
// blocks know nothing of each other.
func (e *blockEncoder) encode() []byte {
	head := uint64(len(e.streams)) << 1
	implied := e.rank()
	if !implied {
		head |= 1
	}
	raw := binary.AppendUvarint(e.raw[:0], e.first)
	raw = binary.AppendUvarint(raw, head)
	for _, slot := range e.ranked {
		s := &e.streams[slot]
		for _, n := range [...]int{int(s.process), int(s.thread), len(s.columns[kindColumn]), len(s.columns[stepColumn]), len(s.columns[lineColumn]), len(s.columns[victimColumn]), len(s.columns[lowColumn])} {
			raw = binary.AppendUvarint(raw, uint64(n))
		}
	}
	if !implied {
		for _, slot := range e.slots { // ranked is 0, 1, 2, ...
			raw = binary.AppendUvarint(raw, uint64(slot))
		}
	}
	for column := range numColumns {
		for _, slot := range e.ranked {
			raw = append(raw, e.streams[slot].columns[column]...)
		}
	}
	e.raw = raw
	e.reset()
	return raw
}

// reset begins another block. It keeps the columns of so many streams as an ordinary block
// has.
func (e *blockEncoder) reset() {
	if cap(e.streams) > maxMerged {
		e.streams = slices.Clone(e.streams[:min(len(e.streams), maxMerged)])
	}
	e.records, e.slots, e.streams, e.tied = 0, e.slots[:0], e.streams[:0], 0
	e.recent = [64]recentSlot{}
	clear(e.numbers)
}

// rank puts the streams into the order of the table and reports whether that, with the
// stamps, tells the order of the records: of those with equal stamps, a stream's come
// together, before those of all streams that follow in the table. If no order of the streams
// does that, they stay as they are.
func (e *blockEncoder) rank() bool {
	e.ranked = e.ranked[:0]
	if len(e.streams) <= maxMerged {
		for open := ^uint64(0) >> (64 - len(e.streams)); open != 0; {
			best := -1
			for slot := range e.streams {
				s := &e.streams[slot]
				if open>>slot&1 != 0 && s.before&open == 0 && (best < 0 || s.key() < e.streams[best].key()) {
					best = slot
				}
			}
			if best < 0 {
				break
			}
			e.ranked = append(e.ranked, best)
			open &^= 1 << best
		}
		if len(e.ranked) == len(e.streams) {
			return true
		}
		e.ranked = e.ranked[:0]
	}
	for slot := range e.streams {
		e.ranked = append(e.ranked, slot)
	}
	return false
}

func (s *outStream) key() uint32 { return uint32(s.process)<<16 | uint32(s.thread) }
