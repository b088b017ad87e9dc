package trace

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// blockDecoder reads the records of a block in their order: each time the earliest of what
// the streams have next, unless the order is written down.
type blockDecoder struct {
	raw     []byte
	streams []inStream
	next    []units.Cycles // of each stream: the stamp of its next record; NeverCycles behind its last
	order   int            // where in raw it is written whose the next record is; 0 if nowhere
	kinds   int            // where in raw the order ends
	left    int            // records
	cycle   units.Cycles   // of the last record, also of the block before
}

// inStream is what is left of a stream: where its next record's fields are in raw, and where
// those of its last one end.
type inStream struct {
	kind, step, line, low    int
	stepEnd, lineEnd, lowEnd int
	left                     int
	last                     [numKinds]uint64 // line
	process                  mem.ProcessID
	thread                   mem.ThreadID
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
	d.raw, d.left, d.order, d.streams, d.next = raw, records, 0, d.streams[:0], d.next[:0]
	var at inStream // ends of the columns so far, from the start of each
	for range count {
		var row [6]uint64
		for i := range row {
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
		case row[3] > uint64(size) || row[4] > uint64(size) || row[5] > uint64(n):
			return damage("size of a stream", fmt.Sprint(row[3:]), "less than the block's")
		}
		s := inStream{
			kind: at.kind, step: at.step, line: at.line, low: at.low, left: n, process: mem.ProcessID(process), thread: mem.ThreadID(thread),
			stepEnd: at.step + int(row[3]), lineEnd: at.line + int(row[4]), lowEnd: at.low + int(row[5]),
		}
		at.kind, at.step, at.line, at.low = at.kind+n, s.stepEnd, s.lineEnd, s.lowEnd
		d.streams = append(d.streams, s)
	}
	kinds := size - at.kind - at.step - at.line - at.low // start of that column
	switch {
	case at.kind != records:
		return damage("records of the streams", at.kind, fmt.Sprint(records))
	case kinds < pos || kinds > pos && !ordered:
		return damage("size of the streams", size-kinds, fmt.Sprint(size-pos))
	case ordered:
		d.order = pos
	}
	d.kinds = kinds
	for i := range d.streams {
		s := &d.streams[i]
		s.kind += kinds
		s.step, s.stepEnd = s.step+kinds+at.kind, s.stepEnd+kinds+at.kind
		s.line, s.lineEnd = s.line+kinds+at.kind+at.step, s.lineEnd+kinds+at.kind+at.step
		s.low, s.lowEnd = s.low+kinds+at.kind+at.step+at.line, s.lowEnd+kinds+at.kind+at.step+at.line
		d.next = append(d.next, 0)
		if fault := d.advance(i, units.Cycles(base)); fault != nil {
			return fault
		}
	}
	return nil
}

// advance reads the stamp of a stream's next record, which counts from cycle.
func (d *blockDecoder) advance(slot int, cycle units.Cycles) *Error {
	s := &d.streams[slot]
	step, pos := uvarint(d.raw, s.step)
	s.step = pos
	switch {
	case pos > s.stepEnd:
		return damage("block", "too short", "all its records")
	case step > uint64(MaxStamp-cycle):
		return damage("cycle", fmt.Sprintf("%d + %d", cycle, step), fmt.Sprintf("at most %d", MaxStamp))
	}
	d.next[slot] = cycle + units.Cycles(step)
	return nil
}

// decode reads records until buf is full or the block ends; it returns how many, and why not
// all.
func (d *blockDecoder) decode(buf []Miss) (int, *Error) {
	raw, next := d.raw, d.next
	buf = buf[:min(len(buf), d.left)]
	for i := range buf {
		slot := 0
		if d.order == 0 {
			slot = earliest(next)
		} else if slot = d.named(); slot < 0 {
			return i, damage("stream", "none", fmt.Sprintf("one of %d with records left", len(next)))
		}
		cycle := next[slot]
		if cycle < d.cycle {
			return i, unsorted(cycle, d.cycle)
		}
		s := &d.streams[slot]
		head, low := raw[s.kind], byte(0)
		kind := Kind(head & kindMask)
		if kind >= numKinds || head > kindMask|lowFlag {
			return i, damage("kind", head, "0 to 2, or 4 to 6")
		}
		if head&lowFlag != 0 {
			if s.low < s.lowEnd {
				low = raw[s.low]
			}
			s.low++
		}
		s.kind++
		line, pos := uvarint(raw, s.line)
		line = s.last[kind] + uint64(unzigzag(line))
		s.line, s.last[kind] = pos, line
		switch {
		case pos > s.lineEnd || s.low > s.lowEnd:
			return i, damage("block", "too short", "all its records")
		case line>>(64-lineBits) != 0 || low > lowMask:
			return i, damage("address", fmt.Sprintf("line %d, byte %d", line, low), "64 bits")
		}
		if s.left--; s.left > 0 {
			if fault := d.advance(slot, cycle); fault != nil {
				return i, fault
			}
		} else {
			if s.step != s.stepEnd || s.line != s.lineEnd || s.low != s.lowEnd {
				return i, damage("block", "has bytes behind a stream's last record", "none")
			}
			next[slot] = units.NeverCycles
		}
		m := &buf[i] // field by field: a value put together on the stack would be copied with a stall
		m.Cycle, m.Addr = cycle, mem.VAddr(line<<lineBits|uint64(low))
		m.Thread, m.Process, m.Kind = s.thread, s.process, kind
		d.cycle = cycle
		d.left--
	}
	if d.left == 0 && d.order != 0 && d.order != d.kinds {
		return len(buf), damage("order of the block", fmt.Sprintf("of %d bytes more", d.kinds-d.order), "as many as there are records")
	}
	return len(buf), nil
}

// earliest returns the first of the least stamps.
func earliest(next []units.Cycles) int {
	slot, least := 0, next[0]
	for k, stamp := range next {
		if stamp < least {
			slot, least = k, stamp
		}
	}
	return slot
}

// named reads whose the next record is; it returns -1 if that stream has none, or it is not
// told.
func (d *blockDecoder) named() int {
	slot, pos := uvarint(d.raw, d.order)
	if slot >= uint64(len(d.streams)) || d.streams[slot].left == 0 || pos > d.kinds {
		return -1
	}
	d.order = pos
	return int(slot)
}

// damage is a fault of the block, whose place is added later.
func damage(field string, got any, want string) *Error {
	return &Error{Field: field, Got: fmt.Sprint(got), Want: want, Err: ErrCorrupt}
}
