package trace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// blockEncoder collects the records of a block and lays them out: stream by stream, and each
// field by itself, as zstd finds far more in what one thread does than in how threads mix.
type blockEncoder struct {
	misses []Miss
	slots  []uint16     // of the misses: which stream they are of
	last   units.Cycles // stamp of the last record, also of the block before

	streams []outStream
	numbers map[uint32]int // of streams, by process<<16 | thread
	recent  [64]recentSlot // the same, by the key's low bits: nearly always enough
	tied    uint64         // slots that have a record of the last stamp

	ranked                                    []int    // slots in the order of the table
	index                                     []uint16 // of records, stream by stream
	raw                                       []byte
	order, kinds, steps, lines, victims, lows []byte
}

// outStream is a stream of the block being collected.
type outStream struct {
	process mem.ProcessID
	thread  mem.ThreadID
	records int
	before  uint64 // slots of which a record precedes one of this stream with the same stamp
	at      int    // in index
}

type recentSlot struct {
	key  uint32
	slot int // plus one; 0 is none
}

// append takes misses, at most so many that the block does not exceed blockRecords; it
// returns how many, and why not all.
func (e *blockEncoder) append(ms []Miss) (int, *Error) {
	if e.numbers == nil {
		e.numbers = make(map[uint32]int)
	}
	last, tied := e.last, e.tied
	for i := range ms {
		m := &ms[i]
		if err := refuse(m, last); err != nil {
			ms = ms[:i]
			e.misses, e.last, e.tied = append(e.misses, ms...), last, tied
			return i, err
		}
		if m.Cycle > last {
			last, tied = m.Cycle, 0
		}
		slot := e.slot(m)
		s := &e.streams[slot]
		bit := uint64(1) << slot // 0 from the 65th on, whose blocks write the order down
		s.before |= tied &^ bit
		tied |= bit
		s.records++
		e.slots = append(e.slots, uint16(slot))
	}
	e.misses, e.last, e.tied = append(e.misses, ms...), last, tied
	return len(ms), nil
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
		slot = len(e.streams)
		e.numbers[key] = slot
		e.streams = append(e.streams, outStream{process: m.Process, thread: m.Thread})
	}
	*recent = recentSlot{key, slot + 1}
	return slot
}

// encode returns the block's records, valid until the next call, and begins another block:
// blocks know nothing of each other.
func (e *blockEncoder) encode() []byte {
	implied := e.rank()
	base := uint64(e.misses[0].Cycle)
	e.raw = binary.AppendUvarint(e.raw[:0], base)
	e.order, e.kinds, e.steps, e.lines, e.victims, e.lows = e.order[:0], e.kinds[:0], e.steps[:0], e.lines[:0], e.victims[:0], e.lows[:0]
	if implied {
		e.raw = binary.AppendUvarint(e.raw, uint64(len(e.streams))<<1)
	} else {
		e.raw = binary.AppendUvarint(e.raw, uint64(len(e.streams))<<1|1)
		for _, slot := range e.slots { // ranked is 0, 1, 2, ...
			e.order = binary.AppendUvarint(e.order, uint64(slot))
		}
	}
	e.sort()
	for _, slot := range e.ranked {
		s := &e.streams[slot]
		steps, lines, victims, lows := len(e.steps), len(e.lines), len(e.victims), len(e.lows)
		e.stream(e.index[s.at-s.records:s.at], base)
		for _, n := range [...]int{int(s.process), int(s.thread), s.records, len(e.steps) - steps, len(e.lines) - lines, len(e.victims) - victims, len(e.lows) - lows} {
			e.raw = binary.AppendUvarint(e.raw, uint64(n))
		}
	}
	for _, column := range [...][]byte{e.order, e.kinds, e.steps, e.lines, e.victims, e.lows} {
		e.raw = append(e.raw, column...)
	}
	e.misses, e.slots, e.streams, e.tied = e.misses[:0], e.slots[:0], e.streams[:0], 0
	e.recent = [64]recentSlot{}
	clear(e.numbers)
	return e.raw
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

// sort puts the records' numbers into index, stream by stream as ranked; each stream's end
// at its at.
func (e *blockEncoder) sort() {
	at := 0
	for _, slot := range e.ranked {
		e.streams[slot].at = at
		at += e.streams[slot].records
	}
	e.index = slices.Grow(e.index[:0], at)[:at]
	for i, slot := range e.slots {
		s := &e.streams[slot]
		e.index[s.at] = uint16(i)
		s.at++
	}
}

// stream appends the records of a stream to the columns.
func (e *blockEncoder) stream(records []uint16, base uint64) {
	kinds, steps, lines, victims := e.kinds, e.steps, e.lines, e.victims
	var last [numKinds]uint64 // a write-back counts from the last fill
	for _, i := range records {
		m := &e.misses[i]
		kind := byte(m.Kind)
		if low := byte(m.Addr & lowMask); low != 0 {
			kind |= lowFlag
			e.lows = append(e.lows, low)
		}
		if stamp := uint64(m.Cycle); stamp == base {
			kind |= tiedFlag
		} else {
			steps = binary.AppendUvarint(steps, stamp-base)
			base = stamp
		}
		kinds = append(kinds, kind)
		line := uint64(m.Addr) >> lineBits
		number := zigzag(int64(line - last[m.Kind]))
		if m.Kind == WriteBack {
			victims = binary.AppendUvarint(victims, number)
		} else {
			lines = binary.AppendUvarint(lines, number)
			last[m.Kind], last[WriteBack] = line, line
		}
	}
	e.kinds, e.steps, e.lines, e.victims = kinds, steps, lines, victims
}
