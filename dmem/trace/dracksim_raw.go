package trace

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// rawSize is the size of a record of DRackSim's tracer, a C structure of an x86-64:
//
//	int32  process, from 1       at 0
//	int32  thread                at 4
//	uint64 address               at 8
//	char   operation, 7 bytes pad at 16
//	uint64 penalty               at 24
//	uint64 cycle                 at 32
//	int32  blocks, 4 bytes pad   at 40
const rawSize = 48

// drackSimRaw reads the records of DRackSim's tracer as its own parser does: addresses are
// those of lines, and blocks tells which ones the access missed: 0 its own, 1 the next one,
// 2 both. A -1, an access of more than two lines that the tracer could not note, is left
// out there as here. The tracer writes core by core, so stamps decrease: see [sorter].
type drackSimRaw struct{ openEnd }

func newDRackSimRaw(in *input, o Options) decoder[Miss] {
	return newSorter(in, &framed[Miss]{frames: &fixed{in: in, size: rawSize}, parser: drackSimRaw{}})
}

func (drackSimRaw) parse(b []byte, out []Miss) (int, *Error) {
	process := int32(binary.LittleEndian.Uint32(b[0:]))
	thread := int32(binary.LittleEndian.Uint32(b[4:]))
	op := b[16]
	cycle := binary.LittleEndian.Uint64(b[32:])
	blocks := int32(binary.LittleEndian.Uint32(b[40:]))
	m := &out[0]
	if err := drackSimFields(m, process, thread, op, cycle); err != nil {
		return 0, err
	}
	m.Addr = mem.VAddr(binary.LittleEndian.Uint64(b[8:])) &^ lowMask
	if blocks > 0 && m.Addr+lowMask+1 == 0 {
		return 0, &Error{Field: "address", Got: strconv.FormatUint(uint64(m.Addr), 16), Want: "a line with one behind it", Err: ErrCorrupt}
	}
	switch blocks {
	case -1:
		return 0, nil
	case 0:
		return 1, nil
	case 1:
		m.Addr += lowMask + 1
		return 1, nil
	case 2:
		out[1] = *m
		out[1].Addr += lowMask + 1
		return 2, nil
	}
	return 0, &Error{Field: "blocks to fetch", Got: strconv.Itoa(int(blocks)), Want: "0, 1, 2 or -1", Err: ErrCorrupt}
}

// drackSimFields checks and sets what all records of DRackSim have.
func drackSimFields(m *Miss, process, thread int32, op byte, cycle uint64) *Error {
	fail := func(field, got, want string) *Error {
		return &Error{Field: field, Got: got, Want: want, Err: ErrCorrupt}
	}
	switch {
	case process < 1 || process > math.MaxUint16+1:
		return fail("process", strconv.Itoa(int(process)), "1 to 65536")
	case thread < 0 || thread > math.MaxUint16:
		return fail("thread", strconv.Itoa(int(thread)), "0 to 65535")
	case (op|0x20) < 'a' || (op|0x20) > 'z':
		return fail("operation", quote([]byte{op}), "a letter, W for a store")
	case cycle > uint64(MaxStamp):
		return fail("cycle", strconv.FormatUint(cycle, 10), "0 to "+strconv.FormatInt(int64(MaxStamp), 10))
	}
	m.Cycle, m.Thread, m.Process, m.Kind = units.Cycles(cycle), mem.ThreadID(thread), mem.ProcessID(process-1), LoadFill
	if op == 'W' {
		m.Kind = StoreFill
	}
	return nil
}

// isDRackSimRaw reports whether the start of a file holds such records, all of those that
// are seen; whole says that the file ends there.
func isDRackSimRaw(head []byte, whole bool) bool {
	if len(head) < rawSize || whole && len(head)%rawSize != 0 {
		return false
	}
	var out [mostRecords]Miss
	for ; len(head) >= rawSize; head = head[rawSize:] {
		if _, err := (drackSimRaw{}).parse(head[:rawSize], out[:]); err != nil {
			return false
		}
	}
	return true
}
