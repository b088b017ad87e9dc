package trace

import (
	"bytes"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// dramSys reads DRAMSys's lines "cycle: [(size)] read|write 0xADDR [0xDATA]", with comments
// behind #. In a file .stl the cycle is absolute; if it is relative, in one .rstl, it counts
// from the line before: for DRAMSys from the end of that request, which nobody knows before a
// simulation, so here from its start. Without a size a request is of one line. DRAMSys sends a
// request whose cycle is over at once; here stamps that decrease are an error as everywhere.
type dramSys struct {
	openEnd
	words    words
	ordered  ordered
	relative bool
}

func newDRAMSys(in *input, o Options) decoder[Miss] { return (&dramSys{}).decoder(in) }

func newDRAMSysRelative(in *input, o Options) decoder[Miss] {
	return (&dramSys{relative: true}).decoder(in)
}

func (p *dramSys) decoder(in *input) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: p}
}

func (p *dramSys) parse(line []byte, out []Miss) (int, *Error) {
	line, _, _ = bytes.Cut(line, []byte{'#'})
	w := &p.words
	if w.split(line); w.n == 0 {
		return 0, nil
	}
	digits, colon := bytes.CutSuffix(w.list[0], []byte{':'})
	cycle, ok := number(digits, uint64(MaxStamp))
	if !ok || !colon {
		return 0, wrong("cycle", w.list[0], wantCycle+" before a colon")
	}
	if p.relative {
		if cycle > uint64(MaxStamp-p.ordered.last) {
			return 0, wrong("cycle", w.list[0], "at most "+strconv.FormatInt(int64(MaxStamp), 10)+" in all")
		}
		cycle += uint64(p.ordered.last)
	}
	rest, size := w.list[1:], uint64(mem.LineSize)
	left := w.n - 1
	if b := rest[0]; len(b) > 2 && b[0] == '(' && b[len(b)-1] == ')' {
		if size, ok = number(b[1:len(b)-1], maxRequest); !ok {
			return 0, wrong("size", b, "a decimal number from 1 to 4096 in parentheses")
		}
		rest, left = rest[1:], left-1
	}
	write := false
	switch string(rest[0]) {
	case "read":
	case "write":
		write = true
	default:
		return 0, wrong("operation", rest[0], "read or write")
	}
	addr, ok := hexNumber(rest[1])
	if !ok {
		return 0, wrong("address", rest[1], wantHex)
	}
	if left > 3 || left == 3 && !isHexData(rest[2]) {
		return 0, wrong("data", rest[2], "nothing but 0x and hexadecimal digits behind the address")
	}
	m := Miss{Cycle: units.Cycles(cycle), Addr: mem.VAddr(addr), Kind: writeIf(write)}
	if err := p.ordered.check(m.Cycle); err != nil {
		return 0, err
	}
	return request(out, m, size)
}

// isHexData reports whether b is a number of any length.
func isHexData(b []byte) bool {
	if len(b) < 3 || b[0] != '0' || b[1]|0x20 != 'x' {
		return false
	}
	for _, c := range b[2:] {
		if hexDigit[c] > 15 {
			return false
		}
	}
	return true
}

// appendDRAMSys writes what dramSys reads. The stamp is relative where the layout says so: see
// [recordWriter].
func appendDRAMSys(b []byte, m *Miss) []byte {
	b = strconv.AppendInt(b, int64(m.Cycle), 10)
	if m.Kind == WriteBack {
		b = append(b, ": write "...)
	} else {
		b = append(b, ": read "...)
	}
	return append(appendHex(b, m.Addr&^lowMask), '\n')
}
