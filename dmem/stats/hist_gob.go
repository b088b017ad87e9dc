package stats

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// GobEncode implements [gob.GobEncoder]: the whole histogram in a few bytes a bucket that is
// not empty. They are variable-length integers: Count; then, unless that is 0, Sum, minimum,
// maximum, the samples of each band, and for each bucket that is not empty the number of
// empty ones before it and its samples.
func (h *Hist) GobEncode() ([]byte, error) {
	b := binary.AppendUvarint(nil, h.Count)
	if h.Count == 0 {
		return b, nil
	}
	for _, t := range []units.Time{h.Sum, h.min, h.max} {
		b = binary.AppendUvarint(b, uint64(t))
	}
	for _, n := range h.bands {
		b = binary.AppendUvarint(b, n)
	}
	empty := uint64(0)
	for _, n := range h.h.Export().Counts {
		if n == 0 {
			empty++
			continue
		}
		b = binary.AppendUvarint(binary.AppendUvarint(b, empty), uint64(n))
		empty = 0
	}
	return b, nil
}

// GobDecode implements [gob.GobDecoder]. It returns an error for what GobEncode does not
// write: buckets or bands that do not sum to the count, or do not fit minimum and maximum.
func (h *Hist) GobDecode(b []byte) error {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	*h = Hist{}
	d := Hist{Mean: Mean{Count: next()}}
	if d.Count == 0 && len(b) == 0 {
		return nil
	}
	d.Sum, d.min, d.max = units.Time(next()), units.Time(next()), units.Time(next())
	banded := uint64(0)
	for i := range d.bands {
		d.bands[i] = next()
		banded += d.bands[i]
	}
	highest := histFirst
	if int64(d.max) > highest {
		highest = histHighest
	}
	d.h = d.empty(highest)
	counted, first, last, end := uint64(0), -1, -1, bucket(units.Time(highest))
	for len(b) > 0 {
		empty, n := next(), next()
		if n == 0 || n > d.Count-counted || d.Count > math.MaxInt64 || empty >= uint64(end-last) {
			return fmt.Errorf("stats: histogram: %d samples after bucket %d and %d empty ones: want 1 to %d in one of %d buckets",
				n, last, empty, d.Count-counted, end+1)
		}
		last += 1 + int(empty)
		if first < 0 {
			first = last
		}
		_ = d.h.RecordValues(d.least(last), int64(n)) // cannot fail: the value is in range
		counted += n
	}
	if counted != d.Count || banded != d.Count || d.Count == 0 {
		return fmt.Errorf("stats: histogram: %d samples in buckets, %d in bands: want %d, and no more than that", counted, banded, d.Count)
	}
	if d.Sum < 0 || d.min < 0 || d.min > d.max || bucket(d.min) != first || bucket(d.max) != last {
		return fmt.Errorf("stats: histogram: sum %d, minimum %d and maximum %d do not fit the samples", d.Sum, d.min, d.max)
	}
	*h = d
	return nil
}

// bucket returns the number of the bucket that a latency lies in: 2,048 of the width of
// histLowest, then 1,024 for each doubling of the latency. To ask the library for its least and
// largest sample takes as long as all the rest of decoding.
func bucket(t units.Time) int {
	v := min(int64(t), histHighest)
	doublings := max(bits.Len64(uint64(v))-14, 0)
	return doublings<<10 + int(v>>(3+doublings))
}
