package place

// AllLocal uses local memory only; a run that needs more ends with an error.
var AllLocal = Policy{Name: "all-local", New: newAllLocal, AllowFull: true}

func newAllLocal(Env) Placer {
	return PlacerFunc(func(Request, View) Where { return Local })
}
