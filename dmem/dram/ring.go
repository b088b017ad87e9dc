package dram

// ring is a FIFO in a power-of-two buffer that grows when full and never shrinks.
type ring[T any] struct {
	buf  []T
	head int
	n    int
}

// push adds an element at the end and returns it to be filled; valid until the next push.
func (r *ring[T]) push() *T {
	if r.n == len(r.buf) {
		r.grow()
	}
	p := &r.buf[(r.head+r.n)&(len(r.buf)-1)]
	r.n++
	return p
}

func (r *ring[T]) grow() {
	buf := make([]T, max(16, 2*len(r.buf)))
	k := copy(buf, r.buf[r.head:])
	copy(buf[k:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}

// front returns the oldest element, at the i-th oldest; they must exist.
func (r *ring[T]) front() *T   { return &r.buf[r.head&(len(r.buf)-1)] }
func (r *ring[T]) at(i int) *T { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

// drop removes the oldest element.
func (r *ring[T]) drop() {
	r.n--
	r.head = (r.head + 1) & (len(r.buf) - 1)
	if r.n == 0 {
		r.head = 0 // start over: a short queue stays in few cache lines
	}
}
