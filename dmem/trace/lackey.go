package trace

import (
	"bytes"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// lackey reads what valgrind's lackey writes with --trace-mem=yes:
//
//	I  0023C790,2    an instruction of 2 bytes
//	 L BE801950,4    a load
//	 S BE80199C,4    a store
//	 M 0025747C,1    a load and a store
//
// Addresses are hexadecimal, sizes decimal. Lines of valgrind itself, "==process== ...",
// may stand between them and are passed over.
type lackey struct {
	openEnd
	words words
}

func newLackey(in *input, o Options) decoder[Reference] {
	return &framed[Reference]{frames: &lines{in: in, blank: true}, parser: &lackey{}}
}

func (p *lackey) parse(line []byte, out []Reference) (int, *Error) {
	if bytes.HasPrefix(line, []byte("==")) || bytes.HasPrefix(line, []byte("--")) {
		return 0, nil
	}
	w := &p.words
	if w.split(line); w.n != 2 {
		return 0, columns(w.n, "2: I|L|S|M address,size")
	}
	var r Reference
	kind := w.list[0]
	switch string(kind) {
	case "I":
		r.Kind, r.Instructions = IFetch, 1
	case "L", "M":
		r.Kind = Load
	case "S":
		r.Kind = Store
	default:
		return 0, wrong("kind", kind, "I, L, S or M")
	}
	digits, rest, _ := bytes.Cut(w.list[1], []byte{','})
	addr, ok := hexDigits(digits)
	if !ok {
		return 0, wrong("address", digits, "1 to 16 hexadecimal digits without 0x")
	}
	size, ok := number(rest, maxTouch)
	if !ok || size == 0 {
		return 0, wrong("size", rest, "a decimal number from 1 to 16384")
	}
	r.Addr = mem.VAddr(addr)
	n, err := touch(out, r, size)
	if err == nil && kind[0] == 'M' {
		if 2*n > mostRecords {
			return 0, wrong("size", rest, "one that a single instruction modifies")
		}
		n += copy(out[n:], out[:n])
		for i := n / 2; i < n; i++ {
			out[i].Kind = Store
		}
	}
	return n, err
}
