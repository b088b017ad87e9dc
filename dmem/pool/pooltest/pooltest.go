// Package pooltest holds pool-selection policies to the rules of package pool, as
// testing/fstest does with file systems. One line buys the suite for a new policy:
//
//	func TestMine(t *testing.T) { pooltest.Run(t, Mine) }
//
// The rules, each on racks of 1 to 16 pools of equal and of unequal capacity, granting
// until every pool is full and beyond:
//
//   - name: the policy has a name in lower case and a New function.
//   - in range: every answer is the number of a pool.
//   - room: the answer has room if any pool has, unless the policy declares AllowFull.
//   - repeatable: the same seed and the same questions give the same answers.
//   - independent: a second instance that runs in between changes no answer of the first.
//   - read only: the selector writes neither to the view nor to the request.
//   - no traffic: it answers while every counter is zero.
//
// A panic of the policy is reported as a broken rule. The suite says nothing about whether
// a policy is any good.
package pooltest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Run tests the policy, one subtest per rule.
func Run(t *testing.T, p pool.Policy) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			if err := guard(p, r.check); err != nil {
				t.Error(err)
			}
		})
	}
}

// Check returns the rules the policy breaks, joined, or nil. It is [Run] for use outside
// of tests, such as in a notebook.
func Check(p pool.Policy) error {
	var errs []error
	for _, r := range rules {
		if err := guard(p, r.check); err != nil {
			errs = append(errs, fmt.Errorf("pooltest: policy %q: %s: %w", p.Name, r.name, err))
		}
	}
	return errors.Join(errs...)
}

var rules = []struct {
	name  string
	check func(pool.Policy) error
}{
	{"name", named},
	{"in range", everywhere(inRange)},
	{"room", everywhere(room)},
	{"repeatable", everywhere(repeatable)},
	{"independent", everywhere(independent)},
	{"read only", everywhere(readOnly)},
	{"no traffic", noTraffic},
}

func guard(p pool.Policy, check func(pool.Policy) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return check(p)
}

func named(p pool.Policy) error {
	if p.Name == "" || p.Name != strings.ToLower(p.Name) || strings.ContainsFunc(p.Name, func(r rune) bool { return r <= ' ' }) {
		return fmt.Errorf("name %q: want lower case without spaces", p.Name)
	}
	if p.New == nil {
		return errors.New("no New function")
	}
	return nil
}

// everywhere applies a rule to racks of every number of pools.
func everywhere(rule func(pool.Policy, setup) error) func(pool.Policy) error {
	return func(p pool.Policy) error {
		for n := 1; n <= 16; n++ {
			for _, uneven := range []bool{false, true} {
				s := setup{pools: n, uneven: uneven, seed: uint64(n)}
				if err := rule(p, s); err != nil {
					return fmt.Errorf("%d pools, unequal %v: %w", n, uneven, err)
				}
			}
		}
		return nil
	}
}

func inRange(p pool.Policy, s setup) error {
	return s.play(p, func(k int, r pool.Request, v pool.View, answer pool.ID) error {
		if int(answer) >= len(v.Pools) {
			return fmt.Errorf("grant %d: got pool %d, want 0 to %d", k, answer, len(v.Pools)-1)
		}
		return nil
	})
}

func room(p pool.Policy, s setup) error {
	if p.AllowFull {
		return nil
	}
	return s.play(p, func(k int, r pool.Request, v pool.View, answer pool.ID) error {
		hasRoom := func(st pool.Stat) bool { return st.Free >= r.Size }
		if int(answer) < len(v.Pools) && !hasRoom(v.Pools[answer]) && slices.ContainsFunc(v.Pools, hasRoom) {
			return fmt.Errorf("grant %d: pool %d has no room and another has (or declare AllowFull)", k, answer)
		}
		return nil
	})
}

func repeatable(p pool.Policy, s setup) error {
	return same(s.answers(p, nil), s.answers(p, nil))
}

func independent(p pool.Policy, s setup) error {
	other := setup{pools: s.pools, uneven: !s.uneven, seed: s.seed + 100}
	second := newRack(other, p)
	return same(s.answers(p, nil), s.answers(p, func() { second.step() }))
}

func same(want, got []pool.ID) error {
	for k := range want {
		if want[k] != got[k] {
			return fmt.Errorf("grant %d: pool %d the first time, pool %d the second", k, want[k], got[k])
		}
	}
	return nil
}

func readOnly(p pool.Policy, s setup) error {
	k := newRack(s, p)
	for i := range s.grants() {
		r, v := k.ask()
		r2, v2 := clone(r, v)
		k.grant(r, k.selector.Select(r2, v2))
		if !reflect.DeepEqual(v2.Pools, v.Pools) || !slices.Equal(r2.Granted, r.Granted) {
			return fmt.Errorf("grant %d: the selector wrote to its arguments", i)
		}
	}
	return nil
}

func noTraffic(p pool.Policy) error {
	return everywhere(func(p pool.Policy, s setup) error {
		s.quiet = true
		return errors.Join(inRange(p, s), room(p, s))
	})(p)
}

// setup is a small rack and the traffic on it.
type setup struct {
	pools  int
	uneven bool
	quiet  bool
	seed   uint64
}

const (
	numNodes = 5
	chunk    = 4 * units.MiB
)

func (s setup) capacity(i int) units.Bytes {
	if s.uneven {
		return units.Bytes(1+7*i%11) * chunk
	}
	return 8 * chunk
}

// grants is how many grants fill the rack, and a few more.
func (s setup) grants() int {
	var sum units.Bytes
	for i := range s.pools {
		sum += s.capacity(i)
	}
	return int(sum/chunk) + 3
}

// play grants until after the rack is full and shows every answer to check.
func (s setup) play(p pool.Policy, check func(int, pool.Request, pool.View, pool.ID) error) error {
	k := newRack(s, p)
	for i := range s.grants() {
		r, v := k.ask()
		id := k.selector.Select(clone(r, v))
		if err := check(i, r, v, id); err != nil {
			return err
		}
		k.grant(r, id)
	}
	return nil
}

// answers plays and returns all answers; between, if set, runs before each.
func (s setup) answers(p pool.Policy, between func()) []pool.ID {
	k := newRack(s, p)
	var ids []pool.ID
	for range s.grants() {
		if between != nil {
			between()
		}
		ids = append(ids, k.step())
	}
	return ids
}

// rack is a policy's selector and the books of the manager it works for.
type rack struct {
	setup
	selector pool.Selector
	rng      *rand.Rand
	now      units.Time
	pools    []pool.Stat
	granted  [numNodes][]uint32
}

func newRack(s setup, p pool.Policy) *rack {
	k := &rack{
		setup:    s,
		selector: p.New(pool.Env{NumPools: s.pools, NumNodes: numNodes, Rand: rand.New(rand.NewPCG(s.seed, 1))}),
		rng:      rand.New(rand.NewPCG(s.seed, 2)),
	}
	for i := range s.pools {
		k.pools = append(k.pools, pool.Stat{Capacity: s.capacity(i), Free: s.capacity(i)})
	}
	for n := range k.granted {
		k.granted[n] = make([]uint32, s.pools)
	}
	return k
}

// ask draws the next request and the traffic before it.
func (k *rack) ask() (pool.Request, pool.View) {
	k.now += units.Time(k.rng.Int64N(int64(units.Millisecond)))
	for i := range k.pools {
		p := &k.pools[i]
		p.Window, p.InFlight, p.QueueDelay = 0, 0, 0
		if !k.quiet {
			p.Window, p.InFlight = k.rng.Uint64N(1000), k.rng.Uint64N(32)
			p.QueueDelay = units.Time(k.rng.Int64N(int64(units.Microsecond)))
		}
		p.Total += p.Window
	}
	node := mem.NodeID(k.rng.UintN(numNodes))
	rate := 100 * k.rng.Float64()
	if k.quiet {
		rate = 0
	}
	return clone(pool.Request{Node: node, Size: chunk, Granted: k.granted[node], Rate: rate, NewestRate: rate / 2, Idle: units.Time(100 * rate)}, pool.View{Now: k.now, Pools: k.pools})
}

// grant books the chunk; a full pool falls through to the next with room.
func (k *rack) grant(r pool.Request, id pool.ID) {
	for i := range k.pools {
		at := (int(id) + i) % len(k.pools)
		if p := &k.pools[at]; p.Free >= r.Size {
			p.Free -= r.Size
			k.granted[r.Node][at]++
			return
		}
	}
}

func (k *rack) step() pool.ID {
	r, v := k.ask()
	id := k.selector.Select(clone(r, v))
	k.grant(r, id)
	return id
}

func clone(r pool.Request, v pool.View) (pool.Request, pool.View) {
	r.Granted, v.Pools = slices.Clone(r.Granted), slices.Clone(v.Pools)
	return r, v
}
