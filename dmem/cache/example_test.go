package cache_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// A matrix of 64 rows of 4 KiB is read along a column, twice: in a cache of 8 ways all
// rows' lines share one set, and thrash; fully associative, they fit.
func Example() {
	for _, ways := range []int{8, 512} {
		c := cache.Default()
		c.Ways = ways
		a, err := cache.New(c)
		if err != nil {
			fmt.Println(err)
			return
		}
		for range 2 {
			for row := range 64 {
				addr := units.Bytes(row) * 4 * units.KiB
				a.Access(cache.Key(addr/c.Line), cache.Load)
			}
		}
		s := a.Stats()
		fmt.Printf("%3d ways: %d hits, %d misses, hit rate %.0f %%\n", ways, s.Hits(), s.Misses(), 100*s.HitRate())
	}
	// Output:
	//   8 ways: 0 hits, 128 misses, hit rate 0 %
	// 512 ways: 64 hits, 64 misses, hit rate 50 %
}
