package trace

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// ramulator reads the memory traces of Ramulator 1: lines "0xADDR R|W", without stamps.
type ramulator struct {
	openEnd
	words words
	paced paced
}

func newRamulator(in *input, o Options) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: &ramulator{paced: paced{gap: o.Gap}}}
}

func (p *ramulator) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 2 {
		return 0, columns(w.n, "2: 0xADDR R|W")
	}
	addr, ok := hexNumber(w.list[0])
	if !ok {
		return 0, wrong("address", w.list[0], wantHex)
	}
	write, err := isWrite(w.list[1], "R", "W")
	if err != nil {
		return 0, err
	}
	now, err := p.paced.stamp()
	out[0] = Miss{Cycle: now, Addr: mem.VAddr(addr), Kind: writeIf(write)}
	return 1, err
}

// isWrite tells two operations apart.
func isWrite(op []byte, read, write string) (bool, *Error) {
	switch string(op) {
	case read:
		return false, nil
	case write:
		return true, nil
	}
	return false, wrong("operation", op, read+" or "+write)
}

func appendRamulator(b []byte, m *Miss) []byte {
	return append(appendHex(b, m.Addr), ' ', readWrite(m), '\n')
}

// loadStore reads the LoadStoreTrace of Ramulator 2: lines "LD|ST ADDR", the address
// decimal or behind 0x. Each line is an instruction; sizes and threads are not told.
type loadStore struct {
	openEnd
	words words
}

func newLoadStore(in *input, o Options) decoder[Reference] {
	return &framed[Reference]{frames: &lines{in: in, blank: true}, parser: &loadStore{}}
}

func (p *loadStore) parse(line []byte, out []Reference) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 2 {
		return 0, columns(w.n, "2: LD|ST ADDR")
	}
	store, err := isWrite(w.list[0], "LD", "ST")
	if err != nil {
		return 0, err
	}
	addr, ok := hexNumber(w.list[1])
	if !ok {
		addr, ok = number(w.list[1], math.MaxUint64)
	}
	if !ok {
		return 0, wrong("address", w.list[1], "a decimal number of 64 bits, or "+wantHex)
	}
	out[0] = Reference{Addr: mem.VAddr(addr), Instructions: 1}
	if store {
		out[0].Kind = Store
	}
	return 1, nil
}

func appendLoadStore(b []byte, m *Miss) []byte {
	if m.Kind == WriteBack {
		b = append(b, "ST "...)
	} else {
		b = append(b, "LD "...)
	}
	return append(appendHex(b, m.Addr), '\n')
}
