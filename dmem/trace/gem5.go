package trace

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// gem5Command is the [Error.Field] of a command that is not known.
const gem5Command = "gem5 command"

// gem5Magic starts every protobuf trace of gem5.
const gem5Magic = "gem5"

// gem5 reads the packets that gem5's communication monitor records: messages of protobuf,
// each behind its length. The first is a header
//
//	1 object string   2 version   3 ticks a second   4 names of requestors
//
// and every other a packet
//
//	1 tick   2 command   3 address   4 size   5 flags   6 packet   7 pointer
//
// of which the first four are required. Commands are 1, ReadReq, and 4, WriteReq: the
// numbers of the others differ between versions of gem5, which the file does not tell, so
// that [Options.Commands] has to. A packet is split into the lines it touches.
type gem5 struct {
	openEnd
	ordered  ordered
	commands Commands
}

// newGem5 reads the magic and the header.
func newGem5(in *input, h *Header, o Options) (decoder[Miss], error) {
	var m [len(gem5Magic)]byte
	if n := in.readFull(m[:]); string(m[:n]) != gem5Magic {
		return nil, &Error{Field: "magic", Got: quote(m[:n]), Want: strconv.Quote(gem5Magic), Err: ErrFormat}
	}
	frames := &messages{in: in}
	b, err := frames.next()
	if err == io.EOF {
		err = frames.fault(&Error{Field: "header", Want: "one behind the magic", Err: ErrTruncated})
	}
	if err != nil {
		return nil, err
	}
	fields := [8]uint64{}
	object, seen, fault := protobuf(b, &fields, 1)
	if fault == nil && seen&(1<<3) == 0 {
		fault = &Error{Field: "ticks a second of the header", Got: "(missing)", Want: "field 3", Err: ErrCorrupt}
	}
	if fault == nil {
		if h.Clock, err = units.NewClock(fields[3]); err != nil {
			fault = &Error{Field: "ticks a second of the header", Got: strconv.FormatUint(fields[3], 10), Want: "1 to 10^12", Err: ErrCorrupt}
		}
	}
	if fault != nil {
		return nil, frames.fault(fault)
	}
	h.Origin = string(object)
	return &framed[Miss]{frames: frames, parser: &gem5{commands: o.Commands.told()}}, nil
}

func (p *gem5) parse(b []byte, out []Miss) (int, *Error) {
	var f [8]uint64
	_, seen, err := protobuf(b, &f, 0)
	if err != nil {
		return 0, err
	}
	for i, name := range [...]string{1: "tick", 2: "command", 3: "address", 4: "size"} {
		if i > 0 && seen&(1<<i) == 0 {
			return 0, &Error{Field: name, Got: "(missing)", Want: "field " + strconv.Itoa(i), Err: ErrCorrupt}
		}
	}
	kind, skip, known := p.commands.kind(f[2])
	switch {
	case f[1] > uint64(MaxStamp):
		return 0, &Error{Field: "tick", Got: strconv.FormatUint(f[1], 10), Want: fmt.Sprintf("at most %d", MaxStamp), Err: ErrCorrupt}
	case !known && p.commands == defaultCommands:
		return 0, &Error{Field: gem5Command, Got: strconv.FormatUint(f[2], 10), Want: "1 (ReadReq) or 4 (WriteReq): what others mean depends on the version of gem5, and is to be told", Err: ErrCorrupt}
	case !known:
		return 0, &Error{Field: gem5Command, Got: strconv.FormatUint(f[2], 10), Want: "one of those told, " + p.commands.String(), Err: ErrCorrupt}
	}
	m := Miss{Cycle: units.Cycles(f[1]), Addr: mem.VAddr(f[3]), Kind: kind}
	if err := p.ordered.check(m.Cycle); err != nil || skip {
		return 0, err
	}
	return request(out, m, f[4])
}

// protobuf reads a message: the numbers of fields 1 to 7, which of them there were (as
// bits), and the bytes of the field text. Other fields and types are passed over.
func protobuf(b []byte, numbers *[8]uint64, text uint64) (bytes []byte, seen uint, err *Error) {
	size := len(b)
	fail := func(field string) *Error {
		return &Error{Field: field, Got: fmt.Sprintf("at byte %d of the message", size-len(b)), Want: "a message of protobuf", Err: ErrCorrupt}
	}
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 {
			return nil, 0, fail("tag")
		}
		b = b[n:]
		field := tag >> 3
		switch tag & 7 {
		case 0:
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return nil, 0, fail("number")
			}
			b = b[n:]
			if field < 8 {
				numbers[field] = v
				seen |= 1 << field
			}
		case 1:
			if len(b) < 8 {
				return nil, 0, fail("fixed number")
			}
			b = b[8:]
		case 2:
			v, n := binary.Uvarint(b)
			if n <= 0 || v > uint64(len(b)-n) {
				return nil, 0, fail("text")
			}
			if field == text {
				bytes = b[n : n+int(v)]
			}
			b = b[n+int(v):]
		case 5:
			if len(b) < 4 {
				return nil, 0, fail("fixed number")
			}
			b = b[4:]
		default:
			return nil, 0, fail("type " + strconv.FormatUint(tag&7, 10))
		}
	}
	return bytes, seen, nil
}
