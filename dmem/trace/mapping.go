package trace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mapping says how an address is made of the parts of a memory: the field that takes the
// highest bits first, the one that takes the lowest last. The zero value is no mapping.
type Mapping struct{ fields []mappingField }

type mappingField struct {
	name string
	bits int
}

// mappingNames are the parts in the order of an address vector; by is the byte within
// what a column command transfers and stands in no vector.
var mappingNames = []string{"ch", "ra", "bg", "ba", "ro", "co", "by"}

// Valid reports whether m is a mapping.
func (m Mapping) Valid() bool { return len(m.fields) > 0 }

// String returns m as UnmarshalText reads it.
func (m Mapping) String() string {
	var parts []string
	for _, f := range m.fields {
		parts = append(parts, f.name+strconv.Itoa(f.bits))
	}
	return strings.Join(parts, ",")
}

// MarshalText implements [encoding.TextMarshaler].
func (m Mapping) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads names of parts with the number of their bits, from the highest bits of
// an address to its lowest: "ro16,ba2,bg2,ra1,co7,ch0,by6". The parts are ch, ra, bg, ba,
// ro, co (channel, rank, bank group, bank, row, column) and by, the bytes that a column
// command transfers, all together at most 64 bits. A memory without bank groups leaves bg
// out, as its vectors do.
func (m *Mapping) UnmarshalText(b []byte) error {
	var fields []mappingField
	sum := 0
	for part := range strings.SplitSeq(string(b), ",") {
		name := part[:min(2, len(part))]
		bits, err := strconv.Atoi(part[len(name):])
		if err != nil || bits < 0 || bits > 64 || !slices.Contains(mappingNames, name) {
			return fmt.Errorf("trace: address mapping %q: %q: want one of %s and its number of bits, as in ro16,ba2,bg2,ra1,co7,ch0,by6", b, part, strings.Join(mappingNames, ", "))
		}
		if slices.ContainsFunc(fields, func(f mappingField) bool { return f.name == name }) {
			return fmt.Errorf("trace: address mapping %q: %s stands twice", b, name)
		}
		fields = append(fields, mappingField{name, bits})
		sum += bits
	}
	if sum > 64 {
		return fmt.Errorf("trace: address mapping %q: %d bits: want at most 64", b, sum)
	}
	m.fields = fields
	return nil
}

// part is where an element of an address vector goes.
type part struct {
	name        string
	bits, shift int
}

// vector returns the parts in the order of an address vector.
func (m Mapping) vector() []part {
	var parts []part
	for _, name := range mappingNames[:len(mappingNames)-1] {
		shift := 0
		for _, f := range slices.Backward(m.fields) {
			if f.name == name {
				parts = append(parts, part{name, f.bits, shift})
			}
			shift += f.bits
		}
	}
	return parts
}
