package frontend

import (
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/cache"
)

// presence tells which cores may hold a line in their private caches, so that coherence
// need not ask them all. It counts lines by a hash, eight cores to a word, a byte each;
// core i is counted in byte i mod 8. What it says is never less than the truth: a byte that
// is full stays so.
type presence struct {
	counts []uint64 // a power of two
}

// newPresence returns one for private caches of so many lines, of all cores together.
func newPresence(lines uint64) *presence {
	return &presence{counts: make([]uint64, 1<<bits.Len64(lines-1))}
}

// at returns where a line is counted; lines that follow each other are side by side.
func (p *presence) at(key cache.Key) *uint64 {
	return &p.counts[(uint64(key>>6)*0x9e3779b97f4a7c15>>32<<6^uint64(key))&uint64(len(p.counts)-1)]
}

// lane returns the first bit of a core's byte.
func lane(core int) uint { return uint(core&7) * 8 }

// took counts a line that came into a cache of a core, and the one it displaced.
func (p *presence) took(core int, key cache.Key, out cache.Victim) {
	if count := p.at(key); uint8(*count>>lane(core)) != 255 {
		*count += 1 << lane(core)
	}
	if out.Valid {
		p.gave(core, out.Key)
	}
}

// gave counts a line that left a cache of a core.
func (p *presence) gave(core int, key cache.Key) {
	if count := p.at(key); uint8(*count>>lane(core)) != 255 {
		*count -= 1 << lane(core)
	}
}

// elsewhere returns the bytes of the cores other than one that may hold a line; with more
// than eight cores, of those as well that share its byte.
func (p *presence) elsewhere(core, cores int, key cache.Key) uint64 {
	held := *p.at(key)
	if cores <= 8 {
		held &^= 255 << lane(core)
	}
	return held
}
