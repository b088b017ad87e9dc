// Package placetest holds page-placement policies to the rules of package place. One line
// buys the suite for a new policy:
//
//	func TestMine(t *testing.T) { placetest.Run(t, Mine) }
//
// The rules, each on nodes with no, little and plenty of local memory:
//
//   - name: the policy has a name in lower case and a New function.
//   - valid: every answer is Local or Remote, and Local only while local memory is left,
//     unless the policy declares AllowFull.
//   - repeatable: the same seed and the same questions give the same answers.
//   - independent: another node's placer that runs in between changes no answer.
//
// A panic of the policy is reported as a broken rule.
package placetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Run tests the policy, one subtest per rule.
func Run(t *testing.T, p place.Policy) {
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
func Check(p place.Policy) error {
	var errs []error
	for _, r := range rules {
		if err := guard(p, r.check); err != nil {
			errs = append(errs, fmt.Errorf("placetest: policy %q: %s: %w", p.Name, r.name, err))
		}
	}
	return errors.Join(errs...)
}

var rules = []struct {
	name  string
	check func(place.Policy) error
}{
	{"name", named},
	{"valid", everywhere(valid)},
	{"repeatable", everywhere(repeatable)},
	{"independent", everywhere(independent)},
}

func guard(p place.Policy, check func(place.Policy) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return check(p)
}

func named(p place.Policy) error {
	if p.Name == "" || p.Name != strings.ToLower(p.Name) || strings.ContainsFunc(p.Name, func(r rune) bool { return r <= ' ' }) {
		return fmt.Errorf("name %q: want lower case without spaces", p.Name)
	}
	if p.New == nil {
		return errors.New("no New function")
	}
	return nil
}

const (
	page     = 4 * units.KiB
	numNodes = 3
	faults   = 300
)

// everywhere applies a rule to nodes with more and more local memory, in pages.
func everywhere(rule func(place.Policy, int) error) func(place.Policy) error {
	return func(p place.Policy) error {
		for _, pages := range []int{0, 1, 2, 7, 100, 1000} {
			if err := rule(p, pages); err != nil {
				return fmt.Errorf("%d pages of local memory: %w", pages, err)
			}
		}
		return nil
	}
}

func valid(p place.Policy, pages int) error {
	n := newNode(p, 0, pages)
	for k := range faults {
		full := n.view.LocalFree == 0
		switch w := n.step(); {
		case w != place.Local && w != place.Remote:
			return fmt.Errorf("fault %d: got %v, want local or remote", k, w)
		case w == place.Local && full && !p.AllowFull:
			return fmt.Errorf("fault %d: got local without local memory left (or declare AllowFull)", k)
		}
	}
	return nil
}

func repeatable(p place.Policy, pages int) error {
	return same(newNode(p, 1, pages).answers(nil), newNode(p, 1, pages).answers(nil))
}

func independent(p place.Policy, pages int) error {
	other := newNode(p, 2, pages+1)
	return same(newNode(p, 1, pages).answers(nil), newNode(p, 1, pages).answers(func() { other.step() }))
}

func same(want, got []place.Where) error {
	for k := range want {
		if want[k] != got[k] {
			return fmt.Errorf("fault %d: %v the first time, %v the second", k, want[k], got[k])
		}
	}
	return nil
}

// node is a node's placer and the memory it works for.
type node struct {
	id     mem.NodeID
	placer place.Placer
	rng    *rand.Rand
	view   place.View
	used   units.Bytes // of the remote memory granted
	faults uint64
}

func newNode(p place.Policy, id mem.NodeID, pages int) *node {
	seed := uint64(id)
	local := units.Bytes(pages) * page
	return &node{
		id:     id,
		placer: p.New(place.Env{Node: id, NumNodes: numNodes, Rand: rand.New(rand.NewPCG(seed, 1))}),
		rng:    rand.New(rand.NewPCG(seed, 2)),
		view:   place.View{LocalFree: local, LocalCapacity: local},
	}
}

func (n *node) step() place.Where {
	n.view.Now += units.Time(n.rng.Int64N(int64(units.Microsecond)))
	r := place.Request{Node: n.id, Process: mem.ProcessID(n.rng.UintN(2)), Page: mem.PageNo(n.rng.Uint64N(1 << 36)), Fault: n.faults}
	w := n.placer.Place(r, n.view)
	n.faults++
	if w == place.Local {
		n.view.LocalFree -= min(page, n.view.LocalFree)
	} else if n.used += page; n.used > n.view.RemoteGranted {
		n.view.RemoteGranted += 16 * page
	}
	return w
}

func (n *node) answers(between func()) []place.Where {
	var ws []place.Where
	for range faults {
		if between != nil {
			between()
		}
		ws = append(ws, n.step())
	}
	return ws
}
