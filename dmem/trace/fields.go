package trace

import (
	"fmt"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// words are the columns of a line, between spaces or tabs.
type words struct {
	list [6][]byte // the first ones; those missing are nil
	n    int       // how many there are
}

func (w *words) split(line []byte) {
	*w = words{}
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		if w.n < len(w.list) {
			w.list[w.n] = line[start:i]
		}
		w.n++
	}
}

// number reads a decimal number up to limit.
func number(b []byte, limit uint64) (uint64, bool) {
	v, rest, ok := decimal(b, limit)
	return v, ok && rest == nil
}

// hexDigits reads 1 to 16 hexadecimal digits.
func hexDigits(b []byte) (v uint64, ok bool) {
	if len(b) == 0 || len(b) > 16 {
		return 0, false
	}
	for _, c := range b {
		digit := uint64(hexDigit[c])
		if digit > 15 {
			return 0, false
		}
		v = v<<4 | digit
	}
	return v, true
}

// hexNumber reads a number of 0x and 1 to 16 hexadecimal digits.
func hexNumber(b []byte) (uint64, bool) {
	if len(b) < 2 || b[0] != '0' || b[1]|0x20 != 'x' {
		return 0, false
	}
	return hexDigits(b[2:])
}

const (
	wantHex   = "0x and 1 to 16 hexadecimal digits"
	wantCycle = "a decimal number from 0 to 9223372036854775806" // MaxStamp
	wantID    = "a decimal number from 0 to 65535"
)

// wrong reports a column; nil stands for one that is not there.
func wrong(field string, got []byte, want string) *Error {
	text := "(missing)"
	if got != nil {
		text = quote(got)
	}
	return &Error{Field: field, Got: text, Want: want, Err: ErrCorrupt}
}

// columns reports a wrong number of columns.
func columns(got int, want string) *Error {
	return &Error{Field: "columns", Got: strconv.Itoa(got), Want: want, Err: ErrCorrupt}
}

// ordered checks that stamps do not decrease.
type ordered struct{ last units.Cycles }

func (o *ordered) check(now units.Cycles) *Error {
	if now < o.last {
		return unsorted(now, o.last)
	}
	o.last = now
	return nil
}

// paced makes the stamps of a format that has none.
type paced struct{ next, gap units.Cycles }

func (p *paced) stamp() (units.Cycles, *Error) {
	now := p.next
	if now < 0 {
		return 0, &Error{Field: "cycle", Got: "(of the gap)", Want: fmt.Sprintf("at most %d", MaxStamp), Err: ErrCorrupt}
	}
	if p.next += p.gap; p.next < now || p.next > MaxStamp {
		p.next = -1
	}
	return now, nil
}

const (
	maxRequest = 4096     // bytes of a miss
	maxPiece   = 255      // bytes of a Reference
	maxTouch   = 16 << 10 // bytes of an operand
)

// request writes the lines that size bytes at m.Addr touch, all with m's stamp.
func request(out []Miss, m Miss, size uint64) (int, *Error) {
	if size < 1 || size > maxRequest {
		return 0, &Error{Field: "size", Got: strconv.FormatUint(size, 10), Want: fmt.Sprintf("1 to %d bytes", maxRequest), Err: ErrCorrupt}
	}
	last := uint64(m.Addr) + size - 1
	if last < uint64(m.Addr) {
		return 0, &Error{Field: "address", Got: fmt.Sprintf("%#x and %d bytes", uint64(m.Addr), size), Want: "64 bits", Err: ErrCorrupt}
	}
	n := int(last>>lineBits-uint64(m.Addr)>>lineBits) + 1
	for i := range out[:n] {
		out[i] = m
		m.Addr = (m.Addr | lowMask) + 1
	}
	return n, nil
}

// touch writes the references of size bytes at r.Addr: one, but for the few instructions
// that save or restore the whole state of a processor.
func touch(out []Reference, r Reference, size uint64) (int, *Error) {
	if size > maxTouch {
		return 0, &Error{Field: "size", Got: strconv.FormatUint(size, 10), Want: fmt.Sprintf("at most %d bytes", maxTouch), Err: ErrCorrupt}
	}
	if uint64(r.Addr)+max(size, 1)-1 < uint64(r.Addr) {
		return 0, &Error{Field: "address", Got: fmt.Sprintf("%#x and %d bytes", uint64(r.Addr), size), Want: "64 bits", Err: ErrCorrupt}
	}
	n := 0
	for {
		part := min(size, maxPiece)
		r.Size = uint8(part)
		out[n] = r
		n++
		if size -= part; size == 0 {
			return n, nil
		}
		r.Addr += mem.VAddr(part)
		r.Instructions = 0
	}
}

// writeIf returns the kind of a request in a trace of what the memory sees: a write is a
// line written back, a read a fill, as such traces do not tell loads from stores.
func writeIf(write bool) Kind {
	if write {
		return WriteBack
	}
	return LoadFill
}
