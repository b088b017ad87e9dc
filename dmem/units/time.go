package units

import "math"

// Time is a point in simulated time or a duration, in picoseconds. The zero value is the
// start of the simulation. The range is about 106 days.
type Time int64

// Multiples of [Time].
const (
	Picosecond  Time = 1
	Nanosecond       = 1000 * Picosecond
	Microsecond      = 1000 * Nanosecond
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
)

// Never is later than every time that occurs: the next event of an idle part.
const Never Time = math.MaxInt64

var timeUnits = []unit{
	{"s", uint64(Second)}, {"ms", uint64(Millisecond)}, {"us", uint64(Microsecond)}, {"µs", uint64(Microsecond)},
	{"ns", uint64(Nanosecond)}, {"ps", uint64(Picosecond)},
}

// ParseTime reads a time with its unit: s, ms, us (or µs), ns, ps. Decimals are allowed
// as far as the value is a whole number of picoseconds.
func ParseTime(s string) (Time, error) {
	v, negative, err := parse("time", s, timeUnits, math.MaxInt64)
	if negative {
		return -Time(v), err
	}
	return Time(v), err
}

// String returns the time in its largest fitting unit, exactly: "12.5ns".
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	if t < 0 {
		return "-" + format(uint64(-t), timeUnits, "s")
	}
	return format(uint64(t), timeUnits, "s")
}

// Nanoseconds returns the time as a floating-point number of nanoseconds.
func (t Time) Nanoseconds() float64 { return float64(t) / float64(Nanosecond) }

// Seconds returns the time as a floating-point number of seconds.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// MarshalText implements [encoding.TextMarshaler].
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseTime].
func (t *Time) UnmarshalText(b []byte) error { return unmarshal(t, b, ParseTime) }
