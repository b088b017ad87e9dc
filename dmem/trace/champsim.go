package trace

import (
	"encoding/binary"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// champSim reads ChampSim's records, one an instruction, C structures of an x86-64:
//
//	                             ChampSim    CloudSuite
//	uint64 instruction pointer   at 0        at 0
//	uint8  is a branch, taken    at 8        at 8
//	uint8  registers written     2, at 10    4, at 10
//	uint8  registers read        4, at 12    4, at 14
//	uint64 addresses written     2, at 16    4, at 24 (behind 6 bytes pad)
//	uint64 addresses read        4, at 32    4, at 56
//	uint8  address space                     2, at 88 (before 6 bytes pad)
//
// An address of 0 is none. The record becomes the fetch of the instruction, the loads, the
// stores; sizes are not told. CloudSuite's address space is the process.
type champSim struct {
	openEnd
	written, read, loads, size int // where the addresses start, and where they end
	space                      int // where the address space is; 0 if it is not told
}

var (
	champSimLayout   = champSim{written: 16, read: 32, loads: 64, size: 64}
	cloudSuiteLayout = champSim{written: 24, read: 56, loads: 88, size: 96, space: 88}
)

func newChampSim(in *input, o Options) decoder[Reference] { return champSimLayout.decoder(in) }

func newCloudSuite(in *input, o Options) decoder[Reference] { return cloudSuiteLayout.decoder(in) }

func (c champSim) decoder(in *input) decoder[Reference] {
	return &framed[Reference]{frames: &fixed{in: in, size: c.size}, parser: &c}
}

func (c *champSim) parse(b []byte, out []Reference) (int, *Error) {
	if b[8] > 1 || b[9] > 1 {
		return 0, wrong("branch and taken", b[8:10], "0 or 1 each")
	}
	process := mem.ProcessID(0)
	if c.space > 0 {
		process = mem.ProcessID(binary.LittleEndian.Uint16(b[c.space:]))
	}
	out[0] = Reference{Addr: mem.VAddr(binary.LittleEndian.Uint64(b)), Instructions: 1, Process: process, Kind: IFetch}
	n := 1
	for at := c.read; at < c.loads; at += 8 {
		if addr := binary.LittleEndian.Uint64(b[at:]); addr != 0 {
			out[n] = Reference{Addr: mem.VAddr(addr), Process: process, Kind: Load}
			n++
		}
	}
	for at := c.written; at < c.read; at += 8 {
		if addr := binary.LittleEndian.Uint64(b[at:]); addr != 0 {
			out[n] = Reference{Addr: mem.VAddr(addr), Process: process, Kind: Store}
			n++
		}
	}
	return n, nil
}

// recognise reports whether the start of a file holds such records, all of those that are
// seen and at least four: an instruction pointer, two truth values and addresses as a
// program has them, below 2^47 or in the kernel's half, and no pad. whole says that the
// file ends there.
func (c champSim) recognise(head []byte, whole bool) bool {
	if len(head) < 4*c.size && !whole || len(head) < c.size || whole && len(head)%c.size != 0 {
		return false
	}
	plausible := func(addr uint64) bool { return addr >= 4096 && (addr < 1<<47 || addr >= 1<<63) }
	for ; len(head) >= c.size; head = head[c.size:] {
		if !plausible(binary.LittleEndian.Uint64(head)) || head[8] > 1 || head[9] > head[8] {
			return false
		}
		for at := c.written; at < c.loads; at += 8 {
			if addr := binary.LittleEndian.Uint64(head[at:]); addr != 0 && !plausible(addr) {
				return false
			}
		}
	}
	return true
}
