package trace

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// Version is the version of our own format that is written. Version 2 is read as well.
const (
	Version    = 3
	oldVersion = 2
)

// The layout of our own format; the package documentation shows it as a whole.
const (
	magic = "DMEMTRC" // followed by the version

	headSize    = len(magic) + 1 + 8 + 4 // up to the metadata
	maxMetadata = 64 << 10               // bytes

	blockTag     = 'B'
	blockSize    = 1 + 4 + 4 + 4 + 4 // of a block's head
	blockRecords = 64 << 10          // in a block that we write: zstd looks no further back
	maxRecords   = 64 << 10          // in a block that we read
	minRecord    = 2                 // bytes of a record: kind and line
	maxRecord    = 1 + 10 + 10 + 1 + 3 + maxStream
	maxStream    = 7 * 3  // of a row of the table of streams
	maxOpening   = 10 + 3 // before that table
	maxMerged    = 64     // streams of a block whose order is not written down

	endTag  = 'E'
	endSize = 1 + 8 + 8 + 8 + 4 + 4

	kindMask = 0x03 // of a record's byte
	lowFlag  = 0x04 // the address is not that of a line: its low bits are among the lows
	tiedFlag = 0x08 // the stamp is that of the stream's record before: no step

	lineBits = 6 // log2 of mem.LineSize
	lowMask  = 1<<lineBits - 1
)

// The layout depends on the size of a line.
var _ [0]struct{} = [mem.LineSize - 1<<lineBits]struct{}{}

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

// padding is how many bytes have to stand behind those that uvarint reads.
const padding = 8

// uvarint reads a variable-length number at b[pos:], behind which there is padding, and
// returns it with the position behind it, which is beyond len(b) if it exceeds 64 bits.
func uvarint(b []byte, pos int) (v uint64, next int) {
	if v = uint64(b[pos]); v < 0x80 {
		return v, pos + 1
	}
	return longUvarint(b, pos)
}

func longUvarint(b []byte, pos int) (uint64, int) {
	w := binary.LittleEndian.Uint64(b[pos:])
	if w&0x8000 == 0 {
		return w&0x7f | w>>1&0x3f80, pos + 2
	}
	if w&0x800000 == 0 {
		return w&0x7f | w>>1&0x3f80 | w>>2&0x1fc000, pos + 3
	}
	last := bits.TrailingZeros64(^w & 0x8080808080808080) // the first upper bit that is 0
	if last == 64 {
		v, n := binary.Uvarint(b[pos:])
		if n <= 0 {
			return 0, len(b) + 1
		}
		return v, pos + n
	}
	w &= 1<<(last&63) - 1
	w = w&0x007f007f007f007f | w&0x7f007f007f007f00>>1
	w = w&0x00003fff00003fff | w&0x3fff00003fff0000>>2
	w = w&0x000000000fffffff | w&0x0fffffff00000000>>4
	return w, pos + last>>3 + 1
}
