package units

import "math"

// Bytes is an amount of memory or the size of a packet.
type Bytes uint64

// Binary and decimal multiples of [Bytes]; never mix them.
const (
	Byte Bytes = 1
	KiB        = 1024 * Byte
	MiB        = 1024 * KiB
	GiB        = 1024 * MiB
	TiB        = 1024 * GiB

	KB = 1000 * Byte
	MB = 1000 * KB
	GB = 1000 * MB
	TB = 1000 * GB
)

var (
	binaryUnits  = []unit{{"TiB", uint64(TiB)}, {"GiB", uint64(GiB)}, {"MiB", uint64(MiB)}, {"KiB", uint64(KiB)}}
	decimalUnits = []unit{{"TB", uint64(TB)}, {"GB", uint64(GB)}, {"MB", uint64(MB)}, {"KB", uint64(KB)}, {"kB", uint64(KB)}, {"B", 1}}
	byteUnits    = append(append([]unit(nil), binaryUnits...), decimalUnits...)
)

// ParseBytes reads an amount with its unit: B, KiB, MiB, GiB, TiB, or kB, MB, GB, TB.
// Decimals are allowed as far as the value is a whole number of bytes.
func ParseBytes(s string) (Bytes, error) {
	v, negative, err := parse("size", s, byteUnits, math.MaxUint64)
	if err == nil && negative && v != 0 {
		err = &ParseError{Kind: "size", Text: s, Want: "a size that is not negative"}
	}
	if err != nil {
		return 0, err
	}
	return Bytes(v), nil
}

// String returns the size exactly, in the largest binary unit that divides it, or else in
// the largest decimal one: "4MiB", "132MB", "100B".
func (b Bytes) String() string {
	for _, u := range byteUnits {
		if uint64(b) >= u.scale && uint64(b)%u.scale == 0 {
			return format(uint64(b), []unit{u}, u.name)
		}
	}
	return "0B"
}

// MarshalText implements [encoding.TextMarshaler].
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [ParseBytes].
func (b *Bytes) UnmarshalText(text []byte) error { return unmarshal(b, text, ParseBytes) }
