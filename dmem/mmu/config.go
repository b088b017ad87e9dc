package mmu

import (
	"errors"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Config describes the MMU of a node. The zero value is invalid; start from [Default].
type Config struct {
	PageSize   units.Bytes `toml:"page_size" comment:"a power of two, at least a cache line"`
	PageFault  units.Time  `toml:"page_fault" comment:"to serve a fault, at the first access to a page"`
	ChunkGrant units.Time  `toml:"chunk_grant" comment:"on top, if the fault needs a new chunk"`
	RMACLookup units.Time  `toml:"rmac_lookup" comment:"of the pool's address in the RMAC, per remote access"`
}

// Default returns the paper's MMU.
func Default() Config {
	return Config{
		PageSize: 4 * units.KiB, // assumption; x86, and the authors' released code (mem_defs.cpp)
		// The paper names no latency of page fault, chunk grant or RMAC lookup: zero.
	}
}

// Validate returns all faults of the configuration, each a [units.FieldError].
func (c Config) Validate() error {
	var errs []error
	if c.PageSize < mem.LineSize || c.PageSize&(c.PageSize-1) != 0 {
		errs = append(errs, &units.FieldError{Path: "mmu.page_size", Got: c.PageSize, Want: "a power of two, at least " + mem.LineSize.String()})
	}
	for _, f := range []struct {
		path string
		time units.Time
	}{{"mmu.page_fault", c.PageFault}, {"mmu.chunk_grant", c.ChunkGrant}, {"mmu.rmac_lookup", c.RMACLookup}} {
		if f.time < 0 || f.time == units.Never {
			errs = append(errs, &units.FieldError{Path: f.path, Got: f.time, Want: "a time that is not negative"})
		}
	}
	return errors.Join(errs...)
}
