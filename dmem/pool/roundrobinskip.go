package pool

// skipAbove is the load, as a multiple of the mean, above which a pool misses its turn.
const skipAbove = 1.05

// RoundRobinSkip takes the pools in turn, as [RoundRobin] does, but passes over pools that the
// node would load to more than 1.05 times the mean; the load is that of [LeastLoaded]. If all
// pools with room are passed over, it takes the least loaded of them.
//
// It is a policy of ours: round-robin as long as the turn does no harm, steered by load where
// it does.
var RoundRobinSkip = Policy{Name: "round-robin-skip", New: newRoundRobinSkip}

func newRoundRobinSkip(e Env) Selector {
	f := newForecast(e)
	var next turn
	return SelectorFunc(func(r Request, v View) ID {
		loads := f.observe(r, v)
		rate := f.expected(r)
		n := float64(len(loads))
		limit := skipAbove * (mean(loads) + rate/n)
		id := leastWithRoom(next, loads, r, v)
		for k := range loads {
			i := (int(next) + k) % len(loads)
			if loads[i]+rate <= limit && v.Pools[i].hasRoom(&r) {
				id = ID(i)
				break
			}
		}
		f.granted(r, id)
		next = turn(int(id)+1) % turn(len(v.Pools))
		return id
	})
}
