package dramtest

import (
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// pop chooses the one command of the cycle, sections 6 and 7, and takes it out of its
// queue.
func (c *channel) pop() (p packet, r int, ok bool) {
	for r := range c.ranks {
		k := &c.ranks[r]
		for i := range k.faw {
			k.faw[i]--
		}
		for len(k.faw) > 0 && k.faw[0] == 0 {
			k.faw = k.faw[1:]
		}
	}
	if p, r, ok = c.stageR(); !ok {
		if p, r, ok = c.stageQ(); !ok && !c.closePage() {
			p, r, ok = c.stageP()
		}
	}
	if !ok {
		return
	}
	if p.op == dram.OpACT {
		c.ranks[r].faw = append(c.ranks[r].faw, int(c.m.cfg.Device.TFAW))
	}
	if c.m.cfg.Device.AL > 0 && c.toggle {
		c.toggle = false
	} else {
		c.toggle = true
		c.advance(&c.nextRank, &c.nextBank)
	}
	return
}

// advance moves a round-robin pointer one step in the order of the policy.
func (c *channel) advance(rank, bank *int) {
	ranks, banks := c.m.ranks, c.m.cfg.Device.NumBanks
	if c.m.cfg.System.Scheduling == dram.RankThenBank {
		if *rank++; *rank == ranks {
			*rank = 0
			*bank = (*bank + 1) % banks
		}
	} else {
		if *bank++; *bank == banks {
			*bank = 0
			*rank = (*rank + 1) % ranks
		}
	}
}

// stageR serves the rank that waits for its refresh.
func (c *channel) stageR() (packet, int, bool) {
	r := c.refreshWaiting
	if r < 0 {
		return packet{}, 0, false
	}
	for b := range c.ranks[r].banks {
		k := &c.ranks[r].banks[b]
		if k.state != rowActive {
			if k.nextActivate > c.m.now {
				return packet{}, 0, false
			}
			continue
		}
		qi := c.queueIndex(r, b)
		closable := true
		for i, p := range c.queues[qi] {
			if p.req.bank != b || p.req.row != k.openRow {
				continue
			}
			if p.op != dram.OpACT {
				if c.issuable(p) {
					c.remove(qi, i, 1)
					return p, r, true
				}
				closable = false
			}
			break
		}
		if !c.closePage() && closable && c.m.now >= k.nextPre {
			k.rowCounter = 0
			return c.precharge(r, b), r, true
		}
		return packet{}, 0, false
	}
	if c.ranks[r].banks[0].state == powerDown {
		return packet{}, 0, false
	}
	c.refreshWaiting = -1
	return packet{dram.OpREF, &request{index: -1, rank: r}}, r, true
}

func (c *channel) precharge(r, b int) packet {
	return packet{dram.OpPRE, &request{index: -1, rank: r, bank: b, row: c.ranks[r].banks[b].openRow}}
}

func (c *channel) remove(qi, i, n int) {
	q := c.queues[qi]
	c.queues[qi] = append(q[:i:i], q[i+n:]...)
}

// stageQ goes round the queues from the pointer on.
func (c *channel) stageQ() (packet, int, bool) {
	perBank := c.m.cfg.System.Queuing == dram.PerRankPerBank
	r, b := c.nextRank, c.nextBank
	for range c.queues {
		if r != c.refreshWaiting {
			if p, ok := c.fromQueue(c.queueIndex(r, b)); ok {
				c.nextRank, c.nextBank = r, b
				return p, r, true
			}
		}
		if perBank {
			c.advance(&r, &b)
		} else {
			r = (r + 1) % c.m.ranks
		}
	}
	return packet{}, 0, false
}

// fromQueue takes the first packet that may be issued out of one queue.
func (c *channel) fromQueue(qi int) (packet, bool) {
	q := c.queues[qi]
	for i, p := range q {
		if c.closePage() && c.m.cfg.System.Queuing == dram.PerRankPerBank && i > 0 {
			break
		}
		if !c.issuable(p) || blocked(q[:i], p) {
			continue
		}
		own := p.op != dram.OpACT && i > 0 && q[i-1].op == dram.OpACT && q[i-1].req == p.req
		switch {
		case !own:
			c.remove(qi, i, 1)
		case c.closePage():
			continue
		default:
			c.remove(qi, i-1, 2)
			c.ranks[p.req.rank].banks[p.req.bank].rowCounter++
		}
		return p, true
	}
	return packet{}, false
}

// blocked reports whether a column command for the same bank and row comes earlier.
func blocked(earlier []packet, p packet) bool {
	for _, e := range earlier {
		if e.op != dram.OpACT && e.req.bank == p.req.bank && e.req.row == p.req.row {
			return true
		}
	}
	return false
}

func (c *channel) issuable(p packet) bool {
	k := &c.ranks[p.req.rank]
	b := &k.banks[p.req.bank]
	now := c.m.now
	column := b.state == rowActive && b.openRow == p.req.row && (c.closePage() || b.rowCounter < c.m.cfg.System.TotalRowAccesses)
	switch p.op {
	case dram.OpACT:
		return (b.state == idle || b.state == refreshing) && now >= b.nextActivate && len(k.faw) < 4
	case dram.OpRD, dram.OpRDA:
		return column && now >= b.nextRead
	default:
		return column && now >= b.nextWrite
	}
}

// stageP closes a row without waiting work.
func (c *channel) stageP() (packet, int, bool) {
	r, b := c.nextRankPRE, c.nextBankPRE
	for range c.m.ranks * c.m.cfg.Device.NumBanks {
		k := &c.ranks[r].banks[b]
		if k.state == rowActive && c.m.now >= k.nextPre {
			wanted := false
			for _, p := range c.queues[c.queueIndex(r, b)] {
				wanted = wanted || p.req.bank == b && p.req.row == k.openRow
			}
			if !wanted || k.rowCounter == c.m.cfg.System.TotalRowAccesses {
				k.rowCounter = 0
				c.nextRankPRE, c.nextBankPRE = r, b
				return c.precharge(r, b), r, true
			}
		}
		c.advance(&r, &b)
	}
	return packet{}, 0, false
}

func raise(t *int, to int) { *t = max(*t, to) }

// issue is section 10: what a command does to the state of the banks; and the start of its
// way over the buses.
func (c *channel) issue(p packet, r int) {
	m, d, now := c.m, &c.m.cfg.Device, c.m.now
	k := &c.ranks[r]
	b := &k.banks[p.req.bank]
	cmd := dram.Command{Cycle: units.Cycles(now), Channel: c.id, Rank: r, Op: p.op}
	if p.op != dram.OpREF {
		cmd.Bank, cmd.Row = p.req.bank, uint32(p.req.row)
	}
	if p.req.index >= 0 {
		cmd.Tag = uint32(p.req.index)
	}
	m.Commands = append(m.Commands, cmd)
	c.bus, c.busLeft = &packet{p.op, p.req}, int(d.TCMD)
	devices := uint32(m.cfg.System.DataBusBits / d.DeviceWidth)

	switch p.op {
	case dram.OpACT:
		b.state, b.last, b.openRow = rowActive, dram.OpACT, p.req.row
		raise(&b.nextActivate, now+int(d.TRC))
		raise(&b.nextPre, now+int(d.TRAS))
		raise(&b.nextRead, now+int(d.TRCD-d.AL))
		raise(&b.nextWrite, now+int(d.TRCD-d.AL))
		for i := range k.banks {
			if i != p.req.bank {
				raise(&k.banks[i].nextActivate, now+int(d.TRRD))
				if sameGroup(d, i, p.req.bank) {
					raise(&k.banks[i].nextActivate, now+int(d.TRRDL))
				}
			}
		}
		k.energy.Activate += uint64((d.IDD0*uint32(d.TRC) - (d.IDD3N*uint32(d.TRAS) + d.IDD2N*uint32(d.TRC-d.TRAS))) * devices)
	case dram.OpRD, dram.OpRDA:
		b.last = p.op
		c.column(p.req, m.c2c, m.r2w, m.x2x, m.r2w, int(d.TCCDL), 0)
		if p.op == dram.OpRD {
			raise(&b.nextPre, now+m.r2p)
		} else {
			c.autoPrecharge(b, m.r2a, m.r2p)
		}
		k.energy.Burst += uint64((d.IDD4R - d.IDD3N) * uint32(d.BL) / 2 * devices)
	case dram.OpWR, dram.OpWRA:
		b.last = p.op
		c.writes = append(c.writes, pending{p.req, m.wl})
		twtrl := 0
		if d.TWTRL > 0 {
			twtrl = m.wl + m.burst + int(d.TWTRL)
		}
		c.column(p.req, m.w2rSame, m.c2c, m.w2rOther, m.x2x, twtrl, int(d.TCCDL))
		if p.op == dram.OpWR {
			raise(&b.nextPre, now+m.w2p)
		} else {
			c.autoPrecharge(b, m.w2a, m.w2p)
		}
		k.energy.Burst += uint64((d.IDD4W - d.IDD3N) * uint32(d.BL) / 2 * devices)
	case dram.OpPRE:
		b.state, b.last, b.countdown = precharging, dram.OpPRE, int(d.TRP)
		raise(&b.nextActivate, now+int(d.TRP))
	case dram.OpREF:
		for i := range k.banks {
			b := &k.banks[i]
			b.state, b.last, b.countdown, b.nextActivate = refreshing, dram.OpREF, int(d.TRFC), now+int(d.TRFC)
		}
		k.energy.Refresh += uint64((d.IDD5 - d.IDD3N) * uint32(d.TRFC) * devices)
	}
}

func (c *channel) autoPrecharge(b *bank, toActivate, toPrecharging int) {
	raise(&b.nextActivate, c.m.now+toActivate)
	if c.m.cfg.Device.BankGroups > 0 { // our extension does not copy the quirk
		raise(&b.nextRead, b.nextActivate)
		raise(&b.nextWrite, b.nextActivate)
	} else {
		b.nextRead, b.nextWrite = b.nextActivate, b.nextActivate
	}
	b.countdown = toPrecharging
}

// column raises the limits of reads and writes after a column command: on its rank, on
// banks of other ranks that are open now, and (bank groups) on its group.
func (c *channel) column(q *request, sameRead, sameWrite, otherRead, otherWrite, groupRead, groupWrite int) {
	for r := range c.ranks {
		for i := range c.ranks[r].banks {
			b := &c.ranks[r].banks[i]
			switch {
			case r == q.rank:
				raise(&b.nextRead, c.m.now+sameRead)
				raise(&b.nextWrite, c.m.now+sameWrite)
				if sameGroup(&c.m.cfg.Device, i, q.bank) {
					raise(&b.nextRead, c.m.now+groupRead)
					raise(&b.nextWrite, c.m.now+groupWrite)
				}
			case b.state == rowActive:
				raise(&b.nextRead, c.m.now+otherRead)
				raise(&b.nextWrite, c.m.now+otherWrite)
			}
		}
	}
}

func sameGroup(d *dram.Device, i, j int) bool {
	switch n := d.BankGroups; {
	case n == 0:
		return false
	case d.GroupsHigh:
		return i*n/d.NumBanks == j*n/d.NumBanks
	default:
		return i%n == j%n
	}
}
