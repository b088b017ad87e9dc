package units

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// ParseError tells which text could not be read as a quantity, and what is allowed.
type ParseError struct {
	Kind string // what was being read: "time", "size", ...
	Text string // the offending text
	Want string // what is allowed
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("units: %q is no %s: want %s", e.Text, e.Kind, e.Want)
}

// FieldError reports one fault of a configuration.
type FieldError struct {
	Path string // the field, dotted: "fabric.link_rate"
	Got  any    // its value
	Want string // what is allowed
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s = %v: want %s", e.Path, e.Got, e.Want)
}

// unit is a name and its size in the smallest unit of the quantity.
type unit struct {
	name  string
	scale uint64
}

func unmarshal[T any](dst *T, b []byte, parse func(string) (T, error)) error {
	v, err := parse(string(b))
	if err == nil {
		*dst = v
	}
	return err
}

// format writes v exactly, in the largest of the units that is not above it.
func format(v uint64, us []unit, zero string) string {
	if v == 0 {
		return "0" + zero
	}
	for _, u := range us {
		if v < u.scale {
			continue
		}
		s := strconv.FormatUint(v/u.scale, 10)
		if rem := v % u.scale; rem != 0 {
			digits := strconv.FormatUint(u.scale+rem, 10)[1:] // rem, padded: scales with a remainder are powers of ten
			s += "." + strings.TrimRight(digits, "0")
		}
		return s + u.name
	}
	return strconv.FormatUint(v, 10) + us[len(us)-1].name
}

// parse reads a decimal number and one of the units, exactly; limit is the largest value.
func parse(kind, s string, us []unit, limit uint64) (v uint64, negative bool, err error) {
	names := make([]string, len(us))
	for i, u := range us {
		names[i] = u.name
	}
	fail := func(want string) (uint64, bool, error) {
		return 0, false, &ParseError{Kind: kind, Text: s, Want: want}
	}
	text := strings.TrimSpace(s)
	negative = strings.HasPrefix(text, "-")
	text = strings.TrimPrefix(text, "-")
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		return fail("a number with a unit, one of " + strings.Join(names, ", "))
	}
	number, name := text[:end], strings.TrimSpace(text[end:])
	var scale uint64
	for _, u := range us {
		if u.name == name {
			scale = u.scale
		}
	}
	if scale == 0 {
		return fail("a number with a unit, one of " + strings.Join(names, ", "))
	}
	whole, frac, _ := strings.Cut(number, ".")
	if whole == "" && frac == "" || strings.Contains(frac, ".") {
		return fail("a decimal number before the unit")
	}
	const tooLarge = "a smaller value"
	if whole != "" {
		n, perr := strconv.ParseUint(whole, 10, 64)
		hi, lo := bits.Mul64(n, scale)
		if perr != nil || hi != 0 || lo > limit {
			return fail(tooLarge)
		}
		v = lo
	}
	for i, part := 0, scale; i < len(frac); i++ {
		d := uint64(frac[i] - '0')
		if d == 0 && strings.Trim(frac[i:], "0") == "" {
			break
		}
		if part%10 != 0 {
			// Binary units have few decimal digits: compute this last part exactly or refuse.
			return parseBinaryFraction(kind, s, v, negative, frac, scale, limit)
		}
		part /= 10
		v += d * part
	}
	if v > limit {
		return fail(tooLarge)
	}
	return v, negative, nil
}

// parseBinaryFraction adds 0.frac of a binary unit to the whole part, if that is a whole
// number of the smallest unit ("1.5KiB").
func parseBinaryFraction(kind, s string, partial uint64, negative bool, frac string, scale, limit uint64) (uint64, bool, error) {
	whole := partial / scale * scale
	frac = strings.TrimRight(frac, "0")
	if len(frac) <= 18 {
		num, _ := strconv.ParseUint(frac, 10, 64)
		den := uint64(1)
		for range frac {
			den *= 10
		}
		hi, lo := bits.Mul64(num, scale)
		if q, rem := bits.Div64(hi, lo, den); rem == 0 && whole+q >= whole && whole+q <= limit {
			return whole + q, negative, nil
		}
	}
	return 0, false, &ParseError{Kind: kind, Text: s, Want: "a whole number of the smallest unit"}
}
