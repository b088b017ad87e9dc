package trace

import (
	"fmt"
	"strings"
)

// enum is a typed constant that counts from zero.
type enum interface{ ~uint8 }

func marshalName[E enum](v E, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("trace: %d: want 0 to %d", v, len(names)-1)
	}
	return []byte(names[v]), nil
}

func unmarshalName[E enum](dst *E, b []byte, what string, names []string) error {
	for i, name := range names {
		if string(b) == name {
			*dst = E(i)
			return nil
		}
	}
	return fmt.Errorf("trace: unknown %s %q: want one of %s", what, b, strings.Join(names, ", "))
}
