package trace

import (
	"fmt"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// blockDecoder reads the records of a block in their order: each time the earliest of what
// the streams have next, unless the order is written down. Each stream is read some records
// ahead, which is faster than one by one.
type blockDecoder struct {
	old     bool // version 2
	raw     []byte
	streams []inStream
	room    []Miss // of the records that are read ahead
	merge   merge
	order   int          // where in raw it is written whose the next record is; 0 if nowhere
	kinds   int          // where in raw the order ends
	left    int          // records
	cycle   units.Cycles // of the last record, also of the block before
}

// start begins a block of so many records, behind which raw has padding.
func (d *blockDecoder) start(raw []byte, records int) *Error {
	size := len(raw) - padding
	base, pos := uvarint(raw, 0)
	if pos > size || base > uint64(MaxStamp) {
		return damage("first stamp", base, fmt.Sprintf("at most %d", MaxStamp))
	}
	count, pos := uvarint(raw, pos)
	ordered := count&1 != 0
	count >>= 1
	switch {
	case pos > size:
		return damage("block", "too short", "its table of streams")
	case units.Cycles(base) < d.cycle:
		return unsorted(units.Cycles(base), d.cycle)
	case count < 1 || count > uint64(records) || count > maxMerged && !ordered:
		return damage("streams of the block", count, fmt.Sprintf("1 to %d, at most %d if their order is not written", records, maxMerged))
	}
	d.raw, d.left, d.order, d.streams = raw, records, 0, d.streams[:0]
	var at inStream // ends of the columns so far, from the start of each
	for range count {
		var row [7]uint64 // process, thread, records, bytes of steps, lines, victims and lows
		for i := range row {
			if d.old && i == 5 {
				continue // no victims
			}
			if row[i], pos = uvarint(raw, pos); pos > size {
				return damage("block", "too short", "its table of streams")
			}
		}
		process, thread, n := row[0], row[1], int(min(row[2], maxRecords+1))
		switch {
		case process > 0xffff || thread > 0xffff:
			return damage("stream", fmt.Sprintf("of process %d, thread %d", process, thread), "numbers below 65536")
		case n < 1 || n > records-at.kind:
			return damage("records of a stream", n, fmt.Sprintf("1 to %d", records-at.kind))
		case max(row[3], row[4], row[5]) > uint64(size) || row[6] > uint64(n):
			return damage("size of a stream", fmt.Sprint(row[3:]), "less than the block's")
		}
		s := inStream{
			kind: at.kind, step: at.step, line: at.line, victim: at.victim, low: at.low, left: n, process: mem.ProcessID(process), thread: mem.ThreadID(thread),
			stepEnd: at.step + int(row[3]), lineEnd: at.line + int(row[4]), victimEnd: at.victim + int(row[5]), lowEnd: at.low + int(row[6]),
		}
		at.kind, at.step, at.line, at.victim, at.low = at.kind+n, s.stepEnd, s.lineEnd, s.victimEnd, s.lowEnd
		d.streams = append(d.streams, s)
	}
	kinds := size - at.kind - at.step - at.line - at.victim - at.low // start of that column
	switch {
	case at.kind != records:
		return damage("records of the streams", at.kind, fmt.Sprint(records))
	case kinds < pos || kinds > pos && !ordered:
		return damage("size of the streams", size-kinds, fmt.Sprint(size-pos))
	case ordered:
		d.order = pos
	}
	d.kinds = kinds
	d.room = slices.Grow(d.room[:0], min(records, ahead*len(d.streams)))
	for i := range d.streams {
		s := &d.streams[i]
		s.kind += kinds
		start := kinds + at.kind
		s.step, s.stepEnd = s.step+start, s.stepEnd+start
		start += at.step
		s.line, s.lineEnd = s.line+start, s.lineEnd+start
		start += at.line
		s.victim, s.victimEnd = s.victim+start, s.victimEnd+start
		start += at.victim
		s.low, s.lowEnd = s.low+start, s.lowEnd+start
		s.cycle = units.Cycles(base)
		s.room = len(d.room)
		for range min(ahead, s.left) {
			d.room = append(d.room, Miss{Thread: s.thread, Process: s.process})
		}
		s.roomEnd = len(d.room)
		if fault := s.read(d.raw, d.old, d.room); fault != nil {
			return fault
		}
	}
	if !ordered {
		d.merge.start(d.streams, d.room)
	}
	return nil
}

// decode reads records until buf is full or the block ends; it returns how many, and why not
// all.
func (d *blockDecoder) decode(buf []Miss) (n int, fault *Error) {
	buf = buf[:min(len(buf), d.left)]
	if d.order == 0 {
		n, fault = d.merged(buf)
	} else {
		n, fault = d.ordered(buf)
	}
	d.left -= n
	if n > 0 {
		d.cycle = buf[n-1].Cycle
	}
	if fault == nil && d.left == 0 && d.order != 0 && d.order != d.kinds {
		fault = damage("order of the block", fmt.Sprintf("of %d bytes more", d.kinds-d.order), "as many as there are records")
	}
	return n, fault
}

// merged reads records whose order their stamps tell.
func (d *blockDecoder) merged(buf []Miss) (int, *Error) {
	room := d.room
	for n := range buf {
		slot := d.merge.winner % maxMerged
		s := &d.streams[slot]
		buf[n] = room[s.next]
		if s.next++; s.next == s.end {
			if fault := s.read(d.raw, d.old, room); fault != nil {
				return n + 1, fault
			}
		}
		key := uint64(finished)
		if s.next < s.end {
			stamp := room[s.next].Cycle
			if stamp == buf[n].Cycle {
				continue
			}
			key = d.merge.key(slot, stamp)
		}
		if d.merge.advance(slot, key); d.merge.stuck() {
			d.merge.start(d.streams, room)
		}
	}
	return len(buf), nil
}

// ordered reads records whose order is written.
func (d *blockDecoder) ordered(buf []Miss) (int, *Error) {
	last := d.cycle
	for n := range buf {
		slot, pos := uvarint(d.raw, d.order)
		if slot >= uint64(len(d.streams)) || d.streams[slot].next == d.streams[slot].end || pos > d.kinds {
			return n, damage("stream", "none", fmt.Sprintf("one of %d with records left", len(d.streams)))
		}
		d.order = pos
		s := &d.streams[slot]
		buf[n] = d.room[s.next]
		if buf[n].Cycle < last {
			return n, unsorted(buf[n].Cycle, last)
		}
		last = buf[n].Cycle
		if s.next++; s.next == s.end {
			if fault := s.read(d.raw, d.old, d.room); fault != nil {
				return n + 1, fault
			}
		}
	}
	return len(buf), nil
}

// damage is a fault of the block, whose place is added later.
func damage(field string, got any, want string) *Error {
	return &Error{Field: field, Got: fmt.Sprint(got), Want: want, Err: ErrCorrupt}
}
