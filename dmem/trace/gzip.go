package trace

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// newGzip decompresses r, all members of it. Other bytes behind them are an error of its own:
// the decompressor would take them for a member that is cut.
func newGzip(r io.Reader) (io.Reader, error) {
	g := &gzipReader{b: bufio.NewReader(r)}
	var err error
	if g.z, err = gzip.NewReader(g.b); err != nil {
		return nil, unexpected(err)
	}
	g.z.Multistream(false)
	return g, nil
}

type gzipReader struct {
	z *gzip.Reader
	b *bufio.Reader
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if err == io.EOF {
			err = g.member()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// member goes on to the next member; it returns [io.EOF] if there is none.
func (g *gzipReader) member() error {
	head, err := g.b.Peek(2)
	switch {
	case len(head) == 0:
		return err
	case len(head) == 1 && head[0] == 0x1f:
		return unexpected(err)
	case head[0] != 0x1f || len(head) < 2 || head[1] != 0x8b:
		return errors.New("bytes behind the end of the gzip data that do not belong to it")
	}
	if err := g.z.Reset(g.b); err != nil {
		return unexpected(err)
	}
	g.z.Multistream(false)
	return nil
}
