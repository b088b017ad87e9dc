package trace

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// trcSize is the size of a record of DRackSim's simulator, a C structure of an x86-64:
//
//	int32  process, from 1       at 0
//	int32  thread                at 4
//	uint64 address               at 8
//	char   operation, 7 bytes pad at 16
//	uint64 cycle                 at 24
const trcSize = 32

// trcClock is the 3.6 GHz of DRackSim's cores.
var trcClock = units.MustClock(3600 * units.MHz)

// trcDecoder reads DRackSim's records. Its tracer has no dirty bits, so a W is never an
// eviction but a store that missed the last-level cache: a store fill, which that simulator
// treats as a write to memory. Every other letter is a load fill (R, or F for the fetch of
// an instruction), as its simulator takes it. The padding may hold anything.
type trcDecoder struct {
	in     *input
	record int64
	last   units.Cycles
}

// trcPlausible reports whether the record could be one: the format has no magic, so the
// fields of the first record have to do; 1 of 10^10 random records would pass.
func trcPlausible(b []byte) bool {
	var m Miss
	return trcParse(b, &m) == nil
}

func trcParse(b []byte, m *Miss) *Error {
	fail := func(field, got, want string) *Error {
		return &Error{Field: field, Got: got, Want: want, Err: ErrCorrupt}
	}
	process := int32(binary.LittleEndian.Uint32(b[0:]))
	thread := int32(binary.LittleEndian.Uint32(b[4:]))
	op := b[16]
	cycle := binary.LittleEndian.Uint64(b[24:])
	switch {
	case process < 1 || process > math.MaxUint16+1:
		return fail("process", strconv.Itoa(int(process)), "1 to 65536")
	case thread < 0 || thread > math.MaxUint16:
		return fail("thread", strconv.Itoa(int(thread)), "0 to 65535")
	case (op|0x20) < 'a' || (op|0x20) > 'z':
		return fail("operation", quote(b[16:17]), "a letter, W for a store")
	case cycle > uint64(MaxStamp):
		return fail("cycle", strconv.FormatUint(cycle, 10), "0 to "+strconv.FormatInt(int64(MaxStamp), 10))
	}
	m.Cycle = units.Cycles(cycle)
	m.Addr = mem.VAddr(binary.LittleEndian.Uint64(b[8:]))
	m.Thread = mem.ThreadID(thread)
	m.Process = mem.ProcessID(process - 1)
	m.Kind = LoadFill
	if op == 'W' {
		m.Kind = StoreFill
	}
	return nil
}

func (d *trcDecoder) decode(buf []Miss) (int, error) {
	in := d.in
	for i := range buf {
		if in.end-in.pos < trcSize {
			b, err := in.peek(trcSize)
			switch {
			case err != nil:
				return i, in.failure(d.record)
			case len(b) == 0:
				return i, io.EOF
			case len(b) < trcSize:
				return i, &Error{Record: d.record, Offset: in.offset(), Field: "last record", Got: fmt.Sprintf("%d bytes", len(b)), Want: fmt.Sprintf("%d", trcSize), Err: ErrTruncated}
			}
		}
		err := trcParse(in.buf[in.pos:in.pos+trcSize], &buf[i])
		if err == nil && buf[i].Cycle < d.last {
			err = unsorted(buf[i].Cycle, d.last)
		}
		if err != nil {
			err.Record, err.Offset = d.record, in.offset()
			return i, err
		}
		d.last = buf[i].Cycle
		d.record++
		in.pos += trcSize
	}
	return len(buf), nil
}
