package trace

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// entrySize is the size of an entry of a final drmemtrace of a 64-bit machine, packed:
//
//	uint16 type   at 0
//	uint16 size   at 2
//	uint64 value  at 4
const entrySize = 12

// The types of entry that matter, by their numbers since DynamoRIO's traces have a header.
const (
	drRead        = 0
	drWrite       = 1
	drPrefetch    = 2 // up to 9
	drInstr       = 10
	drBranch      = 16 // 11 to 16
	drBundle      = 17 // size instructions, their lengths are the bytes of the value
	drFlush       = 18 // up to 21
	drThread      = 22
	drThreadExit  = 23
	drProcess     = 24
	drHeader      = 25
	drFooter      = 26
	drHWPrefetch  = 27
	drMarker      = 28 // of the kind size
	drNoFetch     = 29
	drMaybeFetch  = 30
	drSysenter    = 31
	drPrefetches  = 32 // up to 46
	drEncoding    = 47
	drTakenJump   = 48
	drUntakenJump = 49

	drFileType    = 9                  // kind of marker
	drFileType32  = 0x10 | 0x20        // bits of it: ARM and x86 of 32 bits
	drMaxVersion  = 99                 // of the header; what is above is no version
	drKnownTypes  = "0 to 49"          // as of version 5 and later
	drHeaderBytes = "\x19\x00\x00\x00" // type and size of the header
)

// drmemtrace reads the final traces of DynamoRIO's drmemtrace, also those that Google
// published: not its raw ones (.raw), which only its own tools can read, as they need the
// program as well. A fetch is a reference, the operands of its instruction follow it.
// Prefetches, flushes, encodings and markers are passed over. In a trace of a core each
// thread that it ran may bring a header and a footer of its own; the last entry is a footer. Numbers of threads and
// processes count up from 0 as they appear.
type drmemtrace struct {
	threads   ids
	processes ids
	thread    mem.ThreadID
	process   mem.ProcessID
	owner     map[mem.ThreadID]mem.ProcessID // told once a thread
	header    bool
	footer    bool   // is the last entry
	pc        uint64 // of the last instruction
	next      uint64 // behind it: where a bundle goes on
}

// ids gives numbers to names as they appear.
type ids struct {
	known map[uint64]uint16
	what  string
}

func (d *ids) of(name uint64) (uint16, *Error) {
	id, ok := d.known[name]
	if !ok {
		if len(d.known) > 0xffff {
			return 0, &Error{Field: d.what, Got: strconv.FormatUint(name, 10), Want: "at most 65536 different ones", Err: ErrCorrupt}
		}
		id = uint16(len(d.known))
		d.known[name] = id
	}
	return id, nil
}

func newDRMemtrace(in *input, o Options) decoder[Reference] {
	return &framed[Reference]{frames: &fixed{in: in, size: entrySize}, parser: &drmemtrace{
		threads: ids{map[uint64]uint16{}, "thread"}, processes: ids{map[uint64]uint16{}, "process"},
		owner: map[mem.ThreadID]mem.ProcessID{},
	}}
}

// isDRMemtrace reports whether a header starts here.
func isDRMemtrace(head []byte) bool {
	return len(head) >= entrySize && string(head[:4]) == drHeaderBytes && binary.LittleEndian.Uint64(head[4:])-1 < drMaxVersion
}

func (p *drmemtrace) parse(b []byte, out []Reference) (int, *Error) {
	kind, size, value := binary.LittleEndian.Uint16(b), uint64(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint64(b[4:])
	if !p.header && !isDRMemtrace(b) {
		return 0, &Error{Field: "first entry", Got: fmt.Sprintf("type %d, value %d", kind, value), Want: "a header: type 25, and a version from 1 to 99", Err: ErrCorrupt}
	}
	p.footer = kind == drFooter
	r := Reference{Addr: mem.VAddr(value), Thread: p.thread, Process: p.process}
	switch kind {
	case drRead, drWrite:
		if kind == drWrite {
			r.Kind = Store
		}
		return touch(out, r, size)
	case drMaybeFetch:
		if value == p.pc {
			return 0, nil
		}
		return p.fetch(out, r, size)
	case drInstr, 11, 12, 13, 14, 15, drBranch, drSysenter, drTakenJump, drUntakenJump:
		return p.fetch(out, r, size)
	case drNoFetch:
		p.pc, p.next = value, value+size
		return 0, nil
	case drBundle:
		return p.bundle(out, r, b[4:], size)
	case drThread:
		id, err := p.threads.of(value)
		p.thread, p.process = mem.ThreadID(id), p.owner[mem.ThreadID(id)]
		return 0, err
	case drThreadExit:
		return 0, nil
	case drProcess:
		id, err := p.processes.of(value)
		p.process = mem.ProcessID(id)
		p.owner[p.thread] = p.process
		return 0, err
	case drHeader:
		if !isDRMemtrace(b) {
			return 0, &Error{Field: "version of the header", Got: strconv.FormatUint(value, 10), Want: "1 to 99", Err: ErrCorrupt}
		}
		p.header = true
		return 0, nil
	case drFooter:
		return 0, nil
	case drMarker:
		if size == drFileType && value&drFileType32 != 0 {
			return 0, &Error{Field: "file type", Got: fmt.Sprintf("%#x", value), Want: "that of a 64-bit machine", Err: ErrCorrupt}
		}
		return 0, nil
	}
	if kind >= drPrefetch && kind < drInstr || kind >= drFlush && kind < drThread || kind == drHWPrefetch || kind >= drPrefetches && kind <= drEncoding {
		return 0, nil
	}
	return 0, &Error{Field: "type", Got: strconv.Itoa(int(kind)), Want: drKnownTypes, Err: ErrCorrupt}
}

// fetch is that of an instruction at r.Addr.
func (p *drmemtrace) fetch(out []Reference, r Reference, size uint64) (int, *Error) {
	p.pc, p.next = uint64(r.Addr), uint64(r.Addr)+size
	r.Kind, r.Instructions = IFetch, 1
	return touch(out, r, size)
}

// bundle is of instructions that follow the last one.
func (p *drmemtrace) bundle(out []Reference, r Reference, lengths []byte, count uint64) (int, *Error) {
	if count < 1 || count > uint64(len(lengths)) {
		return 0, &Error{Field: "instructions of a bundle", Got: strconv.FormatUint(count, 10), Want: "1 to 8", Err: ErrCorrupt}
	}
	n := 0
	for _, length := range lengths[:count] {
		r.Addr = mem.VAddr(p.next)
		more, err := p.fetch(out[n:], r, uint64(length))
		if err != nil {
			return 0, err
		}
		n += more
	}
	return n, nil
}

func (p *drmemtrace) end() *Error {
	if p.footer {
		return nil
	}
	return &Error{Field: "end of file", Want: "a footer, an entry of type 26", Err: ErrTruncated}
}
