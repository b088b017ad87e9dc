package place_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/place"
)

func TestLookup(t *testing.T) {
	want := []string{"local-first", "alternate", "all-local", "all-remote"}
	if got := place.Names()[:4]; !slices.Equal(got, want) {
		t.Errorf("Names() starts with %v, want %v", got, want)
	}
	for _, name := range want {
		if p, err := place.Lookup(name); err != nil || p.Name != name || !place.IsBuiltin(p) {
			t.Errorf("Lookup(%q) = %q, %v", name, p.Name, err)
		}
	}
	_, err := place.Lookup("local-frist")
	if err == nil {
		t.Fatal("no error for an unknown name")
	}
	for _, part := range append(want, `"local-frist"`, "place: ") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not name %s", err, part)
		}
	}
}

func TestRegister(t *testing.T) {
	mine := place.Policy{Name: fmt.Sprintf("registry-test-%d", len(place.Names())), New: place.AllRemote.New}
	if err := place.Register(mine); err != nil {
		t.Fatal(err)
	}
	if p, err := place.Lookup(mine.Name); err != nil || p.Name != mine.Name || place.IsBuiltin(p) {
		t.Errorf("Lookup = %v, %v, built-in %v", p, err, place.IsBuiltin(p))
	}
	if err := place.Register(mine); !errors.Is(err, place.ErrDuplicate) {
		t.Errorf("second Register: got %v, want ErrDuplicate", err)
	}
	if err := place.Register(place.Alternate); !errors.Is(err, place.ErrDuplicate) {
		t.Errorf("Register of a built-in: got %v, want ErrDuplicate", err)
	}
	for _, p := range []place.Policy{{}, {Name: "no-new"}, {New: mine.New}} {
		if err := place.Register(p); err == nil || errors.Is(err, place.ErrDuplicate) {
			t.Errorf("Register(%+q): got %v", p.Name, err)
		}
	}
}

// TestIsBuiltin: a policy of one's own under a built-in name is not built in.
func TestIsBuiltin(t *testing.T) {
	own := func(place.Env) place.Placer { return nil }
	for _, p := range []place.Policy{{}, {Name: "alternate"}, {Name: "alternate", New: own}, {Name: "mine", New: place.Alternate.New}, {Name: "alternate", New: place.AllRemote.New}} {
		if place.IsBuiltin(p) {
			t.Errorf("IsBuiltin(%q) with another New", p.Name)
		}
	}
}

func TestText(t *testing.T) {
	b, err := json.Marshal(struct{ Place place.Policy }{place.LocalFirst})
	if err != nil || string(b) != `{"Place":"local-first"}` {
		t.Fatalf("got %s, %v", b, err)
	}
	var back struct{ Place place.Policy }
	if err := json.Unmarshal(b, &back); err != nil || !place.IsBuiltin(back.Place) || back.Place.String() != "local-first" {
		t.Errorf("got %v, %v", back, err)
	}
	err = json.Unmarshal([]byte(`{"Place":"first"}`), &back)
	if err == nil || !strings.Contains(err.Error(), "all-remote") || back.Place.Name != "local-first" {
		t.Errorf("got %v, %v", back, err)
	}
}
