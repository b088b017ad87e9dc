package place

// Alternate places the pages of a node's even faults (0, 2, ...) in local memory while it
// lasts, all others in remote memory [Paper §IV, "alternative local-remote"; the order,
// local first, is that of the authors' released code].
var Alternate = Policy{Name: "alternate", New: newAlternate}

func newAlternate(Env) Placer {
	return PlacerFunc(func(r Request, v View) Where {
		if r.Fault%2 == 0 && v.LocalFree > 0 {
			return Local
		}
		return Remote
	})
}
