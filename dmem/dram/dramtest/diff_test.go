package dramtest_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/dram/dramtest"
	"github.com/dmemsys/dmemsys/dmem/units"
)

var (
	configs = flag.Int("configs", 300, "random configurations of the differential test")
	seed    = flag.Uint64("seed", 1, "its first seed; configuration i uses seed+i")
)

// The model and its naive twin agree in every completion, acceptance, command, energy sum
// and fatal end, for random configurations and traffic, however the calls of Advance cut
// the time.
func TestDifferential(t *testing.T) {
	n := *configs
	if testing.Short() {
		n = min(n, 60)
	}
	const shards = 4
	for s := range shards {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			t.Parallel()
			failed, collisions := 0, 0
			for i := s; i < n && failed < 3; i += shards {
				one := *seed + uint64(i)
				collided, err := compare(one)
				if err != nil {
					failed++
					t.Errorf("-seed %d -configs 1: %v", one, err)
				}
				if collided {
					collisions++
				}
			}
			t.Logf("%d collisions", collisions)
		})
	}
}

// maxCycles bounds a case; some configurations refresh more than they serve.
const maxCycles = 400_000

func compare(seed uint64) (collided bool, err error) {
	rng := rand.New(rand.NewPCG(seed, 7))
	c := dramtest.RandomCase(rng, 500)
	fail := func(format string, args ...any) (bool, error) {
		return false, fmt.Errorf("%s\n%+v", fmt.Sprintf(format, args...), c.Config)
	}

	naive := dramtest.New(c.Config, len(c.Requests))
	steps, next, last := 0, 0, -1
	for pending, after := true, rng.IntN(30000); naive.Err == nil && naive.Cycle() < maxCycles; steps++ {
		first := next
		for next < len(c.Requests) && c.Requests[next].At <= units.Cycles(steps) {
			next++
		}
		naive.Step(c.Requests[first:next], first)
		if pending {
			pending = next < len(c.Requests)
			for i := 0; i < len(naive.Done) && !pending; i++ {
				pending = naive.Done[i] < 0
			}
			last = naive.Cycle()
		} else if naive.Cycle() > last+after {
			steps++
			break
		}
	}
	end := units.Cycles(naive.Cycle())

	m, err := dram.New(c.Config)
	if err != nil {
		return fail("%v", err)
	}
	var cmds []dram.Command
	m.Probe.OnCommand = func(c *dram.Command) { cmds = append(cmds, *c) }
	m.ReportAccepted(true)
	done := make([]int, len(c.Requests))
	accepted := make([]int, len(c.Requests))
	for i := range done {
		done[i], accepted[i] = -1, -1
	}
	var lastDone dram.Completion
	var now units.Cycles // in steps
	window := 1 + rng.IntN(2000)
	next = 0
	for now < units.Cycles(steps) {
		switch rng.IntN(4) {
		case 0:
			now = max(now, min(m.Next(), units.Cycles(steps)-1)) + 1
		case 1:
			now++
		default:
			now += units.Cycles(1 + rng.IntN(window))
		}
		now = min(now, units.Cycles(steps))
		ahead := now + units.Cycles(rng.IntN(2)*rng.IntN(200))
		for next < len(c.Requests) && (c.Requests[next].At < now || c.Requests[next].At < ahead) {
			q := c.Requests[next]
			m.Push(q.At, q.Addr, q.Write, uint32(next))
			next++
		}
		m.Advance(now)
		if rng.IntN(20) == 0 {
			m.Stats()
		}
		for {
			k, ok := m.Pop()
			if !ok {
				break
			}
			if k.Done < lastDone.Done || k.Done == lastDone.Done && k.Write && !lastDone.Write && c.Config.System.NumChans == 1 {
				return fail("completion %+v after %+v", k, lastDone)
			}
			if k.Write != c.Requests[k.Tag].Write {
				return fail("completion %+v of request %+v", k, c.Requests[k.Tag])
			}
			lastDone = k
			done[k.Tag] = int(k.Done)
			if naive.Accepted[k.Tag] != int(k.Accepted) {
				return fail("request %d: accepted in %d, want %d", k.Tag, k.Accepted, naive.Accepted[k.Tag])
			}
		}
		for {
			at, tag, ok := m.PopAccepted()
			if !ok {
				break
			}
			accepted[tag] = int(at)
		}
	}
	if naive.Err != nil {
		var collision *dram.CollisionError
		if !errors.As(m.Err(), &collision) {
			return fail("got error %v, want %v", m.Err(), naive.Err)
		}
		return true, nil
	}
	if collision := m.Err(); collision != nil {
		// The reference's data collide only after the command.
		return fail("%v", collision)
	}
	stats := m.Stats()

	for i := range max(len(cmds), len(naive.Commands)) {
		if i >= len(cmds) {
			return fail("command %d: none, want %+v", i, naive.Commands[i])
		}
		got := cmds[i]
		if i >= len(naive.Commands) {
			return fail("command %d: got %+v, want none", i, got)
		}
		want := naive.Commands[i]
		if got != want {
			return fail("command %d: got %+v, want %+v", i, got, want)
		}
	}
	for i := range done {
		if naive.Done[i] >= 0 && done[i] != naive.Done[i] || naive.Done[i] < 0 && done[i] >= 0 && done[i] < int(end) {
			return fail("request %d: done in %d, want %d", i, done[i], naive.Done[i])
		}
		if accepted[i] != naive.Accepted[i] {
			return fail("request %d: accepted in %d, want %d", i, accepted[i], naive.Accepted[i])
		}
	}
	for i := range stats.Ranks {
		s := &stats.Ranks[i]
		got := dramtest.Energy{Burst: s.BurstEnergy, Activate: s.ActEnergy, Refresh: s.RefreshEnergy, Background: s.BackgroundEnergy}
		if want := naive.Energy(i/m.Ranks(), i%m.Ranks()); got != want || s.Cycles != uint64(end) {
			return fail("rank %d: energy %+v in %d cycles, want %+v in %d", i, got, s.Cycles, want, end)
		}
	}
	return false, nil
}
