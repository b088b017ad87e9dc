// Package invariant switches checks of the simulator's own invariants that are too costly
// for every run. They are on in builds with the tag "invariants":
//
//	go test -tags invariants ./...
package invariant
