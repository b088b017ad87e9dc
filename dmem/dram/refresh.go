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

// refresh looks at the rank whose refresh is next: it wakes a sleeping one in time, and
// makes the rank wait for its refresh when that is due. An earlier rank that still waits
// is forgotten, as in the reference.
func (c *channel) refresh(now units.Cycles) {
	r := c.refRank
	k := &c.ranks[r]
	if now < c.due[r] {
		if c.wakeIfAsleep(k, now) {
			k.pending = true
			c.refAt = c.due[r]
		} else {
			c.refAt = now + 1
		}
		return
	}
	c.wakeIfAsleep(k, now)
	k.pending = true
	lost := c.refreshing
	c.refreshing, c.rAt = r, now
	c.survey(k, r)
	if lost >= 0 {
		c.stats.LostRefreshes++
		c.survey(&c.ranks[lost], lost)
	}
	c.pick(now)
	c.due[r] += c.d.period
	if c.refRank++; c.refRank == c.d.ranks {
		c.refRank = 0
	}
	c.refAt = c.refreshWindow(now + 1)
}

// drain is stage R: it closes the waiting rank's banks in order and then refreshes it. It
// reports whether it issued a command, and otherwise sets rAt to when to look again.
func (c *channel) drain(now units.Cycles) bool {
	r := c.refreshing
	k := &c.ranks[r]
	base := k.base
	for i := base; i < base+c.d.banks; i++ {
		b := &c.banks[i]
		switch {
		case b.open && b.owner:
			s := &c.sels[k.sel]
			if c.rAt = min(max(b.cand.at[kindRD], s.limRD), max(b.cand.at[kindWR], s.limWR)); c.rAt > now {
				return false
			}
			c.column(i, now)
			return true
		case b.open:
			if c.rAt = b.nextPRE; c.rAt > now {
				return false
			}
			c.precharge(i, now)
			return true
		case now < b.activeUntil:
			c.rAt = b.activeUntil
			return false
		default:
			if t := max(b.nextACT, k.rrd); t > now {
				c.rAt = t
				return false
			}
		}
	}
	until := now + c.dev.TRFC
	k.rrd = -never
	k.act = k.faw[k.fawAt&3] + c.dev.TFAW
	for i := base; i < base+c.d.banks; i++ {
		c.banks[i].nextACT, c.banks[i].idleAt = until, 0
		c.setActivate(&c.banks[i])
	}
	k.idleAt = until
	k.pending, k.pendClear = false, now+c.dev.TCMD
	if k.activeTo <= now {
		k.stats.ActiveCycles += uint64(k.activeTo - k.activeFrom)
		k.activeFrom = now
	}
	k.activeTo = max(k.activeTo, until)
	k.stats.Refs++
	c.refreshing, c.rAt = -1, never
	if f := c.m.Probe.OnCommand; f != nil {
		f(&Command{Cycle: now, Channel: c.id, Rank: r, Op: OpREF})
	}
	c.survey(k, r)
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
	k.act = k.faw[k.fawAt&3] + c.dev.TFAW
	base := k.base
	for i := base; i < base+c.d.banks; i++ {
		b := &c.banks[i]
		b.nextACT = up + max(c.dev.TXP, 1)
		b.idleAt = 0
	}
	return true
}
