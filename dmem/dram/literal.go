package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// In literal mode every bank has its own limits for reads, writes and activates, and each
// command raises those of all banks it concerns, exactly as the specification says. It
// is needed where a bank can be opened and accessed again before a limit set by another
// rank has passed (large AL), and for bank groups.

func (c *channel) literalActivate(opened *bank, now units.Cycles) {
	k := opened.rank
	for i := range k.banks {
		b := &k.banks[i]
		if b == opened {
			continue
		}
		gap := c.dev.TRRD
		if c.sameGroup(b, opened) {
			gap = max(gap, c.dev.TRRDL)
		}
		b.nextACT = max(b.nextACT, now+gap)
		if !b.open {
			c.setActivate(b)
		}
	}
}

func (c *channel) literalColumn(accessed *bank, write bool, now units.Cycles) {
	d := c.d
	sameRD, sameWR, otherRD, otherWR := d.c2c, d.r2w, d.x2x, d.r2w
	groupRD, groupWR := max(d.c2c, c.dev.TCCDL), d.r2w
	if write {
		if now-c.lastWrite < d.b {
			c.m.fail(&CollisionError{Channel: c.id, First: c.lastWrite, Second: now, Burst: d.b})
		}
		c.lastWrite = now
		sameRD, sameWR, otherRD, otherWR = d.w2rb, d.c2c, d.w2rr, d.x2x
		groupRD, groupWR = max(d.w2rb, d.wl+d.b+c.dev.TWTRL), max(d.c2c, c.dev.TCCDL)
	}
	for i := range c.banks {
		b := &c.banks[i]
		switch {
		case b.rank != accessed.rank:
			if !b.open && now >= b.activeUntil {
				continue
			}
			b.nextRD, b.nextWR = max(b.nextRD, now+otherRD), max(b.nextWR, now+otherWR)
		case c.sameGroup(b, accessed):
			b.nextRD, b.nextWR = max(b.nextRD, now+groupRD), max(b.nextWR, now+groupWR)
		default:
			b.nextRD, b.nextWR = max(b.nextRD, now+sameRD), max(b.nextWR, now+sameWR)
		}
		if b.open && b.next != nil {
			c.setColumn(b)
		}
	}
	for _, k := range c.busy {
		if k != accessed.rank {
			c.survey(k)
		}
	}
}

// sameGroup reports whether two banks of a rank share a bank group; never in exact mode.
func (c *channel) sameGroup(a, b *bank) bool {
	n := c.dev.BankGroups
	if n == 0 {
		return false
	}
	i, j := int(a.number), int(b.number)
	if c.dev.GroupsHigh {
		return i/(c.d.banks/n) == j/(c.d.banks/n)
	}
	return i%n == j%n
}
