package trace

import (
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// drackSimText reads lines "process thread 0xADDR R|W cycle", the text form of DRackSim's
// records: processes count from 1, and a W is a store that missed.
type drackSimText struct {
	openEnd
	words   words
	ordered ordered
}

func newDRackSimText(in *input, o Options) decoder[Miss] {
	return &framed[Miss]{frames: &lines{in: in, blank: true}, parser: &drackSimText{}}
}

func (p *drackSimText) parse(line []byte, out []Miss) (int, *Error) {
	w := &p.words
	if w.split(line); w.n != 5 {
		return 0, columns(w.n, "5: process thread 0xADDR R|W cycle")
	}
	process, ok := number(w.list[0], math.MaxUint16+1)
	if !ok || process == 0 {
		return 0, wrong("process", w.list[0], "a decimal number from 1 to 65536")
	}
	thread, ok := number(w.list[1], math.MaxUint16)
	if !ok {
		return 0, wrong("thread", w.list[1], wantID)
	}
	addr, ok := hexNumber(w.list[2])
	if !ok {
		return 0, wrong("address", w.list[2], wantHex)
	}
	op := w.list[3]
	if len(op) != 1 {
		return 0, wrong("operation", op, "a letter, W for a store")
	}
	cycle, ok := number(w.list[4], uint64(MaxStamp))
	if !ok {
		return 0, wrong("cycle", w.list[4], wantCycle)
	}
	if err := drackSimFields(&out[0], int32(process), int32(thread), op[0], cycle); err != nil {
		return 0, err
	}
	out[0].Addr = mem.VAddr(addr)
	return 1, p.ordered.check(out[0].Cycle)
}

// appendDRackSimText writes what drackSimText reads.
func appendDRackSimText(b []byte, m *Miss) []byte {
	b = strconv.AppendUint(b, uint64(m.Process)+1, 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(m.Thread), 10)
	b = appendHex(append(b, ' '), m.Addr)
	b = append(b, ' ', drackSimOp(m), ' ')
	return append(strconv.AppendInt(b, int64(m.Cycle), 10), '\n')
}
