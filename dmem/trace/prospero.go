package trace

import (
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// prospero reads the text traces of SST's Prospero: lines "cycle R|W address size", all
// numbers decimal. A request is split into the lines it touches. A file is of one core.
type prospero struct {
	openEnd
	words   words
	ordered ordered
}

func newProspero(in *input, o Options) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: &prospero{}}
}

func (p *prospero) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 4 {
		return 0, columns(w.n, "4: cycle R|W address size")
	}
	cycle, ok := number(w.list[0], uint64(MaxStamp))
	if !ok {
		return 0, wrong("cycle", w.list[0], wantCycle)
	}
	write := false
	switch string(w.list[1]) {
	case "R", "r":
	case "W", "w":
		write = true
	default:
		return 0, wrong("operation", w.list[1], "R or W")
	}
	addr, ok := number(w.list[2], math.MaxUint64)
	if !ok {
		return 0, wrong("address", w.list[2], "a decimal number of 64 bits")
	}
	size, ok := number(w.list[3], math.MaxUint32)
	if !ok {
		return 0, wrong("size", w.list[3], "a decimal number of bytes")
	}
	m := Miss{Cycle: units.Cycles(cycle), Addr: mem.VAddr(addr), Kind: writeIf(write)}
	if err := p.ordered.check(m.Cycle); err != nil {
		return 0, err
	}
	return request(out, m, size)
}

// appendProspero writes what prospero reads, a line a request.
func appendProspero(b []byte, m *Miss) []byte {
	b = strconv.AppendInt(b, int64(m.Cycle), 10)
	b = append(b, ' ', readWrite(m), ' ')
	b = strconv.AppendUint(b, uint64(m.Addr&^lowMask), 10)
	return append(b, " 64\n"...)
}
