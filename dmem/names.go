package dmem

import "fmt"

// nameOf returns the name of an enumeration's value, and "Kind(3)" for a value without one.
func nameOf(v uint8, names []string, kind string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}

// textOf returns the name of an enumeration's value; a value without one is an error that
// lists the names.
func textOf(v uint8, names []string, what string) ([]byte, error) {
	if int(v) < len(names) {
		return []byte(names[v]), nil
	}
	return nil, fmt.Errorf("dmem: %s is %d: want %s or %s", what, v, names[0], names[1])
}

// oneOf sets an enumeration to the value with the name b; any other name is an error that
// lists them.
func oneOf(dst *uint8, names []string, what string, b []byte) error {
	for i, n := range names {
		if n == string(b) {
			*dst = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("dmem: %q is no %s: want %s or %s", b, what, names[0], names[1])
}
