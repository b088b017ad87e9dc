package pool

// PerNodeRoundRobin takes the pools in turn for each node by itself: every node starts at
// pool 0. A pool without room is skipped.
var PerNodeRoundRobin = Policy{Name: "per-node-round-robin", New: newPerNodeRoundRobin}

func newPerNodeRoundRobin(e Env) Selector {
	turns := make([]turn, e.NumNodes)
	return SelectorFunc(func(r Request, v View) ID { return turns[r.Node].next(r, v) })
}
