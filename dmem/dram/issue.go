package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// setActivate makes the ACT of a closed bank's oldest transaction its candidate, if there
// is one.
func (c *channel) setActivate(b *bank) {
	t := b.times
	t.rd, t.wr = never, never
	if b.head < 0 {
		t.act = never
		return
	}
	t.act = max(b.nextACT, b.idleAt)
	t.key = c.entries[b.head].order<<bankBits | uint64(b.number)
}

// setColumn makes the column command of b.cand the open bank's candidate.
func (c *channel) setColumn(b *bank) {
	e, t := &c.entries[b.cand], b.times
	t.act, t.rd, t.wr = never, never, never
	switch {
	case !e.write:
		t.rd = b.nextRD
	case c.d.literal:
		t.wr = b.nextWR
	default:
		t.wr = b.nextRD
	}
	t.key = e.order<<bankBits | uint64(b.number)
}

// activate issues the ACT of a bank's oldest transaction.
func (c *channel) activate(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	dev := c.dev
	b.open, b.owner, b.row = true, true, c.entries[b.head].row
	b.cand, b.prev = b.head, -1
	b.nextACT = max(b.nextACT, now+dev.TRC)
	b.nextPRE = max(b.nextPRE, now+dev.TRAS)
	t := now + dev.TRCD - dev.AL
	if c.d.literal {
		b.nextRD, b.nextWR = max(b.nextRD, t), max(b.nextWR, t)
		c.literalActivate(bi, r, now)
	} else {
		b.nextRD = max(b.nextRD, t) // after auto-precharge and power-up the old limit can be the later one
		k.rrd = now + dev.TRRD
	}
	k.faw[k.fawAt&3] = now
	k.fawAt++
	k.act = max(k.rrd, k.faw[k.fawAt&3]+dev.TFAW)
	if k.open == 0 && k.activeTo <= now {
		k.stats.ActiveCycles += uint64(k.activeTo - k.activeFrom)
		k.activeFrom, k.activeTo = now, now
	}
	k.open++
	k.stats.Acts++
	c.setColumn(b)
	qi := int(b.queue)
	c.queues[qi].packets--
	if c.queues[qi].head >= 0 {
		c.offer(qi)
	}
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: OpACT, Row: b.row, Tag: c.entries[b.cand].tag})
	}
	c.issued(r, now)
}

// column issues the column command of an open bank's candidate, and completes its request.
func (c *channel) column(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	d := c.d
	e := b.cand
	x := &c.entries[e]

	// Out of the command queue, with its ACT if the row was open for another.
	if b.prev < 0 {
		b.head = x.next
	} else {
		c.entries[b.prev].next = x.next
	}
	if b.tail == e {
		b.tail = b.prev
	}
	packets := int32(1)
	if !b.owner {
		packets = 2
		b.hits++
		k.stats.RowHits++
	}
	b.owner = false
	qi := int(b.queue)
	c.queues[qi].packets -= packets
	if c.queues[qi].head >= 0 {
		c.offer(qi)
	}
	k.transactions--
	if k.transactions == 0 {
		c.idle(k, now)
	}
	c.m.open--
	c.stats.QueueSum += uint64(now)

	// Limits of the same rank and of the others.
	op := OpRD
	gap, done := d.r2p, now+d.rdDone
	if x.write {
		op = OpWR
		gap, done = d.w2p, now+d.wrDone
		if now-c.lastWrite < d.b {
			c.m.fail(&CollisionError{Channel: c.id, First: c.lastWrite, Second: now, Burst: d.b})
		}
		c.lastWrite = now
		k.stats.Writes++
	} else {
		k.stats.Reads++
	}
	switch {
	case d.literal:
		c.literalColumn(bi, r, x.write, now)
	case x.write:
		k.wr, k.rd = max(k.wr, now+d.c2c), max(k.rd, now+d.w2rb)
		c.cross[kindWR].raise(int32(r), now+d.x2x)
		c.cross[kindRD].raise(int32(r), now+d.w2rr)
	default:
		k.rd, k.wr = max(k.rd, now+d.c2c), max(k.wr, now+d.r2w)
		c.cross[kindRD].raise(int32(r), now+d.x2x)
		c.cross[kindWR].raise(int32(r), now+d.r2w)
	}

	if c.closePage {
		op += OpRDA - OpRD
		toACT := d.r2a
		if x.write {
			toACT = d.w2a
		}
		b.nextACT = max(b.nextACT, now+toACT)
		b.nextRD, b.nextWR = b.nextACT, b.nextACT
		b.activeUntil = now + gap
		b.idleAt = now + gap + c.dev.TRP
		k.idleAt = max(k.idleAt, b.idleAt)
		k.activeTo = max(k.activeTo, b.activeUntil)
		k.open--
		b.open = false
		b.cand = -1
		c.setActivate(b)
	} else {
		b.nextPRE = max(b.nextPRE, now+gap)
		c.nextColumn(bi, b)
	}

	k.stats.Latency[latencyBucket(done-x.arrived)]++
	k.stats.LatencySum += uint64(done - x.arrived)
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: op, Row: x.row, Tag: x.tag})
	}
	c.m.complete(Completion{Tag: x.tag, Write: x.write, Accepted: x.accepted, Done: done})
	x.next = c.free
	c.free = e
	c.issued(r, now)
}

// nextColumn finds the oldest transaction for the open row; without one, or with the row's
// share of accesses used up, the bank can be closed.
func (c *channel) nextColumn(bi int, b *bank) {
	b.cand = -1
	if int(b.hits) < c.sys.TotalRowAccesses {
		prev := int32(-1)
		for e := b.head; e >= 0; e = c.entries[e].next {
			if c.entries[e].row == b.row {
				b.cand, b.prev = e, prev
				c.setColumn(b)
				return
			}
			prev = e
		}
	}
	*b.times = times{never, never, never, 0}
	c.listClosable(bi, b)
}

// precharge closes an open bank.
func (c *channel) precharge(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	c.unlistClosable(b)
	b.open, b.hits, b.cand = false, 0, -1
	b.nextACT = max(b.nextACT, now+c.dev.TRP)
	b.idleAt = now + c.dev.TRP
	k.idleAt = max(k.idleAt, b.idleAt)
	k.open--
	k.activeTo = max(k.activeTo, now)
	k.stats.Pres++
	c.setActivate(b)
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: OpPRE, Row: b.row})
	}
	c.issued(r, now)
}
