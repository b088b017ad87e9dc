package dmem

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// memory is a DRAM tied to the time of the rack. The DRAM is driven in batches: requests
// carry their cycles, and it may lag behind the rack by up to lag cycles, as no effect of
// a cycle is seen earlier than that.
type memory struct {
	*dram.Memory
	clock units.Clock
	phase units.Time
	lag   units.Cycles

	known     units.Cycles // the cycle whose time is knownTime
	knownTime units.Time
}

// newMemory returns the DRAM of a memory of the given size. Acceptances into its controller
// may become known late, but no later than notice after they happened.
func newMemory(m *Memory, size units.Bytes, notice units.Time) (memory, error) {
	d, err := dram.New(m.config(size))
	if err != nil {
		return memory{}, err
	}
	lag := min(d.MinLatency(), d.Clock().FloorCycles(notice))
	return memory{Memory: d, clock: d.Clock(), phase: m.Phase, lag: lag, known: -1}, nil
}

// time returns the time of a cycle.
func (m *memory) time(n units.Cycles) units.Time { return m.clock.At(n) + m.phase }

// at returns the first cycle at t or later: the one that sees a request of the node itself
// that comes at t.
func (m *memory) at(t units.Time) units.Cycles { return m.clock.CeilCycles(t - m.phase) }

// after returns the first cycle after t: the one that sees a request from the network that
// comes at t.
func (m *memory) after(t units.Time) units.Cycles {
	if t < m.phase {
		return 0
	}
	return m.clock.FloorCycles(t-m.phase) + 1
}

// next returns when the DRAM has to be advanced for its effects to be known in time,
// [units.Never] if it is idle.
func (m *memory) next() units.Time {
	n := m.Next()
	if n == units.NeverCycles {
		return units.Never
	}
	if n += m.lag; n != m.known {
		m.known, m.knownTime = n, m.time(n)
	}
	if m.lag == 0 {
		return m.knownTime + 1 // at time(n) itself, cycle n is still to come
	}
	return m.knownTime
}

// advance simulates all cycles before t.
func (m *memory) advance(t units.Time) {
	if t == m.knownTime {
		m.Advance(m.known)
	} else if t > m.phase {
		m.Advance(m.clock.CeilCycles(t - m.phase))
	}
}

// catchUp simulates all cycles before t, also those in which the DRAM does nothing but
// refresh, which it otherwise leaves for later.
func (m *memory) catchUp(t units.Time) {
	m.advance(t)
	m.Stats()
}

// utilization returns the share of the time from the start to end in which the data bus
// was busy, 0 to 1; NaN if that is nothing.
func (m *memory) utilization(end units.Time) float64 {
	s := m.Stats()
	cycles := m.clock.CeilCycles(end-m.phase) * units.Cycles(s.Channels)
	if cycles <= 0 {
		return math.NaN()
	}
	return float64(s.BusyBusCycles) / float64(cycles)
}

// busy returns how long the data bus was busy so far, the mean over the channels.
func (m *memory) busy() units.Time {
	s := m.Stats()
	return m.clock.At(units.Cycles(s.BusyBusCycles)) / units.Time(s.Channels)
}
