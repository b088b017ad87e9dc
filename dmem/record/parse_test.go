package record

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestParse: records by hand, byte by byte.
func TestParse(t *testing.T) {
	good := []byte{
		0x40, 0x10, 0, 0, 0xff, 0x7f, 0, 0, 3, 1, 0, 0, 8, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 64, 1, 0, 0,
	}
	want := []trace.Reference{
		{Addr: 0x7fff00001040, Instructions: 259, Thread: 5, Size: 8},
		{Addr: 0xffffffffffffffff, Instructions: 0xffffffff, Thread: 5, Size: 64, Kind: trace.Store},
	}
	got := make([]trace.Reference, 3)
	if n, err := parse(good, 5, got); n != 2 || err != nil || !slices.Equal(got[:n], want) {
		t.Errorf("got %v, %v, want %v", got[:n], err, want)
	}
	for _, c := range []struct {
		name  string
		at    int
		value byte
	}{{"size 0", 12, 0}, {"size 65", 12, 65}, {"kind 2", 13, 2}, {"end", 14, 1}, {"end", 15, 0x80}, {"second", 16 + 13, 0xff}} {
		bad := slices.Clone(good)
		bad[c.at] = c.value
		if n, err := parse(bad, 5, got); n != c.at/recordSize || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %d records, %v", c.name, n, err)
		}
	}
}

// ended returns a channel on memory in which a program that has ended left what put does.
func ended(put func(c *channel)) *channel {
	c := newChannel(make([]byte, sharedSize))
	c.word(atStarted).Store(1)
	put(c)
	c.gone.Store(true)
	return c
}

// drain reads a channel to its end, in batches of the given size.
func drain(c *channel, batch int) (refs []trace.Reference, err error) {
	buf := make([]trace.Reference, batch)
	for {
		n, err := c.Next(buf)
		refs = append(refs, buf[:n]...)
		if err != nil {
			return refs, err
		}
	}
}

// fill writes a block of loads at addresses that count up from first.
func fill(c *channel, block int, thread uint32, first uint64, count int) {
	b := c.mem[atBlocks+block*blockSize:]
	binary.LittleEndian.PutUint32(b, thread)
	binary.LittleEndian.PutUint32(b[4:], uint32(count))
	for i := range count {
		r := b[headSize+i*recordSize:]
		binary.LittleEndian.PutUint64(r, first+uint64(i))
		binary.LittleEndian.PutUint64(r[8:], 1|1<<32)
	}
}

// TestDrain: published blocks come in their order, then the open ones by thread, whatever
// the size of the batches; a block that is in both, as after a kill, comes once.
func TestDrain(t *testing.T) {
	for _, batch := range []int{1, 7, 1023, 4096} {
		c := ended(func(c *channel) {
			fill(c, 9, 2, 100, blockRecords)
			fill(c, 3, 1, 5000, 2)
			fill(c, 70, 1, 6000, 1)
			fill(c, 71, 0, 7000, 3)
			for i, block := range []uint32{9, 3} {
				c.word(atPublishRing + 4*i).Store(block)
			}
			c.word(atPublished).Store(2)
			c.word(atOpen + 4*1).Store(70 + 1)
			c.word(atOpen + 4*0).Store(71 + 1)
			c.word(atOpen + 4*2).Store(9 + 1) // killed between two steps
		})
		refs, err := drain(c, batch)
		var want []trace.Reference
		for _, run := range []struct {
			thread mem.ThreadID
			first  mem.VAddr
			count  int
		}{{2, 100, blockRecords}, {1, 5000, 2}, {0, 7000, 3}, {1, 6000, 1}} {
			for i := range run.count {
				want = append(want, trace.Reference{Addr: run.first + mem.VAddr(i), Thread: run.thread, Instructions: 1, Size: 1})
			}
		}
		if err != io.EOF || !slices.Equal(refs, want) {
			t.Errorf("batches of %d: %d references, %v, want %d", batch, len(refs), err, len(want))
		}
		if c.get(atReturned) != poolBlocks+2 {
			t.Errorf("%d blocks were given back, want 2", c.get(atReturned)-poolBlocks)
		}
	}
}

// TestCorrupt: whatever the program wrote over the memory is an error, behind what is good.
func TestCorrupt(t *testing.T) {
	for name, spoil := range map[string]func(c *channel){
		"number of a block":  func(c *channel) { c.word(atPublishRing + 4).Store(numBlocks) },
		"open block":         func(c *channel) { c.word(atPublished).Store(1); c.word(atOpen).Store(numBlocks + 1) },
		"thread":             func(c *channel) { c.word(atBlocks + 4*blockSize).Store(mostThreads) },
		"number of records":  func(c *channel) { c.word(atBlocks + 4*blockSize + 4).Store(blockRecords + 1) },
		"record":             func(c *channel) { c.mem[atBlocks+4*blockSize+headSize+13] = 7 },
		"number of a fault":  func(c *channel) { c.word(atPublished).Store(1); c.word(atFault).Store(9) },
		"more than there is": func(c *channel) { c.word(atPublished).Store(3); c.word(atPublishRing + 8).Store(1 << 31) },
	} {
		c := ended(func(c *channel) {
			fill(c, 1, 0, 100, 3)
			fill(c, 4, 0, 200, 3)
			c.word(atPublishRing).Store(1)
			c.word(atPublishRing + 4).Store(4)
			c.word(atPublished).Store(2)
			spoil(c)
		})
		if refs, err := drain(c, 10); !errors.Is(err, ErrCorrupt) || len(refs) < 3 {
			t.Errorf("%s: %d references, %v", name, len(refs), err)
		}
	}
	c := newChannel(make([]byte, sharedSize))
	c.ended()
	if _, err := drain(c, 10); err != ErrNotStarted {
		t.Errorf("not started: %v", err)
	}
}

// FuzzBlock: any block is read, or refused.
func FuzzBlock(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 1, 0, 0})
	f.Add([]byte{255, 15, 0, 0, 255, 3, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 4, 0, 0})
	memory := make([]byte, sharedSize)
	f.Fuzz(func(t *testing.T, b []byte) {
		clear(memory[:atBlocks+blockSize])
		copy(memory[atBlocks:atBlocks+blockSize], b)
		count := binary.LittleEndian.Uint32(memory[atBlocks+4:])
		c := newChannel(memory)
		c.word(atStarted).Store(1)
		c.word(atPublished).Store(1)
		c.gone.Store(true)
		refs, err := drain(c, 100)
		if err == io.EOF && len(refs) != int(count) || err != io.EOF && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d of %d references, %v", len(refs), count, err)
		}
		for _, r := range refs {
			if r.Size == 0 || r.Size > mostBytes || r.Kind > trace.Store || r.Thread >= mostThreads {
				t.Errorf("invalid %+v", r)
			}
		}
	})
}

// FuzzHeader: any state of the counters and rings is read to an end, or refused.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0}, []byte{1}, []byte{0})
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{1, 0, 0, 0, 2}, []byte{3, 0, 0, 0, 9, 255})
	memory := make([]byte, sharedSize)
	f.Fuzz(func(t *testing.T, state, ring, open []byte) {
		clear(memory[:atBlocks])
		copy(memory[8:64], state)
		copy(memory[atPublishRing:atReturnRing], ring)
		copy(memory[atOpen:atBlocks], open)
		c := newChannel(memory)
		c.word(atPublished).Store(uint32(len(ring)))
		c.gone.Store(true)
		if _, err := drain(c, 100); err == nil {
			t.Error("no end")
		}
	})
}

// TestDecodeAllocates: nothing for a reference.
func TestDecodeAllocates(t *testing.T) {
	c := newChannel(make([]byte, sharedSize))
	buf := make([]trace.Reference, 4096)
	next := uint32(0)
	if n := testing.AllocsPerRun(100, func() {
		fill(c, 0, 0, 0, blockRecords)
		c.word(atPublishRing + 4*int(next%numBlocks)).Store(0)
		next++
		c.word(atPublished).Store(next)
		if n, err := c.Next(buf); n != blockRecords || err != nil {
			t.Fatal(n, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

func BenchmarkParse(b *testing.B) {
	c := newChannel(make([]byte, sharedSize))
	fill(c, 0, 0, 0, blockRecords)
	block, out := c.mem[atBlocks+headSize:atBlocks+blockSize], make([]trace.Reference, blockRecords)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(block, 0, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*blockRecords/1e6/b.Elapsed().Seconds(), "Mref/s")
}
