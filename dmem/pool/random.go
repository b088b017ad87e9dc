package pool

// Random draws a pool uniformly among those with room [Paper §IV-A]. It uses Env.Rand,
// one draw a grant.
var Random = Policy{Name: "random", New: newRandom}

func newRandom(e Env) Selector {
	return SelectorFunc(func(r Request, v View) ID {
		withRoom := 0
		for i := range v.Pools {
			if v.Pools[i].hasRoom(&r) {
				withRoom++
			}
		}
		if withRoom == 0 {
			return 0
		}
		k := e.Rand.IntN(withRoom)
		for i := range v.Pools {
			if v.Pools[i].hasRoom(&r) {
				if k == 0 {
					return ID(i)
				}
				k--
			}
		}
		return 0 // not reached: k < withRoom
	})
}
