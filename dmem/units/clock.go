package units

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// Cycles counts cycles of a [Clock], without which it means nothing.
type Cycles int64

// NeverCycles is later than every cycle that occurs.
const NeverCycles Cycles = math.MaxInt64

// maxHz is the highest frequency a clock can have: one cycle a picosecond.
const maxHz = uint64(Second)

// Clock converts between cycles and time exactly. It keeps the frequency and computes each
// time from the cycle's number, so that errors never add up. The zero value is invalid.
type Clock struct {
	hz uint64

	// From here on follows from hz: a cycle is num/(round+1) picoseconds. Conversions below
	// the limits multiply with the inverses of these numbers, for a division takes far longer.
	num, round             uint64
	timeLimit, timeInverse uint64 // of At; the inverse of round+1
	cycleLimit, numInverse uint64 // of FloorCycles; the inverse of num
}

// newClock derives what makes conversions fast. For numbers below 2^64/d, the upper half of
// the product with floor(2^64/d)+1 is the quotient of the division by d: what is too much of
// the product is less than 2^64/d.
func newClock(hz uint64) Clock {
	if hz < 1 || hz > maxHz {
		return Clock{hz: hz}
	}
	a, b := uint64(Second), hz
	for b > 0 {
		a, b = b, a%b
	}
	num, den := uint64(Second)/a, hz/a
	if num == 1 || den == 1 { // 1 has no inverse
		num, den = 2*num, 2*den
	}
	c := Clock{hz: hz, num: num, round: den - 1, timeInverse: math.MaxUint64/den + 1, numInverse: math.MaxUint64/num + 1} // of a power of two the exact inverse
	if most := math.MaxUint64 / den; most > den {
		c.timeLimit = (most - den) / num
	}
	c.cycleLimit = math.MaxUint64 / num / den
	return c
}

// Multiples of one hertz, for [NewClock].
const (
	Hz  uint64 = 1
	KHz        = 1000 * Hz
	MHz        = 1000 * KHz
	GHz        = 1000 * MHz
)

var hertzUnits = []unit{{"GHz", GHz}, {"MHz", MHz}, {"kHz", KHz}, {"KHz", KHz}, {"Hz", Hz}}

// NewClock returns a clock of hz cycles a second. It returns an error unless hz lies
// between 1 Hz and 1 THz.
func NewClock(hz uint64) (Clock, error) {
	c := newClock(hz)
	if !c.Valid() {
		return Clock{}, &ParseError{Kind: "frequency", Text: format(hz, hertzUnits, "Hz"), Want: "1Hz to 1000GHz"}
	}
	return c, nil
}

// MustClock is [NewClock] for constants; it panics on a frequency out of range.
func MustClock(hz uint64) Clock {
	c, err := NewClock(hz)
	if err != nil {
		panic(err)
	}
	return c
}

// ParseClock reads a frequency with its unit: Hz, kHz, MHz, GHz.
func ParseClock(s string) (Clock, error) {
	v, negative, err := parse("frequency", s, hertzUnits, math.MaxUint64)
	if err != nil {
		return Clock{}, err
	}
	if negative {
		return Clock{}, &ParseError{Kind: "frequency", Text: s, Want: "1Hz to 1000GHz"}
	}
	return NewClock(v)
}

// Valid reports whether the clock runs: the zero value does not.
func (c Clock) Valid() bool { return c.hz >= 1 && c.hz <= maxHz }

// Hz returns the frequency in hertz.
func (c Clock) Hz() uint64 { return c.hz }

// At returns the time of the start of cycle n, n/Hz seconds rounded up to a picosecond.
// It saturates at [Never].
func (c Clock) At(n Cycles) Time {
	if uint64(n) < c.timeLimit {
		t, _ := bits.Mul64(uint64(n)*c.num+c.round, c.timeInverse)
		return Time(t)
	}
	if n < 0 {
		hi, lo := bits.Mul64(uint64(-n), uint64(Second))
		q, _ := bits.Div64(hi, lo, c.hz)
		return -Time(q)
	}
	hi, lo := bits.Mul64(uint64(n), uint64(Second))
	return ceilDiv(hi, lo, c.hz)
}

// FloorCycles returns the last cycle that starts at t or before: the largest n with
// At(n) <= t. FloorCycles(At(n)) == n. Times before zero are not defined and give 0.
func (c Clock) FloorCycles(t Time) Cycles {
	if uint64(t) < c.cycleLimit {
		n, _ := bits.Mul64(uint64(t)*(c.round+1), c.numInverse)
		return Cycles(n)
	}
	if t <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(t), c.hz)
	q, _ := bits.Div64(hi, lo, uint64(Second))
	return Cycles(q)
}

// CeilCycles returns the first cycle that starts at t or later: the smallest n with
// At(n) >= t. CeilCycles(At(n)) == n. Times before zero give 0.
func (c Clock) CeilCycles(t Time) Cycles {
	if t <= 0 {
		return 0
	}
	return c.FloorCycles(t-1) + 1
}

// String returns the frequency in its largest fitting unit, exactly: "1.2GHz".
func (c Clock) String() string { return format(c.hz, hertzUnits, "Hz") }

// MarshalText implements [encoding.TextMarshaler].
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseClock].
func (c *Clock) UnmarshalText(b []byte) error { return unmarshal(c, b, ParseClock) }

// GobEncode implements [gob.GobEncoder].
func (c Clock) GobEncode() ([]byte, error) { return binary.AppendUvarint(nil, c.hz), nil }

// GobDecode implements [gob.GobDecoder]; a frequency that no clock has is an error.
func (c *Clock) GobDecode(b []byte) error {
	hz, n := binary.Uvarint(b)
	if n <= 0 || n != len(b) || hz > maxHz {
		return &ParseError{Kind: "frequency", Text: fmt.Sprintf("%x", b), Want: "1Hz to 1000GHz"}
	}
	*c = newClock(hz)
	return nil
}
