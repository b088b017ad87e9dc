package trace

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// The layout of our own format; the package documentation shows it as a whole.
const (
	magic   = "DMEMTRC" // followed by the version
	version = 1

	headSize    = len(magic) + 1 + 8 + 4 // up to the metadata
	maxMetadata = 64 << 10               // bytes

	blockTag     = 'B'
	blockSize    = 1 + 4 + 4 + 4 + 4 // of a block's head
	blockRecords = 64 << 10          // in a block that we write: zstd looks no further back
	maxRecords   = 64 << 10          // in a block that we read
	minRecord    = 3                 // bytes of a record
	maxRecord    = 1 + 5 + 3 + 3 + 10 + 10 + 1

	endTag  = 'E'
	endSize = 1 + 8 + 8 + 8 + 4 + 4

	kindMask   = 0x03 // of a record's first byte
	lowFlag    = 0x04 // the address is not that of a line: its low bits follow
	slotShift  = 3
	slotEscape = 31 // the slot follows as a varint

	lineBits = 6 // log2 of mem.LineSize
	lowMask  = 1<<lineBits - 1
)

// The layout depends on the size of a line.
var _ [0]struct{} = [mem.LineSize - 1<<lineBits]struct{}{}

// stream is what a block's coder knows of a thread of a process: the line it used last,
// for each kind, as the next one is often near.
type stream struct {
	process mem.ProcessID
	thread  mem.ThreadID
	last    [numKinds]uint64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}

// chain adds a block's checksum to what stands for all blocks in their order, a polynomial
// of their checksums.
func chain(sum, block uint32) uint32 { return sum*0x9e3779b1 + block }

// zigzag makes small numbers of small differences of either sign.
func zigzag(d int64) uint64 { return uint64(d)<<1 ^ uint64(d>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// uvarint reads a variable-length number at b[pos:] and returns it with the position
// behind it, which is beyond len(b) if there is none or it exceeds 64 bits.
func uvarint(b []byte, pos int) (uint64, int) {
	if pos < len(b) && b[pos] < 0x80 {
		return uint64(b[pos]), pos + 1
	}
	return longUvarint(b, pos)
}

func longUvarint(b []byte, pos int) (uint64, int) {
	if pos+4 <= len(b) { // two and three bytes make nearly all of the rest
		w := uint64(binary.LittleEndian.Uint32(b[pos:]))
		if w&0x8000 == 0 {
			return w&0x7f | w>>1&0x3f80, pos + 2
		}
		if w&0x800000 == 0 {
			return w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000, pos + 3
		}
	}
	if pos > len(b) {
		return 0, pos
	}
	v, n := binary.Uvarint(b[pos:])
	if n <= 0 {
		return 0, len(b) + 1
	}
	return v, pos + n
}
