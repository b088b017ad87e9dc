package place

// LocalFirst uses local memory until it is used up, then remote memory [Paper §IV].
var LocalFirst = Policy{Name: "local-first", New: newLocalFirst}

func newLocalFirst(Env) Placer {
	return PlacerFunc(func(_ Request, v View) Where {
		if v.LocalFree > 0 {
			return Local
		}
		return Remote
	})
}
