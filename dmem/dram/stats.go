package dram

import (
	"math"
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// LatencyBuckets is the number of buckets of a latency histogram: bucket i counts the
// requests whose latency, arrival to completion, is at least 2^(i/4) cycles or so; see
// [BucketFloor].
const LatencyBuckets = 128

// RankStats counts what happened in one rank. All counters only grow.
type RankStats struct {
	Reads, Writes    uint64    // column commands
	Acts, Pres, Refs uint64    // activates, precharges by command, refreshes
	RowHits          uint64    // column commands that used a row opened for an earlier request
	ActiveCycles     uint64    // cycles with a bank active or refreshing
	SleepCycles      uint64    // cycles powered down
	Cycles           uint64    // cycles simulated
	columns          [2]uint64 // Reads and Writes as the model counts them
	ActEnergy        uint64    // section 12 sums, in mA * cycles of all the rank's devices
	BurstEnergy      uint64
	RefreshEnergy    uint64
	BackgroundEnergy uint64
}

// ChannelStats counts what happened in one channel's controller.
type ChannelStats struct {
	WaitSum       uint64                 // transactions in the transaction queue, summed over the cycles
	QueueSum      uint64                 // transactions in the command queues, summed over the cycles
	LostRefreshes uint64                 // refreshes forgotten because the next rank's became due
	LatencySum    uint64                 // cycles from arrival to completion
	Latency       [LatencyBuckets]uint64 // histogram of the same, see [BucketFloor]
}

// Stats is a copy of all counters. Ranks has one element for each rank of each channel,
// at index channel*ranks + rank.
type Stats struct {
	RankStats                 // sums over all ranks; Cycles counts each memory cycle once
	ChannelStats              // sums over all channels
	BusyBusCycles uint64      // cycles of data transfer, summed over the channels
	Channels      int         // channels of the memory
	TransferSize  units.Bytes // bytes a column command moves
	Clock         units.Clock
	VddV          float32
	Ranks         []RankStats
}

// Stats returns the counters as of the end of the last Advance, idle time included. The
// slice is the caller's. It costs O(ranks), and for idle time that it catches up with some
// 70 ns for each refresh.
func (m *Memory) Stats() Stats {
	m.catchUp()
	s := Stats{
		Channels: len(m.ch), Clock: m.Clock(), VddV: m.cfg.Device.VddV,
		TransferSize: units.Bytes(m.cfg.System.DataBusBits / 8 * m.cfg.Device.BL),
		Ranks:        make([]RankStats, 0, len(m.ch)*m.d.ranks),
	}
	now := m.until
	for i := range m.ch {
		c := &m.ch[i]
		cs := c.stats
		cs.WaitSum += uint64(c.waiting) * uint64(now)
		queued := 0
		for r := range c.ranks {
			k := &c.ranks[r]
			queued += int(k.transactions)
			rs := k.stats
			rs.Cycles = uint64(now)
			rs.Reads, rs.Writes = rs.columns[0], rs.columns[1]
			rs.columns = [2]uint64{} // a copy has no use for them
			rs.ActiveCycles += uint64(k.activeUpTo(now))
			if since, ok := c.asleepSince(k); ok && since < now {
				rs.SleepCycles += uint64(now - since)
			}
			if k.upAt > now { // on its way up, counted ahead
				rs.SleepCycles -= uint64(k.upAt - now)
			}
			rs.energy(&m.cfg)
			s.RankStats.each(&rs, plus)
			s.Ranks = append(s.Ranks, rs)
		}
		cs.QueueSum += uint64(queued) * uint64(now)
		s.ChannelStats.each(&cs, plus)
	}
	s.RankStats.Cycles = uint64(now)
	s.BusyBusCycles = (s.Reads + s.Writes) * uint64(m.d.b)
	return s
}

// catchUp simulates what an idle memory left out.
func (m *Memory) catchUp() {
	if m.err == nil {
		m.run(m.until, false)
	}
}

// activeUpTo returns the active cycles before now that are not yet in the counter.
func (k *rank) activeUpTo(now units.Cycles) units.Cycles {
	if k.open > 0 {
		return now - k.activeFrom
	}
	return min(k.activeTo, now) - k.activeFrom
}

// energy computes the energy sums of section 12 of the specification from the counts. The
// reference multiplies in unsigned 32-bit numbers, and so do we.
func (s *RankStats) energy(c *Config) {
	d := &c.Device
	n := uint32(c.System.DataBusBits / d.DeviceWidth)
	s.BurstEnergy = s.Reads*uint64((d.IDD4R-d.IDD3N)*uint32(d.BL)/2*n) + s.Writes*uint64((d.IDD4W-d.IDD3N)*uint32(d.BL)/2*n)
	s.ActEnergy = s.Acts * uint64((d.IDD0*uint32(d.TRC)-(d.IDD3N*uint32(d.TRAS)+d.IDD2N*uint32(d.TRC-d.TRAS)))*n)
	s.RefreshEnergy = s.Refs * uint64((d.IDD5-d.IDD3N)*uint32(d.TRFC)*n)
	idle := s.Cycles - s.ActiveCycles - s.SleepCycles
	s.BackgroundEnergy = s.ActiveCycles*uint64(d.IDD3N*n) + s.SleepCycles*uint64(d.IDD2P*n) + idle*uint64(d.IDD2N*n)
}

func (s *RankStats) each(o *RankStats, f func(*uint64, uint64)) {
	f(&s.Reads, o.Reads)
	f(&s.Writes, o.Writes)
	f(&s.Acts, o.Acts)
	f(&s.Pres, o.Pres)
	f(&s.Refs, o.Refs)
	f(&s.RowHits, o.RowHits)
	f(&s.ActiveCycles, o.ActiveCycles)
	f(&s.SleepCycles, o.SleepCycles)
	f(&s.Cycles, o.Cycles)
	f(&s.ActEnergy, o.ActEnergy)
	f(&s.BurstEnergy, o.BurstEnergy)
	f(&s.RefreshEnergy, o.RefreshEnergy)
	f(&s.BackgroundEnergy, o.BackgroundEnergy)
}

func (s *ChannelStats) each(o *ChannelStats, f func(*uint64, uint64)) {
	f(&s.WaitSum, o.WaitSum)
	f(&s.QueueSum, o.QueueSum)
	f(&s.LostRefreshes, o.LostRefreshes)
	f(&s.LatencySum, o.LatencySum)
	for i := range s.Latency {
		f(&s.Latency[i], o.Latency[i])
	}
}

func plus(a *uint64, b uint64)  { *a += b }
func minus(a *uint64, b uint64) { *a -= b }

// Sub returns the counts of the interval from before to s, two Stats of the same memory.
func (s Stats) Sub(before Stats) Stats {
	s.RankStats.each(&before.RankStats, minus)
	s.ChannelStats.each(&before.ChannelStats, minus)
	s.BusyBusCycles -= before.BusyBusCycles
	s.Ranks = append([]RankStats(nil), s.Ranks...)
	for i := range s.Ranks {
		if i < len(before.Ranks) {
			s.Ranks[i].each(&before.Ranks[i], minus)
		}
	}
	return s
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

// RowHitRate returns the share of column commands that found their row open for an
// earlier request; NaN without any.
func (s *RankStats) RowHitRate() float64 {
	return ratio(float64(s.RowHits), float64(s.Reads+s.Writes))
}

// MeanLatency returns the mean of arrival to completion in memory cycles; NaN without any
// request.
func (s *Stats) MeanLatency() float64 {
	return ratio(float64(s.LatencySum), float64(s.Reads+s.Writes))
}

// Utilisation returns the share of cycles in which the data buses were busy; NaN for an
// empty interval.
func (s *Stats) Utilisation() float64 {
	return ratio(float64(s.BusyBusCycles), float64(s.Cycles)*float64(s.Channels))
}

// MeanWaiting and MeanQueued return the mean number of transactions in the transaction
// queues and in the command queues, all channels together; NaN for an empty interval.
func (s *Stats) MeanWaiting() float64 { return ratio(float64(s.WaitSum), float64(s.Cycles)) }

// MeanQueued: see [Stats.MeanWaiting].
func (s *Stats) MeanQueued() float64 { return ratio(float64(s.QueueSum), float64(s.Cycles)) }

// Bandwidth returns the bytes a second that the column commands moved; NaN for an empty
// interval.
func (s *Stats) Bandwidth() float64 {
	return ratio(float64(s.Reads+s.Writes)*float64(s.TransferSize)*float64(s.Clock.Hz()), float64(s.Cycles))
}

// EnergySum returns the sum of the four energy counters, in mA * cycles.
func (s *RankStats) EnergySum() uint64 {
	return s.ActEnergy + s.BurstEnergy + s.RefreshEnergy + s.BackgroundEnergy
}

// EnergyJoules returns the energy of all ranks.
func (s *Stats) EnergyJoules() float64 {
	return float64(s.EnergySum()) * 1e-3 * float64(s.VddV) / float64(s.Clock.Hz())
}

// PowerWatts returns the mean power of all ranks; NaN for an empty interval.
func (s *Stats) PowerWatts() float64 {
	return ratio(float64(s.EnergySum())*float64(s.VddV)/1000, float64(s.Cycles))
}

// latencyBucket returns the histogram bucket of a latency: four to each power of two.
func latencyBucket(t units.Cycles) int {
	v := uint64(t)
	if v < 4 {
		return int(v)
	}
	e := bits.Len64(v) - 3
	return min(4*e+int(v>>e), LatencyBuckets-1)
}

// BucketFloor returns the least latency that bucket i of a latency histogram counts.
// Buckets 0 to 3 hold one latency each; above, each power of two has four equal buckets.
func BucketFloor(i int) units.Cycles {
	if i < 8 {
		return units.Cycles(i)
	}
	e := i/4 - 1
	return units.Cycles(4+i%4) << e
}
