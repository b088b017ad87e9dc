package cache

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Limits of a Config; far beyond any cache, they keep a wrong unit from taking all memory.
const (
	maxLines = 1 << 28
	maxWays  = 1 << 12
)

// Config describes an array. The zero value is invalid; start from [Default] or [TLB].
type Config struct {
	Size        units.Bytes `toml:"size" json:"size" comment:"of all lines together; of a TLB, what its pages cover"`
	Line        units.Bytes `toml:"line" json:"line" comment:"of a TLB, the page size"`
	Ways        int         `toml:"ways" json:"ways" comment:"associativity"`
	Replacement Replacement `toml:"replacement" json:"replacement" comment:"round-robin, lru or random"`
	Writing     Writing     `toml:"writing" json:"writing" comment:"write-back or write-through"`
	StoreMiss   StoreMiss   `toml:"store_miss" json:"store_miss" comment:"allocate or no-allocate"`
	Seed        uint64      `toml:"seed" json:"seed" comment:"of random replacement"`
}

// Default returns a first-level data cache [Paper Table II]: 32 KiB, 8 ways, lines of 64
// bytes, round robin, write-back, write-allocate.
func Default() Config { return Config{Size: 32 * units.KiB, Line: 64 * units.Byte, Ways: 8, Seed: 1} }

// TLB returns an array of so many entries, each for a page.
func TLB(entries, ways int, page units.Bytes) Config {
	return Config{Size: units.Bytes(entries) * page, Line: page, Ways: ways, Seed: 1}
}

// Lines returns how many lines the array holds; 0 if Line is 0.
func (c Config) Lines() uint64 {
	if c.Line == 0 {
		return 0
	}
	return uint64(c.Size / c.Line)
}

// Sets returns the number of sets; 0 if the Config is invalid.
func (c Config) Sets() uint64 {
	if c.Ways < 1 {
		return 0
	}
	return c.Lines() / uint64(c.Ways)
}

// Validate returns all faults, each a [*units.FieldError], joined; nil if there are none.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, path string, got any, want string) {
		if !ok {
			faults = append(faults, &units.FieldError{Path: path, Got: got, Want: want})
		}
	}
	ways := c.Ways >= 1 && c.Ways <= maxWays
	line := bits.OnesCount64(uint64(c.Line)) == 1
	check(line, "line", c.Line, "a power of two")
	check(ways, "ways", c.Ways, fmt.Sprintf("1 to %d", maxWays))
	if ways && line {
		sets := c.Sets()
		check(bits.OnesCount64(sets) == 1 && sets <= maxLines/uint64(c.Ways) && c.Size == units.Bytes(sets)*units.Bytes(c.Ways)*c.Line,
			"size", c.Size, fmt.Sprintf("line times ways, %v, times a power of two, and at most %d lines", c.Line*units.Bytes(c.Ways), maxLines))
	}
	check(c.Replacement < numReplacements, "replacement", c.Replacement, "round-robin, lru or random")
	check(c.Writing < numWritings, "writing", c.Writing, "write-back or write-through")
	check(c.StoreMiss < numStoreMisses, "store_miss", c.StoreMiss, "allocate or no-allocate")
	return errors.Join(faults...)
}
