// Package dramtest holds what tests of DRAM models need: [Model], a naive DRAM simulator
// that follows the specification of DRAMSim2's behaviour cycle by cycle and word by word;
// a [Checker] that judges a trace of commands by the timing parameters alone; and a
// generator of random configurations and traffic.
//
// The Model is the readable truth: every cycle it does everything a controller does, in
// the order in which the reference does it, with lists that are searched and counters that
// count down. Package dram is its optimised twin. Where the two differ, the Model is right.
package dramtest

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/dram"
)

// Model is the naive simulator. Its fields are those of the specification.
type Model struct {
	cfg   dram.Config
	ranks int
	now   int // the controllers' cycle counter

	rl, wl, burst                int
	r2p, w2p, r2w, r2a, w2a      int
	w2rSame, w2rOther, c2c, x2x  int
	period                       int
	channels                     []*channel
	cpuHz, memHz, aClock, bClock uint64 // clock crossing

	fifo []*request // FrontFIFO: requests that have arrived

	Done     []int          // completion cycle by request, -1 if not completed
	Accepted []int          // cycle of entry into the transaction queue by request
	Commands []dram.Command // in the order of issue
	Err      error          // the reference's fatal end, if it came
}

type request struct {
	index          int
	write          bool
	ch, rank, bank int
	row            int
}

type packet struct {
	op  dram.Op
	req *request
}

type bankState uint8

const (
	idle bankState = iota
	rowActive
	precharging
	refreshing
	powerDown
)

type bank struct {
	state                                              bankState
	last                                               dram.Op
	openRow                                            int
	nextRead, nextWrite, nextActivate, nextPre, nextUp int
	countdown, rowCounter                              int
}

type rank struct {
	banks          []bank
	faw            []int // ages left of the live tFAW entries
	refreshPending bool
	refreshIn      int
	poweredDown    bool
	returns        []pending // reads in the rank
	outgoing       *pending
	energy         Energy
}

type pending struct {
	req  *request
	left int
}

// Energy holds the sums of section 12 of the specification.
type Energy struct{ Burst, Activate, Refresh, Background uint64 }

type channel struct {
	m        *Model
	id       int
	trans    []*request // transaction queue
	overflow []*request
	queues   [][]packet // by rank, or by rank*banks+bank
	ranks    []rank

	bus      *packet // command on its way to the rank
	busLeft  int
	writes   []pending // write data waiting for their time
	writing  *pending
	readDone *request

	nextRank, nextBank, nextRankPRE, nextBankPRE int
	toggle                                       bool
	refreshRank, refreshWaiting                  int // refreshWaiting -1: none
}

// New returns a model of the configuration, which must be valid, for n requests.
func New(cfg dram.Config, n int) *Model {
	d, s := &cfg.Device, &cfg.System
	m := &Model{cfg: cfg, ranks: cfg.Ranks(), Done: make([]int, n), Accepted: make([]int, n)}
	for i := range m.Done {
		m.Done[i], m.Accepted[i] = -1, -1
	}
	cl, al := int(d.CL), int(d.AL)
	m.rl, m.burst = cl+al, d.BL/2
	m.wl = m.rl - 1
	m.r2p = al + m.burst + max(int(d.TRTP), int(d.TCCD)) - int(d.TCCD)
	m.w2p = m.wl + m.burst + int(d.TWR)
	m.r2w = m.rl + m.burst + int(d.TRTRS) - m.wl
	m.r2a = al + int(d.TRTP) + int(d.TRP)
	m.w2a = m.wl + m.burst + int(d.TWR) + int(d.TRP)
	m.w2rSame = m.wl + m.burst + int(d.TWTR)
	m.w2rOther = m.wl + m.burst + int(d.TRTRS) - m.rl
	m.c2c, m.x2x = max(int(d.TCCD), m.burst), m.burst+int(d.TRTRS)
	m.period = int(float32(d.RefreshPeriodNs) / d.TCKNs)
	c0 := int(float32(d.RefreshPeriodNs) / d.TCKNs / float32(m.ranks))
	m.memHz = uint64(1.0 / (float64(d.TCKNs) * 1e-9))
	if m.cpuHz = cfg.CPUClock.Hz(); m.cpuHz == 0 {
		m.cpuHz = m.memHz
	}
	for i := range s.NumChans {
		c := &channel{m: m, id: i, toggle: true, refreshWaiting: -1, ranks: make([]rank, m.ranks)}
		n := m.ranks
		if s.Queuing == dram.PerRankPerBank {
			n *= d.NumBanks
		}
		c.queues = make([][]packet, n)
		for r := range c.ranks {
			c.ranks[r].banks = make([]bank, d.NumBanks)
			c.ranks[r].refreshIn = c0 * (r + 1)
		}
		m.channels = append(m.channels, c)
	}
	return m
}

// Map returns where an address leads, by section 2 of the specification.
func (m *Model) Map(addr uint64) (ch, rank, bank, row int) {
	d, s := &m.cfg.Device, &m.cfg.System
	log2 := func(n int) int { return bits.Len(uint(n - 1)) }
	line := log2(s.DataBusBits / 8 * d.BL)
	addr >>= line
	take := func(n int) int {
		v := addr & (1<<n - 1)
		addr >>= n
		return int(v)
	}
	var col int
	field := map[byte]struct {
		width int
		dst   *int
	}{
		'h': {log2(s.NumChans), &ch}, 'r': {log2(m.ranks), &rank}, 'b': {log2(d.NumBanks), &bank}, 'o': {log2(d.NumRows), &row},
		'c': {log2(d.NumCols) - (line - log2(s.DataBusBits/8)), &col},
	}
	order := []string{"", "bcorh", "rbcoh", "ocbrh", "cobrh", "brcoh", "crboh", "hbrco"}[s.AddressMapping]
	if s.FieldOrder != "" {
		order = strings.NewReplacer("bank", "b", "chan", "h", "rank", "r", "row", "o", "col", "c", ",", "").Replace(s.FieldOrder)
	}
	for i := range order {
		f := field[order[i]]
		*f.dst = take(f.width)
	}
	return
}

// Step is one update of the memory: the requests that arrive in it are handed to the front
// door first. With a CPU clock it is one CPU tick.
func (m *Model) Step(arriving []dram.Request, firstIndex int) {
	for i, q := range arriving {
		r := &request{index: firstIndex + i, write: q.Write}
		r.ch, r.rank, r.bank, r.row = m.Map(uint64(q.Addr))
		c := m.channels[r.ch]
		switch {
		case m.cfg.Front == dram.FrontFIFO:
			m.fifo = append(m.fifo, r)
		case len(c.trans) < m.cfg.System.TransQueueDepth:
			c.accept(r)
		default:
			c.overflow = append(c.overflow, r)
		}
	}
	for len(m.fifo) > 0 && len(m.channels[m.fifo[0].ch].trans) < m.cfg.System.TransQueueDepth {
		m.channels[m.fifo[0].ch].accept(m.fifo[0])
		m.fifo = m.fifo[1:]
	}
	if m.cpuHz == m.memHz {
		m.cycle()
		return
	}
	m.aClock += m.memHz
	for m.bClock < m.aClock {
		m.bClock += m.cpuHz
		m.cycle()
	}
	if m.aClock == m.bClock {
		m.aClock, m.bClock = 0, 0
	}
}

func (c *channel) accept(r *request) {
	c.trans = append(c.trans, r)
	c.m.Accepted[r.index] = c.m.now
}

// Cycle returns the number of memory cycles simulated.
func (m *Model) Cycle() int { return m.now }

// Energy returns the sums of one rank of a channel.
func (m *Model) Energy(ch, rank int) Energy { return m.channels[ch].ranks[rank].energy }

// cycle is one memory cycle, section 4.
func (m *Model) cycle() {
	for _, c := range m.channels {
		for r := range c.ranks {
			c.readReturn(&c.ranks[r])
		}
		if len(c.overflow) > 0 && len(c.trans) < m.cfg.System.TransQueueDepth {
			c.accept(c.overflow[0])
			c.overflow = c.overflow[1:]
		}
		c.countdowns()
		c.commandBus()
		c.writeBus()
		c.refreshCheck()
		if p, r, ok := c.pop(); ok {
			c.issue(p, r)
		}
		c.split()
		for r := range c.ranks {
			c.power(r)
			c.background(&c.ranks[r])
		}
		if c.readDone != nil {
			m.Done[c.readDone.index] = m.now
			c.readDone = nil
		}
		for r := range c.ranks {
			c.ranks[r].refreshIn--
		}
	}
	m.now++
}

func (c *channel) readReturn(k *rank) {
	if k.outgoing != nil {
		if k.outgoing.left--; k.outgoing.left == 0 {
			c.readDone = k.outgoing.req
			k.outgoing = nil
		}
	}
	for i := range k.returns {
		k.returns[i].left--
	}
	if len(k.returns) > 0 && k.returns[0].left == 0 {
		k.outgoing = &pending{k.returns[0].req, c.m.burst}
		k.returns = k.returns[1:]
	}
}

func (c *channel) countdowns() {
	for r := range c.ranks {
		for b := range c.ranks[r].banks {
			k := &c.ranks[r].banks[b]
			if k.countdown == 0 {
				continue
			}
			if k.countdown--; k.countdown > 0 {
				continue
			}
			switch k.last {
			case dram.OpRDA, dram.OpWRA:
				k.state, k.countdown, k.last = precharging, int(c.m.cfg.Device.TRP), dram.OpPRE
			case dram.OpPRE, dram.OpREF:
				k.state = idle
			}
		}
	}
}

func (c *channel) commandBus() {
	if c.bus == nil {
		return
	}
	if c.busLeft--; c.busLeft > 0 {
		return
	}
	p, k := c.bus, &c.ranks[c.bus.req.rank]
	switch p.op {
	case dram.OpRD, dram.OpRDA:
		k.returns = append(k.returns, pending{p.req, c.m.rl})
	case dram.OpREF:
		k.refreshPending = false
	}
	c.bus = nil
}

func (c *channel) writeBus() {
	if c.writing != nil {
		if c.writing.left--; c.writing.left == 0 {
			c.m.Done[c.writing.req.index] = c.m.now
			c.writing = nil
		}
	}
	for i := range c.writes {
		c.writes[i].left--
	}
	if len(c.writes) > 0 && c.writes[0].left == 0 {
		if c.writing != nil {
			c.m.Err = fmt.Errorf("data bus collision in cycle %d", c.m.now)
		}
		c.writing = &pending{c.writes[0].req, c.m.burst}
		c.writes = c.writes[1:]
	}
}

// refreshCheck is section 9.
func (c *channel) refreshCheck() {
	k := &c.ranks[c.refreshRank]
	switch {
	case k.refreshIn == 0:
		c.refreshWaiting = c.refreshRank
		k.refreshPending = true
		k.refreshIn = c.m.period
		c.refreshRank = (c.refreshRank + 1) % c.m.ranks
	case k.poweredDown && k.refreshIn <= int(c.m.cfg.Device.TXP):
		k.refreshPending = true
	}
}

func (c *channel) queueIndex(rank, bank int) int {
	if c.m.cfg.System.Queuing == dram.PerRankPerBank {
		return rank*c.m.cfg.Device.NumBanks + bank
	}
	return rank
}

// split is the end of section 5.
func (c *channel) split() {
	for i, r := range c.trans {
		q := &c.queues[c.queueIndex(r.rank, r.bank)]
		if c.m.cfg.System.CmdQueueDepth-len(*q) < 2 {
			continue
		}
		op := dram.OpRD
		if r.write {
			op = dram.OpWR
		}
		if c.closePage() {
			op += dram.OpRDA - dram.OpRD
		}
		*q = append(*q, packet{dram.OpACT, r}, packet{op, r})
		c.trans = append(c.trans[:i:i], c.trans[i+1:]...)
		return
	}
}

func (c *channel) closePage() bool { return c.m.cfg.System.RowBufferPolicy == dram.ClosePage }

// power is section 11.
func (c *channel) power(r int) {
	k := &c.ranks[r]
	if !c.m.cfg.System.LowPower {
		return
	}
	empty, allIdle := true, true
	for b := range k.banks {
		empty = empty && len(c.queues[c.queueIndex(r, b)]) == 0
		allIdle = allIdle && k.banks[b].state == idle
	}
	if empty && !k.refreshPending {
		if allIdle {
			k.poweredDown = true
			for b := range k.banks {
				k.banks[b].state, k.banks[b].nextUp = powerDown, c.m.now+int(c.m.cfg.Device.TCKE)
			}
		}
	} else if k.poweredDown && c.m.now >= k.banks[0].nextUp {
		k.poweredDown = false
		for b := range k.banks {
			k.banks[b].state, k.banks[b].nextActivate = idle, c.m.now+int(c.m.cfg.Device.TXP)
		}
	}
}

// background is the per-cycle part of section 12.
func (c *channel) background(k *rank) {
	d := &c.m.cfg.Device
	devices := uint32(c.m.cfg.System.DataBusBits / d.DeviceWidth)
	current := d.IDD2N
	if k.poweredDown {
		current = d.IDD2P
	}
	for b := range k.banks {
		if s := k.banks[b].state; s == rowActive || s == refreshing {
			current = d.IDD3N
		}
	}
	k.energy.Background += uint64(current * devices)
}
