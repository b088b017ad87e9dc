package trace

import (
	"bytes"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// pinatrace reads what Pin's example pinatrace writes: lines "0xIP: R 0xADDR" and
// "0xIP: W 0xADDR", and "#eof" at the end. Instructions without an operand in memory leave
// no trace; a new pointer counts as a new instruction. Sizes and threads are not told.
type pinatrace struct {
	words   words
	pointer uint64 // of the line before
	begun   bool   // there is one
	ended   bool
}

func newPinatrace(in *input, o Options) decoder[Reference] {
	return &framed[Reference]{frames: &lines{in: in, blank: true}, parser: &pinatrace{}}
}

func (p *pinatrace) parse(line []byte, out []Reference) (int, *Error) {
	w := &p.words
	w.split(line)
	switch {
	case p.ended:
		return 0, &Error{Field: "line behind #eof", Got: quote(line), Want: "none", Err: ErrCorrupt}
	case w.n == 1 && string(w.list[0]) == "#eof":
		p.ended = true
		return 0, nil
	case w.n != 3:
		return 0, columns(w.n, "3, as in 0xIP: R 0xADDR, or #eof")
	}
	digits, colon := bytes.CutSuffix(w.list[0], []byte{':'})
	pointer, ok := hexNumber(digits)
	if !ok || !colon {
		return 0, wrong("instruction pointer", w.list[0], wantHex+" before a colon")
	}
	r := Reference{}
	switch string(w.list[1]) {
	case "R":
	case "W":
		r.Kind = Store
	default:
		return 0, wrong("operation", w.list[1], "R or W")
	}
	addr, ok := hexNumber(w.list[2])
	if !ok {
		return 0, wrong("address", w.list[2], wantHex)
	}
	r.Addr = mem.VAddr(addr)
	if !p.begun || pointer != p.pointer {
		r.Instructions = 1
	}
	p.pointer, p.begun = pointer, true
	out[0] = r
	return 1, nil
}

func (p *pinatrace) end() *Error {
	if p.ended {
		return nil
	}
	return &Error{Field: "end of file", Want: "a line #eof", Err: ErrTruncated}
}
