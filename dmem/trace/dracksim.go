package trace

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// drackSimSize is the size of a record of DRackSim's simulator, a C structure of an x86-64:
//
//	int32  process, from 1       at 0
//	int32  thread                at 4
//	uint64 address               at 8
//	char   operation, 7 bytes pad at 16
//	uint64 cycle                 at 24
const drackSimSize = 32

// drackSimClock is the 3.6 GHz of DRackSim's cores.
var drackSimClock = units.MustClock(3600 * units.MHz)

// drackSimDecoder reads DRackSim's records. Its tracer has no dirty bits, so a W is never an
// eviction but a store that missed the last-level cache: a store fill, which that simulator
// treats as a write to memory. Every other letter is a load fill (R, or F for the fetch of
// an instruction), as its simulator takes it. The padding may hold anything.
type drackSimDecoder struct {
	in     *input
	record int64
	last   units.Cycles
}

// drackSimPlausible reports whether the record could be one: the format has no magic, so the
// fields of the first record have to do; 1 of 10^10 random records would pass.
func drackSimPlausible(b []byte) bool {
	var m Miss
	return drackSimParse(b, &m) == nil
}

func drackSimParse(b []byte, m *Miss) *Error {
	m.Addr = mem.VAddr(binary.LittleEndian.Uint64(b[8:]))
	return drackSimFields(m, int32(binary.LittleEndian.Uint32(b[0:])), int32(binary.LittleEndian.Uint32(b[4:])), b[16], binary.LittleEndian.Uint64(b[24:]))
}

// appendDRackSim writes what drackSimDecoder reads. A write-back is a W, for DRackSim's
// simulator a write to memory, as a store fill is: it knows no third kind.
func appendDRackSim(b []byte, m *Miss) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Process)+1)
	b = binary.LittleEndian.AppendUint32(b, uint32(m.Thread))
	b = binary.LittleEndian.AppendUint64(b, uint64(m.Addr))
	b = append(b, drackSimOp(m), 0, 0, 0, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint64(b, uint64(m.Cycle))
}

func drackSimOp(m *Miss) byte {
	if m.Kind == LoadFill {
		return 'R'
	}
	return 'W'
}

func (d *drackSimDecoder) decode(buf []Miss) (int, error) {
	in := d.in
	for i := range buf {
		if in.end-in.pos < drackSimSize {
			b, err := in.peek(drackSimSize)
			switch {
			case err != nil:
				return i, in.failure(d.record)
			case len(b) == 0:
				return i, io.EOF
			case len(b) < drackSimSize:
				return i, &Error{Record: d.record, Offset: in.offset(), Field: "last record", Got: fmt.Sprintf("%d bytes", len(b)), Want: fmt.Sprintf("%d", drackSimSize), Err: ErrTruncated}
			}
		}
		err := drackSimParse(in.buf[in.pos:in.pos+drackSimSize], &buf[i])
		if err == nil && buf[i].Cycle < d.last {
			err = unsorted(buf[i].Cycle, d.last)
		}
		if err != nil {
			err.Record, err.Offset = d.record, in.offset()
			return i, err
		}
		d.last = buf[i].Cycle
		d.record++
		in.pos += drackSimSize
	}
	return len(buf), nil
}
