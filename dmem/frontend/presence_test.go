package frontend

import (
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
)

// TestPresence: no core that holds a line is overlooked, and, as long as no count is full,
// a core's byte is empty once all that is counted there has left.
func TestPresence(t *testing.T) {
	for _, cores := range []int{1, 3, 8, 11} {
		for _, lines := range []uint64{1, 100, 5000} {
			p := newPresence(lines)
			rng := rand.New(rand.NewPCG(uint64(cores), lines))
			type copied struct {
				core int
				key  cache.Key
			}
			held := map[copied]int{}
			var all []copied
			for range 20_000 {
				if i := rng.IntN(201); len(all) > i { // some 100 at a time
					i = rng.IntN(len(all))
					out := all[i]
					all[i] = all[len(all)-1]
					all = all[:len(all)-1]
					held[out]--
					p.gave(out.core, out.key)
				} else {
					in := copied{rng.IntN(cores), cache.Key(rng.Uint64N(300)) << rng.IntN(40)}
					all = append(all, in)
					held[in]++
					p.took(in.core, in.key, cache.Victim{})
				}
				for other := range cores {
					if len(all) == 0 {
						break
					}
					in, asks := all[rng.IntN(len(all))], rng.IntN(cores)
					in.core = other
					if held[in] > 0 && asks != other && p.elsewhere(asks, cores, in.key)>>lane(other)&255 == 0 {
						t.Fatalf("%d cores: core %d is not told that core %d holds %#x", cores, asks, other, in.key)
					}
				}
			}
			for _, out := range all {
				p.gave(out.core, out.key)
			}
			for i, count := range p.counts {
				if count != 0 {
					t.Fatalf("%d cores: entry %d is %#x after all have left", cores, i, count)
				}
			}
		}
	}
}

// TestPresenceFull: a count that is full stays so, and does not reach its neighbours.
func TestPresenceFull(t *testing.T) {
	p := newPresence(1)
	for key := range cache.Key(300) {
		p.took(2, key, cache.Victim{})
	}
	for key := range cache.Key(299) {
		p.gave(2, key)
	}
	if got := p.elsewhere(1, 8, 299); got != 255<<16 {
		t.Errorf("one of 300 lines left: %#x, want %#x", got, 255<<16)
	}
	if got := p.elsewhere(2, 8, 299); got != 0 {
		t.Errorf("a core hears of its own lines: %#x", got)
	}
}
