package cache

import (
	"fmt"
	"strings"
)

// Replacement is how the victim of a full set is chosen.
type Replacement uint8

// The replacement policies; see the package documentation.
const (
	RoundRobin Replacement = iota // first in, first out [Paper Table II]
	LRU
	Random
	numReplacements
)

// Writing is what a store does to a line that is resident.
type Writing uint8

// The ways to write.
const (
	WriteBack    Writing = iota // the line becomes dirty and is written when it leaves [Paper Table II]
	WriteThrough                // the store goes on to the next level, the line stays clean
	numWritings
)

// StoreMiss is what a store does that misses.
type StoreMiss uint8

// What a store that misses may do.
const (
	Allocate   StoreMiss = iota // bring the line in [Paper Table II]
	NoAllocate                  // go on to the next level
	numStoreMisses
)

var (
	replacementNames = [numReplacements]string{"round-robin", "lru", "random"}
	writingNames     = [numWritings]string{"write-back", "write-through"}
	storeMissNames   = [numStoreMisses]string{"allocate", "no-allocate"}
)

// String returns "round-robin", "lru" or "random".
func (r Replacement) String() string { return name(r, "Replacement", replacementNames[:]) }

// String returns "write-back" or "write-through".
func (w Writing) String() string { return name(w, "Writing", writingNames[:]) }

// String returns "allocate" or "no-allocate".
func (m StoreMiss) String() string { return name(m, "StoreMiss", storeMissNames[:]) }

// MarshalText implements [encoding.TextMarshaler]; a value that does not exist is an error.
func (r Replacement) MarshalText() ([]byte, error) { return marshal(r, replacementNames[:]) }

// MarshalText implements [encoding.TextMarshaler]; a value that does not exist is an error.
func (w Writing) MarshalText() ([]byte, error) { return marshal(w, writingNames[:]) }

// MarshalText implements [encoding.TextMarshaler]; a value that does not exist is an error.
func (m StoreMiss) MarshalText() ([]byte, error) { return marshal(m, storeMissNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (r *Replacement) UnmarshalText(b []byte) error {
	return unmarshal(r, b, "replacement", replacementNames[:])
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (w *Writing) UnmarshalText(b []byte) error {
	return unmarshal(w, b, "way to write", writingNames[:])
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (m *StoreMiss) UnmarshalText(b []byte) error {
	return unmarshal(m, b, "treatment of a store miss", storeMissNames[:])
}

func name[E ~uint8](v E, kind string, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(v))
}

func marshal[E ~uint8](v E, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("cache: %d: want 0 to %d", uint8(v), len(names)-1)
	}
	return []byte(names[v]), nil
}

func unmarshal[E ~uint8](dst *E, b []byte, what string, names []string) error {
	for i, n := range names {
		if string(b) == n {
			*dst = E(i)
			return nil
		}
	}
	return fmt.Errorf("cache: unknown %s %q: want one of %s", what, b, strings.Join(names, ", "))
}
