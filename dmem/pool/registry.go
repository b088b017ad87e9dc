package pool

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/internal/registry"
)

// ErrDuplicate is returned by [Register] for a name that is taken.
var ErrDuplicate = registry.ErrDuplicate

var policies = registry.New("pool", Builtins()...)

// Builtins returns the built-in policies, in the order of their names in [Names].
func Builtins() []Policy {
	return []Policy{Random, RoundRobin, PerNodeRoundRobin, SmartIdle, SmartIdleReleased, MostFree, LeastLoaded, RoundRobinSkip}
}

// Register makes the policy known by name to [Lookup], for command lines and saved
// configurations. The error wraps [ErrDuplicate] if the name is taken; a policy without a
// name or without New is refused.
func Register(p Policy) error {
	if p.Name == "" || p.New == nil {
		return fmt.Errorf("pool: policy %q: want a name and a New function", p.Name)
	}
	return policies.Add(p)
}

// Lookup returns the policy of that name. The error of an unknown name lists the known
// ones.
func Lookup(name string) (Policy, error) { return policies.Lookup(name) }

// Names returns the names [Lookup] knows: the built-in policies, then the registered ones
// in their order.
func Names() []string { return policies.Names() }

// IsBuiltin reports whether p is one of this package's policies: its name and its code. A
// policy of one's own is not, even under a built-in name. Results may be cached by name
// for built-in policies only.
func IsBuiltin(p Policy) bool {
	return p.New != nil && slices.ContainsFunc(Builtins(), func(q Policy) bool {
		return q.Name == p.Name && q.AllowFull == p.AllowFull &&
			reflect.ValueOf(q.New).Pointer() == reflect.ValueOf(p.New).Pointer()
	})
}

// String returns the policy's name.
func (p Policy) String() string { return p.Name }

// MarshalText implements [encoding.TextMarshaler]; it returns the name.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.Name), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]; see [Lookup].
func (p *Policy) UnmarshalText(b []byte) error {
	q, err := Lookup(string(b))
	if err == nil {
		*p = q
	}
	return err
}
