package trace

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
)

// xzMagic starts every stream of xz.
const xzMagic = "\xfd7zXZ\x00"

// maxDictionary is what xz -9 uses: a file whose first block asks for more is refused. Of a
// later block, or one of a later stream, that is not known before the decompressor reads it,
// and it has no limit: xz.ReaderConfig.DictCap is the least that it takes.
const maxDictionary = 64 << 20

// newXZ decompresses r.
func newXZ(r io.Reader) (io.Reader, error) {
	end := &xzEnd{r: r}
	b := bufio.NewReader(end)
	if size, err := xzDictionary(b); err != nil {
		return nil, err
	} else if size > maxDictionary {
		return nil, fmt.Errorf("xz: dictionary of %d bytes: want at most %d", size, maxDictionary)
	}
	z, err := xz.NewReader(b)
	if err != nil {
		return nil, unexpected(err)
	}
	return &xzReader{z, end}, nil
}

// xzReader tells a stream that is cut between its parts, which the decompressor takes for
// its end.
type xzReader struct {
	z   *xz.Reader
	end *xzEnd
}

func (r *xzReader) Read(p []byte) (int, error) {
	n, err := r.z.Read(p)
	if err == io.EOF && string(r.end.last[:]) != "YZ" {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// xzEnd remembers the last two bytes that were read, but for the zeros that may pad a
// stream: the magic of its footer.
type xzEnd struct {
	r    io.Reader
	last [2]byte
}

func (e *xzEnd) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	seen := bytes.TrimRight(p[:n], "\x00")
	for _, b := range seen[max(0, len(seen)-2):] {
		e.last = [2]byte{e.last[1], b}
	}
	return n, err
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
	flags := block[1]
	block = block[2:]
	number := func() uint64 {
		v, n := binary.Uvarint(block)
		block = block[max(n, 0):]
		return v
	}
	for _, present := range []byte{0x40, 0x80} { // sizes, which may be told
		if flags&present != 0 {
			number()
		}
	}
	for range flags&3 + 1 {
		id, length := number(), number()
		if length >= uint64(len(block)) {
			break
		}
		if bits := block[0]; id == 0x21 && length == 1 && bits < 40 {
			return uint64(2|bits&1) << (bits/2 + 11), nil
		}
		block = block[length:]
	}
	return 0, errors.New("xz: no LZMA2 filter with a dictionary below 4 GiB")
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
