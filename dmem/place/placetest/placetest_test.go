package placetest_test

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/place/placetest"
)

// TestCheck breaks each rule once and wants it named.
func TestCheck(t *testing.T) {
	fixed := func(f place.PlacerFunc) func(place.Env) place.Placer {
		return func(place.Env) place.Placer { return f }
	}
	calls := 0
	for _, c := range []struct {
		rule   string
		policy place.Policy
	}{
		{"name", place.Policy{Name: "", New: place.LocalFirst.New}},
		{"valid", place.Policy{Name: "full", New: place.AllLocal.New}},
		{"valid", place.Policy{Name: "third", New: fixed(func(place.Request, place.View) place.Where { return 2 })}},
		{"valid", place.Policy{Name: "panics", New: fixed(func(place.Request, place.View) place.Where { panic("no") })}},
		{"repeatable", place.Policy{Name: "global", AllowFull: true, New: fixed(func(place.Request, place.View) place.Where {
			calls++
			return place.Where(calls / 7 % 2)
		})}},
		{"independent", place.Policy{Name: "reset", AllowFull: true, New: func() func(place.Env) place.Placer {
			var n *int // the last instance's counter: repeatable, but shared
			return func(place.Env) place.Placer {
				n = new(int)
				return place.PlacerFunc(func(place.Request, place.View) place.Where { *n++; return place.Where(*n % 2) })
			}
		}()}},
	} {
		err := placetest.Check(c.policy)
		if err == nil || !strings.Contains(err.Error(), c.rule+": ") {
			t.Errorf("policy %q: got %v, want the rule %q to be broken", c.policy.Name, err, c.rule)
		}
	}
}
