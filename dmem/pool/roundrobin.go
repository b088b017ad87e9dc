package pool

// RoundRobin takes the pools in turn, whichever node asks, and skips a pool without room
// [Paper §V].
var RoundRobin = Policy{Name: "round-robin", New: newRoundRobin}

func newRoundRobin(Env) Selector {
	var t turn
	return SelectorFunc(t.next)
}

// turn is the pool whose turn it is.
type turn int

// next returns the first pool with room from the turn's on, and moves the turn past it.
// With no room anywhere it returns the turn's pool.
func (t *turn) next(r Request, v View) ID {
	n := len(v.Pools)
	pick := int(*t) % n
	for range n {
		if v.Pools[pick].hasRoom(&r) {
			break
		}
		pick = (pick + 1) % n
	}
	*t = turn(pick+1) % turn(n)
	return ID(pick)
}
