package units

import (
	"math"
	"math/bits"
)

// BitRate is the speed of a link in bit/s.
type BitRate uint64

// Multiples of [BitRate], decimal as everywhere in networking.
const (
	BitPerSecond BitRate = 1
	Kbps                 = 1000 * BitPerSecond
	Mbps                 = 1000 * Kbps
	Gbps                 = 1000 * Mbps
	Tbps                 = 1000 * Gbps
)

var bitRateUnits = []unit{{"Tbps", uint64(Tbps)}, {"Gbps", uint64(Gbps)}, {"Mbps", uint64(Mbps)}, {"kbps", uint64(Kbps)}, {"Kbps", uint64(Kbps)}, {"bps", 1}}

// ParseBitRate reads a rate with its unit: bps, kbps, Mbps, Gbps, Tbps.
func ParseBitRate(s string) (BitRate, error) {
	v, negative, err := parse("bit rate", s, bitRateUnits, math.MaxUint64)
	if err == nil && negative && v != 0 {
		err = &ParseError{Kind: "bit rate", Text: s, Want: "a rate that is not negative"}
	}
	if err != nil {
		return 0, err
	}
	return BitRate(v), nil
}

// String returns the rate in its largest fitting unit, exactly: "100Gbps".
func (r BitRate) String() string { return format(uint64(r), bitRateUnits, "bps") }

// Time returns how long the link takes to put size on the wire, rounded up to a
// picosecond. A rate of zero gives [Never].
func (r BitRate) Time(size Bytes) Time {
	if r == 0 {
		return Never
	}
	hi, lo := bits.Mul64(uint64(size)*8, uint64(Second))
	return ceilDiv(hi, lo, uint64(r))
}

// MarshalText implements [encoding.TextMarshaler].
func (r BitRate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseBitRate].
func (r *BitRate) UnmarshalText(b []byte) error { return unmarshal(r, b, ParseBitRate) }

// ceilDiv returns ceil(hi:lo / d) as a time, saturating at [Never].
func ceilDiv(hi, lo, d uint64) Time {
	if hi >= d {
		return Never
	}
	q, rem := bits.Div64(hi, lo, d)
	if rem > 0 {
		q++
	}
	return Time(min(q, uint64(Never)))
}
