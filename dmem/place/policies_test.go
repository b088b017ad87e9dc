package place_test

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/place/placetest"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const page = 4 * units.KiB

var builtins = []place.Policy{place.LocalFirst, place.Alternate, place.AllLocal, place.AllRemote}

func TestConformance(t *testing.T) {
	for _, p := range builtins {
		t.Run(p.Name, func(t *testing.T) { placetest.Run(t, p) })
	}
}

// TestSequence: eight faults of a node with three local pages; L is local, R remote.
func TestSequence(t *testing.T) {
	for _, c := range []struct {
		policy place.Policy
		want   string
	}{
		{place.LocalFirst, "LLLRRRRR"},
		{place.Alternate, "LRLRLRRR"},
		{place.AllLocal, "LLLLLLLL"},
		{place.AllRemote, "RRRRRRRR"},
	} {
		p := c.policy.New(place.Env{NumNodes: 1})
		v := place.View{LocalFree: 3 * page, LocalCapacity: 3 * page}
		var got strings.Builder
		for k := range uint64(8) {
			switch p.Place(place.Request{Fault: k}, v) {
			case place.Local:
				got.WriteByte('L')
				v.LocalFree -= min(page, v.LocalFree)
			case place.Remote:
				got.WriteByte('R')
			}
		}
		if got.String() != c.want {
			t.Errorf("%s: got %s, want %s", c.policy.Name, got.String(), c.want)
		}
	}
}

func TestWhereString(t *testing.T) {
	for w, want := range map[place.Where]string{place.Local: "local", place.Remote: "remote", 7: "place.Where(7)"} {
		if w.String() != want {
			t.Errorf("got %q, want %q", w, want)
		}
	}
}
