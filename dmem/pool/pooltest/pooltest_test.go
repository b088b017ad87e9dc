package pooltest_test

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/pool/pooltest"
)

// TestCheck breaks each rule once and wants it named.
func TestCheck(t *testing.T) {
	fixed := func(f func(pool.Env) pool.SelectorFunc) func(pool.Env) pool.Selector {
		return func(e pool.Env) pool.Selector { return f(e) }
	}
	shared := 0
	for _, c := range []struct {
		rule   string
		policy pool.Policy
	}{
		{"name", pool.Policy{Name: "Not Lower", New: pool.RoundRobin.New}},
		{"in range", pool.Policy{Name: "far", New: fixed(func(e pool.Env) pool.SelectorFunc {
			return func(pool.Request, pool.View) pool.ID { return pool.ID(e.NumPools) }
		})}},
		{"room", pool.Policy{Name: "first", New: fixed(func(pool.Env) pool.SelectorFunc {
			return func(pool.Request, pool.View) pool.ID { return 0 }
		})}},
		{"repeatable", pool.Policy{Name: "global", AllowFull: true, New: fixed(func(e pool.Env) pool.SelectorFunc {
			return func(pool.Request, pool.View) pool.ID { shared++; return pool.ID(shared / 3 % e.NumPools) }
		})}},
		{"independent", pool.Policy{Name: "reset", AllowFull: true, New: func() func(pool.Env) pool.Selector {
			var n *int // the last instance's counter: repeatable, but shared
			return fixed(func(e pool.Env) pool.SelectorFunc {
				n = new(int)
				return func(pool.Request, pool.View) pool.ID { *n++; return pool.ID(*n % e.NumPools) }
			})
		}()}},
		{"read only", pool.Policy{Name: "writer", AllowFull: true, New: fixed(func(pool.Env) pool.SelectorFunc {
			return func(_ pool.Request, v pool.View) pool.ID { v.Pools[0].Free++; return 0 }
		})}},
		{"no traffic", pool.Policy{Name: "divider", AllowFull: true, New: fixed(func(pool.Env) pool.SelectorFunc {
			return func(_ pool.Request, v pool.View) pool.ID { return pool.ID(1 / v.Pools[0].Window * 0) }
		})}},
	} {
		err := pooltest.Check(c.policy)
		if err == nil || !strings.Contains(err.Error(), c.rule+": ") {
			t.Errorf("policy %q: got %v, want the rule %q to be broken", c.policy.Name, err, c.rule)
		}
	}
}

func TestCheckPasses(t *testing.T) {
	if err := pooltest.Check(pool.SmartIdle); err != nil {
		t.Error(err)
	}
}
