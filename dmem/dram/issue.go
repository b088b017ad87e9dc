package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// setActivate makes the ACT of a closed bank's oldest transaction its candidate, if there
// is one.
func (c *channel) setActivate(b *bank) {
	if b.head == nil {
		b.withdraw()
		return
	}
	b.propose(kindACT, max(b.nextACT, b.idleAt), b.head)
}

// setColumn makes the column command of transaction b.next the open bank's candidate.
func (c *channel) setColumn(b *bank) {
	at := b.nextRD
	if c.d.literal && b.next.write != 0 {
		at = b.nextWR
	}
	b.propose(kindRD+b.next.write, at, b.next)
}

// activate issues the ACT of a bank's oldest transaction.
func (c *channel) activate(b *bank, now units.Cycles) {
	k := b.rank
	dev := c.dev
	b.open, b.owner, b.row = true, true, b.head.row
	b.next, b.prev = b.head, nil
	b.nextACT = max(b.nextACT, now+dev.TRC)
	b.nextPRE = max(b.nextPRE, now+dev.TRAS)
	t := now + dev.TRCD - dev.AL
	if c.d.literal {
		b.nextRD, b.nextWR = max(b.nextRD, t), max(b.nextWR, t)
		c.literalActivate(b, now)
	} else {
		b.nextRD = max(b.nextRD, t) // after auto-precharge and power-up the old limit can be the later one
		k.rrd = now + dev.TRRD
	}
	k.faw[k.fawAt&3] = now
	k.fawAt++
	k.limits[kindACT] = max(k.rrd, k.faw[k.fawAt&3]+dev.TFAW)
	if k.open == 0 && k.activeTo <= now {
		k.stats.ActiveCycles += uint64(k.activeTo - k.activeFrom)
		k.activeFrom, k.activeTo = now, now
	}
	k.open++
	k.stats.Acts++
	c.setColumn(b)
	b.queue.packets--
	if b.queue.waiting.head != nil {
		c.offer(b.queue)
	}
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: k.number, Bank: int(b.number), Op: OpACT, Row: b.row, Tag: b.next.tag})
	}
	c.survey(k)
	c.issued(now)
}

// column issues the column command of an open bank's candidate, and completes its request.
func (c *channel) column(b *bank, now units.Cycles) {
	k, x := b.rank, b.next

	// Out of the command queue, with its ACT if the row was open for another.
	if b.prev == nil {
		b.head = x.next
	} else {
		b.prev.next = x.next
	}
	if b.tail == x {
		b.tail = b.prev
	}
	b.queue.packets--
	if !b.owner {
		b.queue.packets--
		b.hits++
		k.stats.RowHits++
	}
	b.owner = false
	if b.queue.waiting.head != nil {
		c.offer(b.queue)
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
	g := &c.d.gaps[w]
	done := now + g.done
	if c.d.literal {
		c.literalColumn(b, w != 0, now)
	} else {
		k.limits[kindRD], k.limits[kindWR] = max(k.limits[kindRD], now+g.same[0]), max(k.limits[kindWR], now+g.same[1])
		if c.nRanks > 1 {
			c.cross[kindRD].raise(k.number, now+g.other[0])
			c.cross[kindWR].raise(k.number, now+g.other[1])
		}
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
		b.next = nil
		c.setActivate(b)
	} else {
		b.nextPRE = max(b.nextPRE, now+g.toPRE)
		c.nextColumn(b)
	}

	c.stats.Latency[latencyBucket(done-x.arrived)]++
	c.stats.LatencySum += uint64(done - x.arrived)
	if f := c.m.Probe.OnCommand; f != nil {
		op := OpRD + Op(w)
		if c.closePage {
			op = OpRDA + Op(w)
		}
		f(&Command{Cycle: now, Channel: c.id, Rank: k.number, Bank: int(b.number), Op: op, Row: x.row, Tag: x.tag})
	}
	c.m.complete(Completion{Tag: x.tag, Write: w != 0, Accepted: x.accepted, Done: done})
	c.m.release(x)
	c.survey(k)
	c.issued(now)
}

// nextColumn finds the oldest transaction for the open row; without one, or with the row's
// share of accesses used up, the bank can be closed.
func (c *channel) nextColumn(b *bank) {
	if int(b.hits) < c.sys.TotalRowAccesses && b.rows>>(b.row&63)&1 != 0 {
		var prev *transaction
		rows := uint64(0)
		for x := b.head; x != nil; x = x.next {
			if x.row == b.row {
				b.next, b.prev = x, prev
				c.setColumn(b)
				return
			}
			prev = x
			rows |= 1 << (x.row & 63)
		}
		b.rows = rows
	}
	b.next = nil
	b.withdraw()
	c.listClosable(b)
}

// precharge closes an open bank.
func (c *channel) precharge(b *bank, now units.Cycles) {
	k := b.rank
	c.unlistClosable(b)
	b.open, b.hits = false, 0
	b.nextACT = max(b.nextACT, now+c.dev.TRP)
	b.idleAt = now + c.dev.TRP
	k.idleAt = max(k.idleAt, b.idleAt)
	k.open--
	k.activeTo = max(k.activeTo, now)
	k.stats.Pres++
	had := b.next != nil
	b.next = nil
	c.setActivate(b)
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: k.number, Bank: int(b.number), Op: OpPRE, Row: b.row})
	}
	if had || !c.simplePtr || c.refreshing != nil || c.qRank.number == c.ptrRank {
		c.survey(k)
		c.issued(now)
		return
	}
	// Stage Q had nothing in this cycle, and its pointer leaves a rank that is not the next
	// choice: the choice stands, unless this bank's candidate is earlier.
	c.nextRank()
	if b.head != nil {
		c.offerCommand(b, now+1)
	}
}
