package trace

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// vectors reads the ReadWriteTrace of Ramulator 2: lines "R|W ch,ra,bg,ba,ro,co", without
// stamps. Only a mapping makes addresses of them.
type vectors struct {
	openEnd
	words words
	paced paced
	parts []part
	want  string
}

func newVectors(in *input, o Options) (decoder[Miss], error) {
	if !o.Mapping.Valid() {
		return nil, &Error{Field: "address mapping", Got: "(none)", Want: "one, such as ro16,ba2,bg2,ra1,co7,ch0,by6: the file holds numbers of channels, banks and rows, which could be any address", Err: ErrOption}
	}
	p := &vectors{paced: paced{gap: o.Gap}, parts: o.Mapping.vector()}
	var names []string
	for _, part := range p.parts {
		names = append(names, part.name)
	}
	p.want = fmt.Sprintf("%d numbers (%s)", len(names), strings.Join(names, ","))
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: p}, nil
}

func (p *vectors) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 2 {
		return 0, columns(w.n, "2: R|W and an address vector")
	}
	write, err := isWrite(w.list[0], "R", "W")
	if err != nil {
		return 0, err
	}
	addr, rest := uint64(0), w.list[1]
	for i, part := range p.parts {
		digits, tail, more := bytes.Cut(rest, []byte{','})
		if more != (i+1 < len(p.parts)) {
			return 0, wrong("address vector", w.list[1], p.want)
		}
		v, ok := number(digits, math.MaxUint64)
		if !ok || part.bits < 64 && v>>part.bits != 0 {
			return 0, wrong(part.name+" of the address vector", digits, "a decimal number of "+strconv.Itoa(part.bits)+" bits")
		}
		addr |= v << part.shift
		rest = tail
	}
	now, err := p.paced.stamp()
	out[0] = Miss{Cycle: now, Addr: mem.VAddr(addr), Kind: writeIf(write)}
	return 1, err
}

// isVectors reports whether a line could be one.
func isVectors(line []byte) bool {
	var w words
	if w.split(line); w.n != 2 || len(w.list[0]) != 1 || w.list[0][0] != 'R' && w.list[0][0] != 'W' {
		return false
	}
	for digits := range bytes.SplitSeq(w.list[1], []byte{','}) {
		if _, ok := number(digits, math.MaxUint64); !ok {
			return false
		}
	}
	return bytes.IndexByte(w.list[1], ',') > 0
}
