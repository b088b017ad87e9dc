package trace

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// merge finds the stream whose next record is the first: the least stamp, and of equal ones
// the first row's. It is a tournament in which a stream that has been read from plays
// against the losers on its way to the top, without a branch that nobody can predict.
//
// Who plays is a key: the stamp, less base, and the row in the last bits. Stamps too far
// from base for a key are late, all alike: when one of them comes first, base moves on.
type merge struct {
	base   units.Cycles
	winner uint64
	places uint64                // for streams, a power of two
	losers [2 * maxMerged]uint64 // of the match i, whose players come from the matches 2i and 2i+1; behind those, the places
}

const (
	slotBits = 6 // log2 of maxMerged
	late     = math.MaxUint64>>slotBits - 1
	finished = math.MaxUint64
)

// start begins with the streams as they are, at most maxMerged.
func (g *merge) start(streams []inStream, room []Miss) {
	g.base = units.NeverCycles
	for i := range streams {
		if s := &streams[i]; s.next < s.end {
			g.base = min(g.base, room[s.next].Cycle)
		}
	}
	for g.places = 1; g.places < uint64(len(streams)); {
		g.places *= 2
	}
	for slot := range g.places {
		key := uint64(finished)
		if slot < uint64(len(streams)) {
			if s := &streams[slot]; s.next < s.end {
				key = g.key(slot, room[s.next].Cycle)
			}
		}
		g.losers[g.places+slot] = key
	}
	for i := g.places - 1; i > 0; i-- { // who wins, first
		g.losers[i] = min(g.losers[2*i], g.losers[2*i+1])
	}
	g.winner = g.losers[1]
	for i := uint64(1); i < g.places; i++ {
		g.losers[i] = max(g.losers[2*i], g.losers[2*i+1])
	}
}

// key returns that of a stream with a record of this stamp next.
func (g *merge) key(slot uint64, stamp units.Cycles) uint64 {
	return min(uint64(stamp-g.base), late)<<slotBits | slot
}

// advance gives the winner another key.
func (g *merge) advance(slot, key uint64) {
	for i := (g.places + slot) / 2; i > 0; i /= 2 {
		loser := &g.losers[i%(2*maxMerged)]
		key, *loser = min(key, *loser), max(key, *loser)
	}
	g.winner = key
}

// stuck reports whether all streams with records left are late: start has to follow.
func (g *merge) stuck() bool { return g.winner>>slotBits == late }
