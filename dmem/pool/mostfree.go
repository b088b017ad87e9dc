package pool

// MostFree takes the pool with the most free memory, in bytes; ties go to the lower
// number.
var MostFree = Policy{Name: "most-free", New: newMostFree}

func newMostFree(Env) Selector {
	return SelectorFunc(func(_ Request, v View) ID {
		best := 0
		for i := range v.Pools {
			if v.Pools[i].Free > v.Pools[best].Free {
				best = i
			}
		}
		return ID(best)
	})
}
