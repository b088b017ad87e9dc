package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync/atomic"
	"unsafe"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// channel is the recorder's side of the shared memory. Its references are those of the
// blocks in the order in which they were published, and, when the program is gone, of the
// blocks that were still open.
type channel struct {
	mem    []byte
	block  int // being read; -1 for none
	back   bool
	thread mem.ThreadID
	rest   []byte // records of it that are not read yet
	next   int    // thread whose open block is looked at next
	err    error

	gone    atomic.Bool // the program has ended
	stopped atomic.Bool
}

// newChannel sets up shared memory, of sharedSize zero bytes.
func newChannel(b []byte) *channel {
	c := &channel{mem: b, block: -1}
	copy(b[atMagic:], magic)
	for i := range poolBlocks {
		c.giveBack(i)
	}
	return c
}

func (c *channel) word(at int) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&c.mem[at])) }

func (c *channel) get(at int) uint32 { return c.word(at).Load() }

// giveBack lets the program use a block again.
func (c *channel) giveBack(block int) {
	n := c.get(atReturned)
	c.word(atReturnRing + 4*int(n%numBlocks)).Store(uint32(block))
	c.word(atReturned).Store(n + 1)
	if c.get(atThreadsWait) != 0 && n+1-c.get(atReused) >= poolBlocks/2 {
		c.wakeThreads()
	}
}

func (c *channel) wakeThreads() {
	if c.word(atThreadsWait).Swap(0) != 0 {
		futexWake(c.word(atReturned))
	}
}

// stop ends the recording; the program need not. It may be called by any goroutine.
func (c *channel) stop() {
	c.stopped.Store(true)
	c.word(atStop).Store(1)
	futexWake(c.word(atReturned))
	futexWake(c.word(atPublished))
}

// ended tells that the program has ended: what is in the memory is all there will be.
func (c *channel) ended() {
	c.gone.Store(true)
	futexWake(c.word(atPublished))
}

// Next implements [trace.RefSource].
func (c *channel) Next(buf []trace.Reference) (int, error) {
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	n := 0
	for n < len(buf) && c.err == nil && c.advance(n == 0) {
		some := c.rest[:min(len(c.rest), (len(buf)-n)*recordSize)]
		var got int
		got, c.err = parse(some, c.thread, buf[n:])
		n += got
		c.rest = c.rest[len(some):]
	}
	if n == 0 {
		return 0, c.err
	}
	return n, nil
}

// advance reports whether there are records to read: of this block or the next, for which
// it waits if it is told to. If it returns false after waiting, it has set err.
func (c *channel) advance(wait bool) bool {
	for c.err == nil && len(c.rest) == 0 {
		if c.block >= 0 {
			c.word(atBlocks + c.block*blockSize + 4).Store(0)
			if c.back {
				c.giveBack(c.block)
			}
			c.block = -1
		}
		gone := c.gone.Load() // before looking, so that nothing can follow what is seen
		switch published := c.get(atPublished); {
		case c.stopped.Load():
			c.err = io.EOF
		case published != c.get(atTaken):
			c.open(c.get(atPublishRing+4*int(c.get(atTaken)%numBlocks)), true)
			c.word(atTaken).Add(1)
		case gone:
			c.remains()
		case !wait:
			return false
		default:
			c.wakeThreads()
			c.word(atRecorderWaits).Store(1)
			if !c.gone.Load() && !c.stopped.Load() {
				futexWait(c.word(atPublished), published)
			}
			c.word(atRecorderWaits).Store(0)
		}
	}
	return c.err == nil
}

// open begins to read a block.
func (c *channel) open(block uint32, back bool) {
	if block >= numBlocks {
		c.err = fmt.Errorf("record: block %d: want less than %d: %w", block, numBlocks, ErrCorrupt)
		return
	}
	b := c.mem[atBlocks+int(block)*blockSize:][:blockSize]
	var count int
	if c.thread, count, c.err = head(b); c.err == nil {
		c.block, c.back, c.rest = int(block), back, b[headSize:][:count*recordSize]
	}
}

// remains opens the next of the blocks that threads had not filled when they ended.
func (c *channel) remains() {
	for ; c.next < mostThreads; c.next++ {
		if number := binary.LittleEndian.Uint32(c.mem[atOpen+4*c.next:]); number != 0 {
			c.open(number-1, false)
			c.next++
			return
		}
	}
	c.err = io.EOF
	switch {
	case c.get(atStarted) == 0:
		c.err = ErrNotStarted
	case c.get(atFault) == faultThreads:
		c.err = fmt.Errorf("record: the program has more than %d threads at once, which is the most", mostThreads)
	case c.get(atFault) != 0:
		c.err = fmt.Errorf("record: fault %d: %w", c.get(atFault), ErrCorrupt)
	}
}

// tell adds what the plugin counted.
func (c *channel) tell(o *Outcome) {
	o.Children, o.Replaced = c.get(atChildren), c.get(atExec) != 0
}
