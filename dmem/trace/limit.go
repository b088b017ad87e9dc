package trace

import "io"

// Limit returns a source of the first n misses of src, and then [io.EOF]. An n of zero or
// less gives no miss.
func Limit(src Source, n int64) Source { return &limited{src, n} }

type limited struct {
	src  Source
	left int64
}

func (l *limited) Next(buf []Miss) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	if int64(len(buf)) > l.left {
		buf = buf[:l.left]
	}
	n, err := l.src.Next(buf)
	l.left -= int64(n)
	return n, err
}
