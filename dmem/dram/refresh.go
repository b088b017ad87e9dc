package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// refreshWindow returns the first cycle from now on in which the next refresh has to be
// looked at: when it is due, or, with power-down, tXP before, to wake the rank.
func (c *channel) refreshWindow(now units.Cycles) units.Cycles {
	due := c.due[c.refRank]
	if c.sys.LowPower {
		return max(now, due-c.dev.TXP)
	}
	return due
}

// refresh does what there is to do in cycle now for the next refresh and for the one that
// waits. It reports whether it issued a command.
func (c *channel) refresh(now units.Cycles) (issued bool) {
	if now >= c.windowAt {
		c.approach(now)
	}
	if now >= c.drainAt {
		issued = c.drain(now)
	}
	c.refAt = min(c.windowAt, c.drainAt)
	return issued
}

// approach looks at the rank whose refresh is next: it wakes a sleeping one in time, and
// makes the rank wait for its refresh when that is due. An earlier rank that still waits
// is forgotten, as in the reference.
func (c *channel) approach(now units.Cycles) {
	r := c.refRank
	k := &c.ranks[r]
	if now < c.due[r] {
		if c.wakeIfAsleep(k, now) {
			k.pending = true
			c.windowAt = c.due[r]
		} else {
			c.windowAt = now + 1
		}
		return
	}
	c.wakeIfAsleep(k, now)
	k.pending = true
	lost := c.refreshing
	c.refreshing, c.drainAt = k, now
	c.survey(k)
	if lost != nil {
		c.stats.LostRefreshes++
		c.survey(lost)
	}
	c.pick(now)
	c.due[r] += c.d.period
	if c.refRank++; c.refRank == c.d.ranks {
		c.refRank = 0
	}
	c.windowAt = c.refreshWindow(now + 1)
}

// drain is stage R: it closes the waiting rank's banks in order and then refreshes it. It
// reports whether it issued a command, and otherwise sets drainAt to when to look again.
func (c *channel) drain(now units.Cycles) bool {
	k := c.refreshing
	banks := k.banks
	for i := range banks {
		b := &banks[i]
		switch {
		case b.open && b.owner:
			if c.drainAt = c.ready(k, &k.cands[b.cand]); c.drainAt > now {
				return false
			}
			c.column(b, now)
			return true
		case b.open:
			if c.drainAt = b.nextPRE; c.drainAt > now {
				return false
			}
			c.precharge(b, now)
			return true
		case now < b.activeUntil:
			c.drainAt = b.activeUntil
			return false
		default:
			if t := max(b.nextACT, k.rrd); t > now {
				c.drainAt = t
				return false
			}
		}
	}
	until := now + c.dev.TRFC
	k.rrd = -never
	k.limits[kindACT] = k.faw[k.fawAt&3] + c.dev.TFAW
	for i := range banks {
		b := &banks[i]
		b.nextACT, b.idleAt = until, 0
		if b.head != nil {
			c.setActivate(b)
		}
	}
	k.idleAt = until
	k.pending, k.pendClear = false, now+c.dev.TCMD
	if k.activeTo <= now {
		k.stats.ActiveCycles += uint64(k.activeTo - k.activeFrom)
		k.activeFrom = now
	}
	k.activeTo = max(k.activeTo, until)
	k.stats.Refs++
	c.refreshing, c.drainAt = nil, never
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: k.number, Op: OpREF})
	}
	c.survey(k)
	c.issued(now)
	return true
}

// asleepSince returns the cycle at the end of which a rank without work powers down; ok is
// false while it has work.
func (c *channel) asleepSince(k *rank) (t units.Cycles, ok bool) {
	if !c.sys.LowPower || k.transactions > 0 || k.open > 0 || k.pending {
		return 0, false
	}
	return max(k.emptySince, k.idleAt, k.pendClear), true
}

// wakeIfAsleep powers rank r up if it went to sleep before cycle now, and reports whether
// it did. Waking forgets earlier limits of ACT, as in the reference.
func (c *channel) wakeIfAsleep(k *rank, now units.Cycles) bool {
	since, ok := c.asleepSince(k)
	if !ok || since >= now {
		return false
	}
	up := max(now, since+c.dev.TCKE)
	k.stats.SleepCycles += uint64(up - since)
	k.upAt = up
	k.rrd = -never
	k.limits[kindACT] = k.faw[k.fawAt&3] + c.dev.TFAW
	awake := up + max(c.dev.TXP, 1)
	for i, banks := 0, k.banks; i < len(banks); i++ {
		banks[i].nextACT, banks[i].idleAt = awake, 0
	}
	return true
}
