package record

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// The shared memory, as the plugin has it: a header, two rings of numbers of blocks,
// the open block of each thread, the blocks.
const (
	magic = "DMEMREC1"

	poolBlocks  = 64   // given out at the start
	mostThreads = 4032 // at once
	numBlocks   = poolBlocks + mostThreads

	atMagic         = 0
	atStarted       = 8 // all numbers are u32, little endian
	atStop          = 12
	atFault         = 16
	atChildren      = 20
	atExec          = 24
	atThreads       = 28
	atPublished     = 64
	atRecorderWaits = 68
	atTaken         = 128
	atReturned      = 192
	atThreadsWait   = 196
	atReused        = 256 // the next number, of blocks that were never used, is the plugin's own
	atPublishRing   = 4096
	atReturnRing    = atPublishRing + 4*numBlocks
	atOpen          = atReturnRing + 4*numBlocks
	atBlocks        = atOpen + 4*numBlocks
	sharedSize      = atBlocks + numBlocks*blockSize

	faultThreads = 1 // more than mostThreads
)

// A block is the thread u32, the number of records u32, 8 bytes of zero, and the records.
// A record is the address u64, the number of instructions u32, the size u8, the kind u8
// (0 load, 1 store) and 2 bytes of zero.
const (
	blockSize    = 16 << 10
	headSize     = 16
	recordSize   = 16
	blockRecords = (blockSize - headSize) / recordSize
	mostBytes    = 64 // of a reference
)

// ErrCorrupt is shared memory in a state that the plugin never leaves it in: the program
// has written there by mistake.
var ErrCorrupt = errors.New("corrupt recording")

// head returns the thread and the number of records of a block.
func head(block []byte) (mem.ThreadID, int, error) {
	thread, count := binary.LittleEndian.Uint32(block), binary.LittleEndian.Uint32(block[4:])
	switch {
	case thread >= mostThreads:
		return 0, 0, fmt.Errorf("record: thread %d: want less than %d: %w", thread, mostThreads, ErrCorrupt)
	case count > blockRecords:
		return 0, 0, fmt.Errorf("record: block of %d records: want at most %d: %w", count, blockRecords, ErrCorrupt)
	}
	return mem.ThreadID(thread), int(count), nil
}

// parse reads the records in b, of one thread, to out, which has room for them. It returns
// how many there are before the first at fault.
func parse(b []byte, thread mem.ThreadID, out []trace.Reference) (int, error) {
	n := len(b) / recordSize
	out = out[:n]
	for i := range out {
		record := b[i*recordSize:][:recordSize]
		rest := binary.LittleEndian.Uint64(record[8:])
		size, kind := uint8(rest>>32), uint16(rest>>40&0xff)
		if rest>>41 != 0 || size-1 >= mostBytes {
			return i, fmt.Errorf("record: size %d, kind %d, end %#x: want 1 to %d, 0 or 1, 0: %w", size, kind, rest>>48, mostBytes, ErrCorrupt)
		}
		out[i] = trace.Reference{
			Addr: mem.VAddr(binary.LittleEndian.Uint64(record)), Instructions: uint32(rest),
			Thread: thread, Size: size, Kind: trace.RefKind(kind),
		}
	}
	return n, nil
}
