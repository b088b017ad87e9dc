package pool_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/pool"
)

func TestLookup(t *testing.T) {
	want := []string{"random", "round-robin", "per-node-round-robin", "smart-idle", "smart-idle-released", "most-free", "least-loaded", "round-robin-skip"}
	if got := pool.Names()[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("Names() starts with %v, want %v", got, want)
	}
	for _, name := range want {
		if p, err := pool.Lookup(name); err != nil || p.Name != name || !pool.IsBuiltin(p) {
			t.Errorf("Lookup(%q) = %q, %v", name, p.Name, err)
		}
	}
	_, err := pool.Lookup("smart-idel")
	if err == nil {
		t.Fatal("no error for an unknown name")
	}
	for _, part := range append(want, `"smart-idel"`, "pool: ") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not name %s", err, part)
		}
	}
}

func TestRegister(t *testing.T) {
	mine := pool.Policy{Name: fmt.Sprintf("registry-test-%d", len(pool.Names())), New: pool.MostFree.New}
	if err := pool.Register(mine); err != nil {
		t.Fatal(err)
	}
	if p, err := pool.Lookup(mine.Name); err != nil || p.Name != mine.Name || pool.IsBuiltin(p) {
		t.Errorf("Lookup = %v, %v, built-in %v", p, err, pool.IsBuiltin(p))
	}
	if err := pool.Register(mine); !errors.Is(err, pool.ErrDuplicate) {
		t.Errorf("second Register: got %v, want ErrDuplicate", err)
	}
	if err := pool.Register(pool.Random); !errors.Is(err, pool.ErrDuplicate) {
		t.Errorf("Register of a built-in: got %v, want ErrDuplicate", err)
	}
	for _, p := range []pool.Policy{{}, {Name: "no-new"}, {New: mine.New}} {
		if err := pool.Register(p); err == nil || errors.Is(err, pool.ErrDuplicate) {
			t.Errorf("Register(%+q): got %v", p.Name, err)
		}
	}
}

// TestIsBuiltin: a policy of one's own under a built-in name is not built in.
func TestIsBuiltin(t *testing.T) {
	own := func(pool.Env) pool.Selector { return nil }
	for _, p := range []pool.Policy{{}, {Name: "random"}, {Name: "random", New: own}, {Name: "mine", New: pool.Random.New}, {Name: "random", New: pool.MostFree.New}} {
		if pool.IsBuiltin(p) {
			t.Errorf("IsBuiltin(%q) with another New", p.Name)
		}
	}
}

func TestText(t *testing.T) {
	b, err := json.Marshal(struct{ Pool pool.Policy }{pool.SmartIdle})
	if err != nil || string(b) != `{"Pool":"smart-idle"}` {
		t.Fatalf("got %s, %v", b, err)
	}
	var back struct{ Pool pool.Policy }
	if err := json.Unmarshal(b, &back); err != nil || !pool.IsBuiltin(back.Pool) || back.Pool.String() != "smart-idle" {
		t.Errorf("got %v, %v", back, err)
	}
	err = json.Unmarshal([]byte(`{"Pool":"idle"}`), &back)
	if err == nil || !strings.Contains(err.Error(), "most-free") || back.Pool.Name != "smart-idle" {
		t.Errorf("got %v, %v", back, err)
	}
}
