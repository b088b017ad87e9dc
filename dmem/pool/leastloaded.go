package pool

// LeastLoaded takes the pool of least load to come: the accesses a microsecond of the recent
// past, in a mean with exponentially decaying weights, corrected for what grants have moved
// since. A grant books the traffic of its node on the pool at once, and takes it off the pool
// of the node's chunk before. The memory of the mean is as long as two grants a pool take, on
// average over the run. Ties go to the pool after the one taken
// last. Until some node gets its second chunk nothing is known, and chunks are granted in
// turn: that matters when nodes start together.
//
// It is a policy of ours. It differs from [SmartIdle] in three ways: what it knows does
// not end after four windows, however short they are; grants at one time do not all see
// the same idle pool; and free memory does not matter, as long as there is room.
var LeastLoaded = Policy{Name: "least-loaded", New: newLeastLoaded}

func newLeastLoaded(e Env) Selector {
	f := newForecast(e)
	var next turn
	return SelectorFunc(func(r Request, v View) ID {
		id := leastWithRoom(next, f.observe(r, v), r, v)
		f.granted(r, id)
		next = turn(int(id)+1) % turn(len(v.Pools))
		return id
	})
}
