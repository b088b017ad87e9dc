package trace

import (
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// stamped reads lines "0xADDR COMMAND cycle", as k6 and mase of DRAMSim2 and DRAMsim3 have
// them; they differ in their commands.
type stamped struct {
	openEnd
	words   words
	ordered ordered
	write   func(command []byte) (write, known bool)
	want    string
}

func (p *stamped) decoder(in *input) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: p}
}

func (p *stamped) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 3 {
		return 0, columns(w.n, "3: 0xADDR COMMAND cycle")
	}
	addr, ok := hexNumber(w.list[0])
	if !ok {
		return 0, wrong("address", w.list[0], wantHex)
	}
	write, known := p.write(w.list[1])
	if !known {
		return 0, wrong("command", w.list[1], p.want)
	}
	cycle, ok := number(w.list[2], uint64(MaxStamp))
	if !ok {
		return 0, wrong("cycle", w.list[2], wantCycle)
	}
	out[0] = Miss{Cycle: units.Cycles(cycle), Addr: mem.VAddr(addr), Kind: writeIf(write)}
	return 1, p.ordered.check(out[0].Cycle)
}

// appendStamped writes what stamped reads.
func appendStamped(b []byte, m *Miss, read, write string) []byte {
	b = append(appendHex(b, m.Addr), ' ')
	if m.Kind == WriteBack {
		b = append(b, write...)
	} else {
		b = append(b, read...)
	}
	return append(strconv.AppendInt(append(b, ' '), int64(m.Cycle), 10), '\n')
}

// newK6 reads DRAMSim2's k6 traces, with the commands of that processor's bus.
func newK6(in *input, o Options) decoder[Miss] {
	p := stamped{want: "P_MEM_WR, BOFF, P_FETCH, P_MEM_RD, P_LOCK_RD or P_LOCK_WR", write: func(c []byte) (bool, bool) {
		switch string(c) {
		case "P_MEM_WR", "BOFF":
			return true, true
		case "P_FETCH", "P_MEM_RD", "P_LOCK_RD", "P_LOCK_WR": // DRAMSim2 reads all of them
			return false, true
		}
		return false, false
	}}
	return p.decoder(in)
}

func appendK6(b []byte, m *Miss) []byte { return appendStamped(b, m, "P_MEM_RD", "P_MEM_WR") }

// newMase reads DRAMSim2's mase traces.
func newMase(in *input, o Options) decoder[Miss] {
	p := stamped{want: "IFETCH, READ or WRITE", write: func(c []byte) (bool, bool) {
		switch string(c) {
		case "IFETCH", "READ":
			return false, true
		case "WRITE":
			return true, true
		}
		return false, false
	}}
	return p.decoder(in)
}

func appendMase(b []byte, m *Miss) []byte { return appendStamped(b, m, "READ", "WRITE") }

// misc reads DRAMSim2's misc traces: lines "0xADDR read|write [data]", without stamps.
type misc struct {
	openEnd
	words words
	paced paced
}

func newMisc(in *input, o Options) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: &misc{paced: paced{gap: o.Gap}}}
}

func (p *misc) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n < 2 || w.n > 3 {
		return 0, columns(w.n, "2 or 3: 0xADDR read|write [data]")
	}
	addr, ok := hexNumber(w.list[0])
	if !ok {
		return 0, wrong("address", w.list[0], wantHex)
	}
	write := false
	switch string(w.list[1]) {
	case "read":
	case "write":
		write = true
	default:
		return 0, wrong("command", w.list[1], "read or write")
	}
	for _, c := range w.list[2] {
		if hexDigit[c] > 15 {
			return 0, wrong("data", w.list[2], "hexadecimal digits without 0x")
		}
	}
	now, err := p.paced.stamp()
	out[0] = Miss{Cycle: now, Addr: mem.VAddr(addr), Kind: writeIf(write)}
	return 1, err
}

func appendMisc(b []byte, m *Miss) []byte {
	b = appendHex(b, m.Addr)
	if m.Kind == WriteBack {
		return append(b, " write\n"...)
	}
	return append(b, " read\n"...)
}
