package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// setActivate makes the ACT of a closed bank's oldest transaction its candidate, if there
// is one.
func (c *channel) setActivate(b *bank) {
	t := b.cand
	t.at[kindRD], t.at[kindWR] = never, never
	if b.head < 0 {
		t.at[kindACT] = never
		return
	}
	t.at[kindACT] = max(b.nextACT, b.idleAt)
	t.key = c.entries[b.head].order<<bankBits | uint64(b.number)
}

// setColumn makes the column command of transaction b.next the open bank's candidate.
func (c *channel) setColumn(b *bank) {
	e, t := &c.entries[b.next], b.cand
	at := b.nextRD
	if c.d.literal && e.write != 0 {
		at = b.nextWR
	}
	t.at[kindACT] = never
	t.at[kindRD+e.write&1] = at
	t.at[kindWR-e.write&1] = never
	t.key = e.order<<bankBits | uint64(b.number)
}

// activate issues the ACT of a bank's oldest transaction.
func (c *channel) activate(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	dev := c.dev
	b.open, b.owner, b.row = true, true, c.entries[b.head].row
	b.next, b.prev = b.head, -1
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
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: OpACT, Row: b.row, Tag: c.entries[b.next].tag})
	}
	c.survey(k, r)
	c.issued(now)
}

// column issues the column command of an open bank's candidate, and completes its request.
func (c *channel) column(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	d := c.d
	e := b.next
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
		k.emptySince = now
		c.delist(k)
	}
	c.m.open--
	c.stats.QueueSum += uint64(now)

	// Limits of the same rank and of the others.
	w := x.write & 1
	g := &d.gaps[w]
	done := now + g.done
	if d.literal {
		c.literalColumn(bi, r, w != 0, now)
	} else {
		k.col[0], k.col[1] = max(k.col[0], now+g.same[0]), max(k.col[1], now+g.same[1])
		if k.transactions > 0 {
			s := &c.sels[k.sel]
			s.limRD, s.limWR = max(s.limRD, k.col[0]), max(s.limWR, k.col[1])
		}
		c.delay(r, now+g.other[0], now+g.other[1])
	}
	k.stats.columns[w]++

	if c.closePage {
		b.nextACT = max(b.nextACT, now+g.toACT)
		if c.dev.BankGroups > 0 {
			b.nextRD, b.nextWR = max(b.nextRD, b.nextACT), max(b.nextWR, b.nextACT)
		} else {
			b.nextRD, b.nextWR = b.nextACT, b.nextACT // an assignment in the reference
		}
		b.activeUntil = now + g.toPRE
		b.idleAt = b.activeUntil + c.dev.TRP
		k.idleAt = max(k.idleAt, b.idleAt)
		k.activeTo = max(k.activeTo, b.activeUntil)
		k.open--
		b.open = false
		b.next = -1
		c.setActivate(b)
	} else {
		b.nextPRE = max(b.nextPRE, now+g.toPRE)
		c.nextColumn(bi, b)
	}

	c.stats.Latency[latencyBucket(done-x.arrived)]++
	c.stats.LatencySum += uint64(done - x.arrived)
	if f := c.m.Probe.OnCommand; f != nil {
		op := OpRD + Op(w)
		if c.closePage {
			op = OpRDA + Op(w)
		}
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: op, Row: x.row, Tag: x.tag})
	}
	c.m.complete(Completion{Tag: x.tag, Write: w != 0, Accepted: x.accepted, Done: done})
	x.next = c.free
	c.free = e
	c.survey(k, r)
	c.issued(now)
}

// nextColumn finds the oldest transaction for the open row; without one, or with the row's
// share of accesses used up, the bank can be closed.
func (c *channel) nextColumn(bi int, b *bank) {
	if int(b.hits) < c.sys.TotalRowAccesses && b.rows>>(b.row&63)&1 != 0 {
		prev, rows := int32(-1), uint64(0)
		for e := b.head; e >= 0; e = c.entries[e].next {
			row := c.entries[e].row
			if row == b.row {
				b.next, b.prev = e, prev
				c.setColumn(b)
				return
			}
			prev = e
			rows |= 1 << (row & 63)
		}
		b.rows = rows
	}
	b.next = -1
	b.cand.at = [3]units.Cycles{never, never, never}
	c.listClosable(bi, b)
}

// precharge closes an open bank.
func (c *channel) precharge(bi int, now units.Cycles) {
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	c.unlistClosable(b)
	b.open, b.hits = false, 0
	b.nextACT = max(b.nextACT, now+c.dev.TRP)
	b.idleAt = now + c.dev.TRP
	k.idleAt = max(k.idleAt, b.idleAt)
	k.open--
	k.activeTo = max(k.activeTo, now)
	k.stats.Pres++
	had := b.next >= 0
	b.next = -1
	c.setActivate(b)
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Bank: int(b.number), Op: OpPRE, Row: b.row})
	}
	first := never
	switch {
	case had || c.refreshing == r:
		c.survey(k, r)
	case b.head >= 0:
		first = c.improve(k, b).first
	}
	if !c.simplePtr || c.refreshing >= 0 || c.qRank == c.ptrRank {
		c.issued(now)
		return
	}
	// Stage Q had nothing in this cycle, and its pointer leaves a rank that is not the next
	// choice: the choice stands, unless this rank has become earlier.
	c.advance()
	if first = max(first, now+1); first < c.qAt || first == c.qAt && c.distance(r) < c.distance(c.qRank) {
		c.qAt, c.qRank = first, r
	}
}
