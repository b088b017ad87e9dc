package manager

import (
	"errors"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Config describes the rack's memory. The zero value is invalid. It has no default: all of
// it follows from the rack.
type Config struct {
	Nodes        int           // 1 to 65536
	LocalMemory  units.Bytes   // of each node, a multiple of the page size; may be 0
	Chunk        units.Bytes   // a power of two times the page size; 4 MiB in the paper [Paper §IV-A]
	PageSize     units.Bytes   // a power of two, at least a cache line
	PoolCapacity []units.Bytes // by pool, each a multiple of Chunk; at least one pool
	Policy       pool.Policy
	Seed         uint64 // of the policy's stream of random numbers
}

// maxMemory bounds the memory of a node and of a pool, so that addresses cannot overflow.
const maxMemory = 1024 * units.TiB

// Validate returns all faults of the configuration, each a [units.FieldError].
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, path string, got any, want string) {
		if !ok {
			errs = append(errs, &units.FieldError{Path: "manager." + path, Got: got, Want: want})
		}
	}
	check(c.Nodes >= 1 && c.Nodes <= math.MaxUint16+1, "nodes", c.Nodes, "1 to 65536")
	pageOK := powerOfTwo(c.PageSize) && c.PageSize >= mem.LineSize
	check(pageOK, "page_size", c.PageSize, "a power of two, at least "+mem.LineSize.String())
	chunkOK := powerOfTwo(c.Chunk) && c.Chunk >= c.PageSize && c.Chunk <= maxMemory
	check(chunkOK, "chunk", c.Chunk, fmt.Sprintf("a power of two times the page size (%v), at most %v", c.PageSize, maxMemory))
	check(c.LocalMemory <= maxMemory && (!pageOK || c.LocalMemory%c.PageSize == 0), "local_memory", c.LocalMemory,
		fmt.Sprintf("a multiple of the page size (%v), at most %v", c.PageSize, maxMemory))
	check(len(c.PoolCapacity) >= 1 && len(c.PoolCapacity) <= math.MaxUint16+1, "pool_capacity", fmt.Sprintf("%d pools", len(c.PoolCapacity)), "1 to 65536 pools")
	for i, b := range c.PoolCapacity {
		check(b > 0 && b <= maxMemory && (!chunkOK || b%c.Chunk == 0), fmt.Sprintf("pool_capacity[%d]", i), b,
			fmt.Sprintf("a multiple of the chunk (%v), not 0, at most %v", c.Chunk, maxMemory))
	}
	check(c.Policy.Name != "" && c.Policy.New != nil, "policy", fmt.Sprintf("%q", c.Policy.Name), "a policy with a name and a New function, such as pool.RoundRobin")
	return errors.Join(errs...)
}

func powerOfTwo(b units.Bytes) bool { return b != 0 && b&(b-1) == 0 }
