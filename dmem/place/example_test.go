package place_test

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// OneInFour keeps three pages in four local while local memory lasts.
var OneInFour = place.Policy{Name: "one-in-four", New: func(place.Env) place.Placer {
	return place.PlacerFunc(func(r place.Request, v place.View) place.Where {
		if r.Fault%4 == 3 || v.LocalFree == 0 {
			return place.Remote
		}
		return place.Local
	})
}}

// A policy of one's own is a value. Give it to a configuration, or as here, ask it.
func Example() {
	p := OneInFour.New(place.Env{NumNodes: 1})
	for fault := range uint64(5) {
		fmt.Print(p.Place(place.Request{Fault: fault}, place.View{LocalFree: units.MiB}), " ")
	}
	// Output: local local local remote local
}
