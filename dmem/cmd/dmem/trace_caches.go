package main

import (
	"errors"
	"flag"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
)

// cachesFlags are those of the cores and caches that make misses of references.
type cachesFlags struct {
	timing dmem.Timing
	scale  int
	fills  uint64
}

// cachesFlagNames are the flags that register registers.
var cachesFlagNames = []string{"timing", "scale", "fills"}

// register registers the flags; the help of each begins with of, and that of -fills is fills.
func (f *cachesFlags) register(fs *flag.FlagSet, of, fills string) {
	fs.Func("fills", of+fills, func(s string) (err error) {
		f.fills, err = between[uint64](1, math.MaxInt64)(s)
		return err
	})
	f.scale = 1
	fs.Func("scale", of+"divide the caches by `N`, a power of two (default 1)", func(s string) (err error) {
		f.scale, err = whole[int](s)
		if err == nil && (f.scale == 0 || f.scale&(f.scale-1) != 0) {
			err = errors.New("want a power of two")
		}
		return err
	})
	f.timing = dmem.TimingTracer
	fs.Func("timing", of+"what the stamps count, `tracer|compute`: what the paper's tool charges, for an open loop, or compute time, for a closed one (default tracer)", func(s string) (err error) {
		f.timing, err = text[dmem.Timing](s)
		return err
	})
}

// node returns the cores and caches of Table II as the flags want them.
func (f *cachesFlags) node(command string) (frontend.Config, error) {
	node := dmem.Node(f.scale, f.timing)
	if err := node.Validate(); err != nil {
		return node, usagef("%s: -scale %d: %w", command, f.scale, err)
	}
	return node, nil
}

// String says in the origin of a trace what made its misses.
func (f *cachesFlags) String() string {
	return fmt.Sprintf("caches of Table II (not the TLBs) divided by %d, %v time", f.scale, f.timing)
}
