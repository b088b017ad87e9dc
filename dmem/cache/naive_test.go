package cache_test

import (
	"math/rand/v2"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/cache"
)

// naive is the array said again as plainly as possible: a set is a list of lines, and the
// order of replacement is worked out from a history of events.
type naive struct {
	c     cache.Config
	rng   *rand.Rand
	sets  map[uint64][]*line // by way; nil is empty
	turns map[uint64]int
	now   int
	stats cache.Stats
}

type line struct {
	key   cache.Key
	dirty bool
	used  int
}

func newNaive(c cache.Config) *naive {
	return &naive{c: c, rng: rand.New(rand.NewPCG(c.Seed, 0x6361636865)), sets: map[uint64][]*line{}, turns: map[uint64]int{}}
}

func (n *naive) set(k cache.Key) (uint64, []*line) {
	id := uint64(k) % n.c.Sets()
	if n.sets[id] == nil {
		n.sets[id] = make([]*line, n.c.Ways)
	}
	return id, n.sets[id]
}

func (n *naive) line(k cache.Key) *line {
	_, ways := n.set(k)
	for _, l := range ways {
		if l != nil && l.key == k {
			return l
		}
	}
	return nil
}

func (n *naive) lookup(k cache.Key, op cache.Op) bool {
	n.now++
	l := n.line(k)
	counter := map[[2]bool]*uint64{
		{true, true}: &n.stats.LoadHits, {true, false}: &n.stats.LoadMisses, {false, true}: &n.stats.StoreHits, {false, false}: &n.stats.StoreMisses,
	}[[2]bool{op == cache.Load, l != nil}]
	*counter++
	if l == nil {
		return false
	}
	l.used = n.now
	l.dirty = l.dirty || op == cache.Store && n.c.Writing == cache.WriteBack
	return true
}

func (n *naive) writeBack(k cache.Key) bool {
	n.now++
	n.stats.Received++
	l := n.line(k)
	if l == nil {
		return false
	}
	l.used = n.now
	l.dirty = l.dirty || n.c.Writing == cache.WriteBack
	return true
}

func (n *naive) insert(k cache.Key, dirty bool) cache.Victim {
	n.now++
	n.stats.Fills++
	id, ways := n.set(k)
	in := &line{k, dirty, n.now}
	if i := slices.Index(ways, nil); i >= 0 {
		ways[i] = in
		return cache.Victim{}
	}
	victim := 0
	switch n.c.Replacement {
	case cache.RoundRobin:
		victim = n.turns[id] % n.c.Ways
		n.turns[id]++
	case cache.LRU:
		for i, l := range ways {
			if l.used < ways[victim].used {
				victim = i
			}
		}
	case cache.Random:
		victim = n.rng.IntN(n.c.Ways)
	}
	out := ways[victim]
	ways[victim] = in
	n.stats.Evictions++
	if out.dirty {
		n.stats.WriteBacks++
	}
	return cache.Victim{Key: out.key, Valid: true, Dirty: out.dirty}
}

func (n *naive) clean(k cache.Key) bool {
	l := n.line(k)
	if l == nil || !l.dirty {
		return false
	}
	n.stats.WriteBacks++
	l.dirty = false
	return true
}

func (n *naive) drop(k cache.Key) (bool, bool) {
	l := n.line(k)
	if l == nil {
		return false, false
	}
	_, ways := n.set(k)
	ways[slices.Index(ways, l)] = nil
	n.stats.Drops++
	if l.dirty {
		n.stats.WriteBacks++
	}
	return true, l.dirty
}

func (n *naive) resident() (count int) {
	for _, ways := range n.sets {
		for _, l := range ways {
			if l != nil {
				count++
			}
		}
	}
	return count
}
