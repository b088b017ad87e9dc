package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
)

// xzMagic starts every stream of xz.
const xzMagic = "\xfd7zXZ\x00"

// maxDictionary is what xz -9 uses: more memory than that is not given to a file.
const maxDictionary = 64 << 20

// newXZ decompresses r.
func newXZ(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if size, err := xzDictionary(b); err != nil {
		return nil, err
	} else if size > maxDictionary {
		return nil, fmt.Errorf("xz: dictionary of %d bytes: want at most %d", size, maxDictionary)
	}
	z, err := xz.NewReader(b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return z, err
}

// xzDictionary returns how large a dictionary the first block asks for: the last property
// of its last filter, LZMA2 (format description of xz, sections 3.1 and 5.3.1).
func xzDictionary(r *bufio.Reader) (uint64, error) {
	const stream = 12 // bytes of a stream's header
	head, err := r.Peek(stream + 1)
	if err != nil {
		return 0, unexpected(err)
	}
	size := (int(head[stream]) + 1) * 4 // 0 is no block but the index: an empty stream
	if head[stream] == 0 {
		return 0, nil
	}
	if head, err = r.Peek(stream + size); err != nil {
		return 0, unexpected(err)
	}
	block := head[stream : stream+size-4] // a checksum follows
	flags, pos := block[1], 2
	for _, present := range []byte{0x40, 0x80} { // sizes, which may be told
		if flags&present != 0 {
			_, pos = uvarint(block, pos)
		}
	}
	for range flags&3 + 1 {
		var id, length uint64
		id, pos = uvarint(block, pos)
		length, pos = uvarint(block, pos)
		if pos >= len(block) || length > uint64(len(block)-pos) {
			break
		}
		if bits := block[pos]; id == 0x21 && length == 1 && bits < 40 {
			return uint64(2|bits&1) << (bits/2 + 11), nil
		}
		pos += int(length)
	}
	return 0, errors.New("xz: no LZMA2 filter with a dictionary below 4 GiB")
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
