package place

// AllRemote uses remote memory only.
var AllRemote = Policy{Name: "all-remote", New: newAllRemote}

func newAllRemote(Env) Placer {
	return PlacerFunc(func(Request, View) Where { return Remote })
}
