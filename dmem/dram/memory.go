package dram

import (
	"math/bits"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// never is later than every cycle the model computes with: a memory can run for 2^51
// cycles, 21 days of DDR4-2400. It leaves room to add gaps and to pack a rank beside it.
const never units.Cycles = 1 << 51

// Completion tells that a request is done. A read is done when its last data have reached
// the controller, a write when its last data have left it.
type Completion struct {
	Tag      uint32
	Write    bool
	Accepted units.Cycles // the memory cycle in which the request entered the transaction queue
	Done     units.Cycles // the memory cycle of the reference's callback
}

// Memory is one simulated memory: channels, ranks, banks and their controllers. Make it
// with [New]. A Memory belongs to one goroutine at a time; two Memories share nothing.
type Memory struct {
	// Probe observes the simulation; set it before the first Push.
	Probe Probe

	cfg   Config
	d     derived
	ch    []channel
	front Front

	arrivals ring[arrival] // not yet handed to a channel
	doorAt   units.Cycles  // next cycle in which the door has something to do
	blocked  int           // channel whose full transaction queue holds the FIFO's head, or -1
	depth    int           // of the transaction queue
	free     *transaction  // those not in use, linked

	until units.Cycles // every memory cycle before this one is to be simulated
	open  int          // requests accepted or waiting in an overflow list, without a column command yet

	// The CPU clock's crossing: memory cycle k runs in CPU tick floor(k*cpuHz/memHz).
	crossing     bool
	cpuHz, memHz uint64

	done     ring[Completion]
	accepted ring[acceptance]
	report   bool
	err      error
}

// arrival is a request that has not got through the door. There can be very many, so that
// they are smaller than transactions, and side by side.
type arrival struct {
	at    units.Cycles // memory cycle in which the door first sees it
	bank  *bank
	row   uint32
	tag   uint32
	write uint8 // 0 or 1
}

type acceptance struct {
	at  units.Cycles
	tag uint32
}

// New returns a memory at cycle 0, all banks closed. It returns the faults of the Config
// as [Config.Validate] does.
func New(c Config) (*Memory, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &Memory{cfg: c, d: derive(&c), front: c.Front, depth: c.System.TransQueueDepth, doorAt: never, blocked: -1}
	m.memHz = memoryHz(c.Device.TCKNs)
	m.cpuHz = c.CPUClock.Hz()
	m.crossing = m.cpuHz != 0 && m.cpuHz != m.memHz
	m.ch = make([]channel, c.System.NumChans)
	for i := range m.ch {
		m.ch[i].init(m, i)
	}
	return m, nil
}

// memoryHz is the memory's frequency as the reference's clock crossing computes it: the
// single-precision period, widened, inverted and truncated.
func memoryHz(tck float32) uint64 { return uint64(1.0 / (float64(tck) * 1e-9)) }

// Config returns the configuration the memory was made from.
func (m *Memory) Config() Config { return m.cfg }

// Ranks returns the number of ranks of each channel.
func (m *Memory) Ranks() int { return m.d.ranks }

// Clock returns the memory clock, in which completions are stamped: Device.Clock, or
// 1/tCK if that is zero.
func (m *Memory) Clock() units.Clock {
	if m.cfg.Device.Clock.Valid() {
		return m.cfg.Device.Clock
	}
	c, _ := units.NewClock(m.memHz)
	return c
}

// Err returns why the simulation stopped: a *[CollisionError] or an *[AddressError], or
// nil. A memory that stopped simulates no further cycle and completes no further request.
func (m *Memory) Err() error { return m.err }

// Push hands over a request that arrives at cycle `at`: a memory cycle, or a tick of
// Config.CPUClock if that is set. Arrivals must not go back in time; one that lies before
// the end of the last Advance counts as arriving at that end. The tag comes back with the
// completion. Any address is accepted; bits above the capacity are ignored. Requests of
// one cycle enter in the order of the calls, before the cycle is simulated.
func (m *Memory) Push(at units.Cycles, addr mem.PAddr, write bool, tag uint32) {
	if m.crossing {
		at = m.firstCycle(at)
	}
	f := &m.d.fields
	a := uint64(addr)
	rank := uint32(a>>(f.rankShift&63)) & f.rankMask
	bank := uint32(a>>(f.bankShift&63)) & f.bankMask
	ch := uint32(a>>(f.chanShift&63)) & f.chanMask
	if m.d.holes && (int(rank) >= m.d.ranks || int(bank) >= m.d.banks || int(ch) >= len(m.ch)) {
		m.fail(&AddressError{Addr: addr, Channel: int(ch), Rank: int(rank), Bank: int(bank)})
		return
	}
	if m.arrivals.n == 0 && m.blocked < 0 {
		m.doorAt = m.doorCycle(max(at, m.until))
	}
	w := uint8(0)
	if write {
		w = 1
	}
	*m.arrivals.push() = arrival{
		at: at, bank: &m.ch[ch].banks[int(rank)*m.d.banks+int(bank)],
		row: uint32(a>>(f.rowShift&63)) & f.rowMask, tag: tag, write: w,
	}
}

// admit makes a transaction of an arrival.
func (m *Memory) admit(a *arrival) *transaction {
	x := m.free
	if x == nil {
		x = m.more()
	}
	m.free = x.next
	x.bank, x.row, x.tag, x.arrived, x.write = a.bank, a.row, a.tag, a.at, a.write
	return x
}

// more returns some new transactions, linked.
func (m *Memory) more() *transaction {
	block := make([]transaction, 32)
	for i := range block[1:] {
		block[i].next = &block[i+1]
	}
	return &block[0]
}

// release takes back a transaction that has had its column command.
func (m *Memory) release(x *transaction) {
	x.next = m.free
	m.free = x
}

// Advance simulates every cycle before until (memory cycles, or ticks of Config.CPUClock).
// Its cost follows the number of commands, not of cycles. An idle memory is not touched:
// what happens to it without requests (closing rows, refresh, power-down) is caught up when
// the next one arrives, or by Stats. Time ends at cycle 2^51.
func (m *Memory) Advance(until units.Cycles) {
	if m.crossing {
		until = m.firstCycle(until)
	}
	if until = min(until, never); until <= m.until {
		return
	}
	m.until = until
	m.run(until, true)
}

// run simulates up to limit, jumping from event to event; if lazy, only as long as there
// are requests.
func (m *Memory) run(limit units.Cycles, lazy bool) {
	if len(m.ch) == 1 {
		m.runOne(&m.ch[0], limit, lazy)
		return
	}
	for m.err == nil {
		if m.open == 0 && lazy && m.doorAt >= limit {
			return
		}
		now := m.doorAt
		for i := range m.ch {
			now = min(now, m.ch[i].next)
		}
		if now >= limit {
			return
		}
		for i := range m.ch {
			if m.ch[i].next <= now {
				m.ch[i].command(now)
			}
		}
		m.door(now)
		for i := range m.ch {
			if c := &m.ch[i]; c.waits() {
				c.planWaiting(now)
			} else {
				c.plan(now)
			}
		}
	}
}

// runOne is run for the common case of one channel.
func (m *Memory) runOne(c *channel, limit units.Cycles, lazy bool) {
	for m.err == nil {
		if m.open == 0 && lazy && m.doorAt >= limit {
			return
		}
		now := min(m.doorAt, c.next)
		if now >= limit {
			return
		}
		if c.next <= now {
			c.command(now)
		}
		if m.doorAt <= now || c.overflow.head != nil {
			m.door(now)
		}
		if c.waits() {
			c.planWaiting(now)
		} else {
			c.plan(now)
		}
	}
}

// door lets requests into the transaction queues in cycle now.
func (m *Memory) door(now units.Cycles) {
	if m.front == FrontPend {
		m.doorPend(now)
		return
	}
	if m.doorAt > now {
		return
	}
	for m.arrivals.n > 0 {
		a := m.arrivals.front()
		if a.at > now {
			m.doorAt = m.doorCycle(a.at)
			return
		}
		c := a.bank.channel
		if !c.hasRoom(now) {
			m.doorAt, m.blocked = never, c.id
			if c.splitAt == now {
				m.unblock(now)
			}
			return
		}
		m.enter(c, m.admit(a), now)
		m.arrivals.drop()
	}
	m.doorAt = never
}

// enter puts an arrival into the transaction queue, or, where it will be split off in this
// very cycle because nothing is before it, straight into the command queue.
func (m *Memory) enter(c *channel, x *transaction, now units.Cycles) {
	if m.report {
		*m.accepted.push() = acceptance{now, x.tag}
	}
	m.open++
	x.accepted = now
	if c.waiting == 0 && c.splitAt != now && c.fits(x.bank.queue) {
		c.splitAt = now
		c.enqueue(x, now)
		return
	}
	c.accept(x, now)
}

// unblock tells the door that a transaction queue has room from the next cycle on.
func (m *Memory) unblock(now units.Cycles) {
	m.blocked = -1
	m.doorAt = m.doorCycle(now + 1)
}

// doorPend is the always-accepting door: newcomers take room in the transaction queue
// first, then one entry of the overflow list does.
func (m *Memory) doorPend(now units.Cycles) {
	for m.arrivals.n > 0 && m.arrivals.front().at <= now && m.doorAt <= now {
		x := m.admit(m.arrivals.front())
		m.arrivals.drop()
		c := x.bank.channel
		if c.hasRoom(now) {
			m.enter(c, x, now)
		} else {
			m.open++
			c.overflow.push(x)
		}
	}
	if m.arrivals.n > 0 {
		m.doorAt = m.doorCycle(max(m.arrivals.front().at, now+1))
	} else {
		m.doorAt = never
	}
	for i := range m.ch {
		if c := &m.ch[i]; c.overflow.head != nil && c.hasRoom(now) {
			m.open--
			m.enter(c, c.overflow.pop(), now)
		}
	}
}

// complete records the completion of a request whose column command was just issued.
func (m *Memory) complete(c Completion) {
	p := m.done.push()
	if m.d.ordered || m.done.n == 1 {
		*p = c
		return
	}
	// Keep the order of Done; a write precedes a read of the same cycle.
	i := m.done.n - 1
	for i > 0 {
		q := m.done.at(i - 1)
		if q.Done < c.Done || q.Done == c.Done && (q.Write || !c.Write) {
			break
		}
		*m.done.at(i) = *q
		i--
	}
	*m.done.at(i) = c
}

// Pop returns the next completion in the order of Done (a write before a read of the same
// cycle), and false if there is none yet. After Advance(u) every completion with
// Done < u + MinLatency() is available; some later ones may be, never out of order.
func (m *Memory) Pop() (Completion, bool) {
	if m.done.n == 0 || !m.d.ordered && m.done.front().Done >= m.until+m.MinLatency() {
		return Completion{}, false
	}
	c := *m.done.front()
	m.done.drop()
	return c, true
}

// ReportAccepted turns the recording of acceptances for [Memory.PopAccepted] on or off.
func (m *Memory) ReportAccepted(on bool) { m.report = on }

// PopAccepted returns the next request that entered its transaction queue, with the cycle
// in which it did, in order; ok is false if there is none. The caller must take them all,
// or they pile up.
func (m *Memory) PopAccepted() (at units.Cycles, tag uint32, ok bool) {
	if m.accepted.n == 0 {
		return 0, 0, false
	}
	a := *m.accepted.front()
	m.accepted.drop()
	return a.at, a.tag, true
}

// MinLatency returns the least number of cycles from the cycle in which a column command
// is issued to the Done of its request: a write's WL + BL/2 (a read takes two more). No
// command of cycle u or later completes before u + MinLatency(), so after Advance(u) all
// completions before that are known.
func (m *Memory) MinLatency() units.Cycles { return min(m.d.wrDone, m.d.rdDone) }

// Next returns a lower bound of the next cycle (or tick of Config.CPUClock) at which
// anything can happen to a request, and [units.NeverCycles] if no request is pending. To
// see it happen, call Advance(Next()+1).
func (m *Memory) Next() units.Cycles {
	next := never
	if m.err != nil {
		return units.NeverCycles
	}
	if m.done.n > 0 {
		next = max(m.done.front().Done-m.MinLatency(), 0)
	}
	if m.open == 0 {
		next = min(next, m.doorAt)
	} else {
		next = min(next, m.doorAt)
		for i := range m.ch {
			next = min(next, m.ch[i].next)
		}
		next = max(next, m.until)
	}
	if next >= never {
		return units.NeverCycles
	}
	if m.crossing {
		return m.tick(next)
	}
	return next
}

func (m *Memory) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// tick returns the CPU tick in which memory cycle k runs.
func (m *Memory) tick(k units.Cycles) units.Cycles {
	hi, lo := bits.Mul64(uint64(k), m.cpuHz)
	q, _ := bits.Div64(hi%m.memHz, lo, m.memHz)
	return units.Cycles(q)
}

// firstCycle returns the first memory cycle that runs in CPU tick t or later.
func (m *Memory) firstCycle(t units.Cycles) units.Cycles {
	if t <= 0 {
		return 0
	}
	if t >= never {
		return never
	}
	hi, lo := bits.Mul64(uint64(t), m.memHz)
	if hi >= m.cpuHz {
		return never
	}
	q, r := bits.Div64(hi, lo, m.cpuHz)
	if r != 0 {
		q++
	}
	return units.Cycles(min(q, uint64(never)))
}

// doorCycle returns the first memory cycle from k on before which the front door is
// offered requests: with a CPU clock slower than the memory's, the first cycle of a tick.
func (m *Memory) doorCycle(k units.Cycles) units.Cycles {
	if !m.crossing || m.cpuHz >= m.memHz || k >= never {
		return k
	}
	t := m.tick(k)
	if f := m.firstCycle(t); f == k {
		return k
	}
	return m.firstCycle(t + 1)
}
