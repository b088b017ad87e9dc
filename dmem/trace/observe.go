package trace

import (
	"maps"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// sampleLines is how many lines Reuse follows at most.
const sampleLines = 1 << 20

// Reuse is how often a trace comes back to a line, in memory that does not grow with the
// trace: all lines are followed as long as they are at most 2^20. Beyond, half of them are
// let go, chosen by a hash, and so on; what is seen of those left stands for all.
type Reuse struct {
	// Intervals is the numbers of records from a use of a line to its next: 1 if the next
	// record has it. Any thread of the process counts, and any kind of record.
	Intervals Distribution
	// Lines is the number of different lines, each counted for every process by itself.
	Lines int64
	// Sampling tells that one line in 2^Sampling was followed at the end; 0 if all were, so
	// that both numbers above are exact.
	Sampling uint

	most int // lines to follow
	last map[lineID]int64
	now  int64 // records seen
}

type lineID struct {
	process mem.ProcessID
	line    uint64
}

// hash spreads lines over all numbers.
func (l lineID) hash() uint64 {
	h := (l.line ^ uint64(l.process)<<48) * 0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

// followed reports whether a line is among those followed.
func (r *Reuse) followed(l lineID) bool { return l.hash()&(1<<r.Sampling-1) == 0 }

func newReuse(most int) *Reuse { return &Reuse{most: most, last: map[lineID]int64{}} }

// use counts a record at an address.
func (r *Reuse) use(p mem.ProcessID, a mem.VAddr) {
	r.now++
	l := lineID{p, uint64(a) >> lineBits}
	if r.Sampling > 0 && !r.followed(l) {
		return
	}
	if before, known := r.last[l]; known {
		r.Intervals.add(uint64(r.now-before), 1<<r.Sampling)
	} else {
		r.Lines += 1 << r.Sampling
	}
	r.last[l] = r.now
	for len(r.last) > r.most {
		r.Sampling++
		maps.DeleteFunc(r.last, func(l lineID, _ int64) bool { return !r.followed(l) })
	}
}

// Observed is a source that keeps a record of what it passes on.
type Observed struct {
	src   Source
	gaps  Distribution
	reuse *Reuse
	last  units.Cycles
}

// Observe returns a source of the misses of src that measures them on the way.
func Observe(src Source) *Observed { return &Observed{src: src, reuse: newReuse(sampleLines)} }

// Next implements [Source].
func (o *Observed) Next(buf []Miss) (int, error) {
	n, err := o.src.Next(buf)
	for i := range buf[:n] {
		m := &buf[i]
		if o.reuse.now > 0 {
			o.gaps.add(uint64(m.Cycle-o.last), 1)
		}
		o.last = m.Cycle
		o.reuse.use(m.Process, m.Addr)
	}
	return n, err
}

// Gaps returns the cycles between each of the misses passed on and the one before, of any
// thread.
func (o *Observed) Gaps() *Distribution { return &o.gaps }

// Reuse returns how often the misses passed on come back to a line.
func (o *Observed) Reuse() *Reuse { return o.reuse }

// ObservedRefs is [Observed] for references.
type ObservedRefs struct {
	src   RefSource
	reuse *Reuse
}

// ObserveRefs returns a source of the references of src that measures them on the way.
func ObserveRefs(src RefSource) *ObservedRefs { return &ObservedRefs{src, newReuse(sampleLines)} }

// Next implements [RefSource].
func (o *ObservedRefs) Next(buf []Reference) (int, error) {
	n, err := o.src.Next(buf)
	for i := range buf[:n] {
		o.reuse.use(buf[i].Process, buf[i].Addr)
	}
	return n, err
}

// Reuse returns how often the references passed on come back to the line of their first
// byte; fetches of instructions are references as well.
func (o *ObservedRefs) Reuse() *Reuse { return o.reuse }
