package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// A bank has at most one candidate for a command: closed, the ACT of its oldest
// transaction; open, the column command of the oldest transaction for the open row. Among
// the candidates of a queue the one of the oldest transaction that is ready is issued.

// The kinds of candidates; they index a rank's limits.
const (
	kindACT = iota
	kindRD
	kindWR
)

// cand is a bank's candidate, packed for the scan: the time the bank allows it (never:
// none) and seq<<10 | bank<<2 | kind, which orders candidates of a queue by age.
type cand struct {
	t   units.Cycles
	key uint64
}

const (
	bankBits = 8
	seqShift = bankBits + 2
	seqLimit = 1<<(64-deltaBits-seqShift) - 1
	// A scan compares delta<<(64-deltaBits) | key; all gaps are less than 1<<deltaBits.
	deltaBits  = 20
	deltaShift = 64 - deltaBits
	deltaMax   = 1<<deltaBits - 1
	// Ranks are compared by time<<rankBits | distance.
	rankBits = 12
	farAway  = 1 << 50
)

// crossLimit is the earliest cycle of a kind of column command on a rank as far as the
// column commands of other ranks decide: second for the rank `by`, first for all others.
type crossLimit struct {
	first, second units.Cycles
	by            int32
}

func (l *crossLimit) raise(r int32, t units.Cycles) {
	switch {
	case l.by == r:
		l.first = max(l.first, t)
	case t >= l.first:
		l.second, l.first, l.by = l.first, t, r
	default:
		l.second = max(l.second, t)
	}
}

func (l *crossLimit) of(r int32) units.Cycles {
	if l.by == r {
		return l.second
	}
	return l.first
}

// limits returns the earliest cycle of each kind of command on rank r, banks apart.
func (c *channel) limits(r int) [4]units.Cycles {
	k := &c.ranks[r]
	return [4]units.Cycles{k.act, max(k.rd, c.cross[kindRD].of(int32(r))), max(k.wr, c.cross[kindWR].of(int32(r))), 0}
}

// scan finds rank r's first candidate from cycle floor on.
func (c *channel) scan(r int, floor units.Cycles) {
	k := &c.ranks[r]
	if r == c.refreshing {
		c.ready[r] = never // stage Q leaves the rank alone
		return
	}
	lim := c.limits(r)
	best := ^uint64(0)
	base := r * c.d.banks
	for i := range c.cands[base : base+c.d.banks] {
		x := &c.cands[base+i]
		t := max(x.t, lim[x.key&3], floor) - floor
		best = min(best, uint64(min(t, deltaMax))<<deltaShift|x.key)
	}
	k.epoch = c.epoch
	delta := units.Cycles(best >> deltaShift)
	if delta == deltaMax {
		c.ready[r] = never
		return
	}
	c.ready[r] = floor + delta
	k.best = int32(base) + int32(best>>2&(1<<bankBits-1))
}

// improve tells that bank bi of rank r has a new, youngest candidate.
func (c *channel) improve(r, bi int, floor units.Cycles) {
	if r == c.refreshing {
		return
	}
	x := &c.cands[bi]
	lim := c.limits(r)
	t := max(x.t, lim[x.key&3], floor)
	if t >= c.ready[r] {
		return
	}
	k := &c.ranks[r]
	k.best, k.epoch = int32(bi), c.epoch
	c.ready[r] = t
	if t < c.qAt || t == c.qAt && c.distance(r) < c.distance(c.qRank) {
		c.qAt, c.qRank = t, r
	}
}

// distance counts the ranks from the round-robin pointer to r.
func (c *channel) distance(r int) int {
	if r -= c.ptrRank; r < 0 {
		r += c.d.ranks
	}
	return r
}

// pick finds the rank with the first candidate from cycle floor on; of several, the first
// from the pointer on.
func (c *channel) pick(floor units.Cycles) {
	best := uint64(1) << 63
	for r, t := range c.ready {
		best = min(best, uint64(min(max(t, floor)-floor, farAway))<<rankBits|uint64(c.distance(r)))
	}
	delta := units.Cycles(best >> rankBits)
	if delta >= farAway {
		c.qAt = never
		return
	}
	r := int(best&(1<<rankBits-1)) + c.ptrRank
	if r >= c.d.ranks {
		r -= c.d.ranks
	}
	c.qAt, c.qRank = floor+delta, r
}

// command issues the one command of cycle now, if any, and does the refresh bookkeeping
// before it.
func (c *channel) command(now units.Cycles) {
	if now >= c.refAt {
		c.refresh(now)
	}
	if c.refreshing >= 0 && now >= c.rAt && c.drain(now) {
		return
	}
	if now >= c.qAt {
		bi := -1
		if c.perBank {
			bi = c.findPerBank(now)
		} else {
			bi = c.findPerRank(now)
		}
		if bi >= 0 {
			c.serve(bi, now)
			return
		}
	}
	if now >= c.pAt {
		c.close(now)
	}
}

// findPerRank returns the bank whose candidate is issued in cycle now, or -1.
func (c *channel) findPerRank(now units.Cycles) int {
	for c.qAt <= now {
		r := c.qRank
		k := &c.ranks[r]
		if c.ready[r] != now || k.epoch != c.epoch {
			c.scan(r, now)
		}
		if c.ready[r] <= now {
			c.ptrRank = r
			return int(k.best)
		}
		c.pick(now)
	}
	return -1
}

// findPerBank does so with a queue for each bank: the first from the pointer on.
func (c *channel) findPerBank(now units.Cycles) int {
	found, foundAt := -1, 0
	n := len(c.banks)
	start := c.policyIndex(c.ptrRank, c.ptrBank)
	for r := range c.ready {
		if c.ready[r] > now {
			continue
		}
		lim := c.limits(r)
		earliest := never
		for i := range c.d.banks {
			x := &c.cands[r*c.d.banks+i]
			if x.t >= never {
				continue
			}
			t := max(x.t, lim[x.key&3])
			earliest = min(earliest, t)
			if t > now {
				continue
			}
			at := c.policyIndex(r, i) - start
			if at < 0 {
				at += n
			}
			if found < 0 || at < foundAt {
				found, foundAt = r*c.d.banks+i, at
			}
		}
		c.ready[r] = earliest
	}
	if found < 0 {
		c.pick(now + 1)
		return -1
	}
	c.ptrRank, c.ptrBank = found/c.d.banks, found%c.d.banks
	return found
}

// policyIndex numbers the banks of the channel in the order of the scheduling policy.
func (c *channel) policyIndex(rank, bank int) int {
	if c.sys.Scheduling == RankThenBank {
		return bank*c.d.ranks + rank
	}
	return rank*c.d.banks + bank
}

// issued does what follows every command in cycle now to rank r: the pointer advances,
// and the selection is made up again.
func (c *channel) issued(r int, now units.Cycles) {
	if c.dev.AL > 0 && c.hold {
		c.hold = false
	} else {
		c.hold = true
		if c.sys.Scheduling == RankThenBank {
			if c.ptrRank++; c.ptrRank == c.d.ranks {
				c.ptrRank = 0
				if c.ptrBank++; c.ptrBank == c.d.banks {
					c.ptrBank = 0
				}
			}
		} else {
			if c.ptrBank++; c.ptrBank == c.d.banks {
				c.ptrBank = 0
				if c.ptrRank++; c.ptrRank == c.d.ranks {
					c.ptrRank = 0
				}
			}
		}
	}
	c.scan(r, now+1)
	c.pick(now + 1)
}

// serve issues a bank's candidate.
func (c *channel) serve(bi int, now units.Cycles) {
	if c.banks[bi].open {
		c.column(bi, now)
	} else {
		c.activate(bi, now)
	}
}

// close issues stage P's precharge in cycle now, if a row may be closed: of those, the
// first bank from the pointer on. The pointer stays on it.
func (c *channel) close(now units.Cycles) {
	n := len(c.banks)
	start := c.policyIndex(c.preRank, c.preBank)
	found, foundAt := -1, n
	next := never
	for _, bi := range c.closable {
		b := &c.banks[bi]
		if b.nextPRE > now {
			next = min(next, b.nextPRE)
			continue
		}
		at := c.policyIndex(int(bi)/c.d.banks, int(bi)%c.d.banks) - start
		if at < 0 {
			at += n
		}
		if found >= 0 {
			next = now + 1
		}
		if at < foundAt {
			found, foundAt = int(bi), at
		}
	}
	c.pAt = next
	if found < 0 {
		return
	}
	c.preRank, c.preBank = found/c.d.banks, found%c.d.banks
	c.precharge(found, now)
}

func (c *channel) listClosable(bi int, b *bank) {
	b.listed = int32(len(c.closable))
	c.closable = append(c.closable, int32(bi))
	c.pAt = min(c.pAt, b.nextPRE)
}

func (c *channel) unlistClosable(b *bank) {
	if b.listed < 0 {
		return
	}
	last := len(c.closable) - 1
	moved := c.closable[last]
	c.closable[b.listed] = moved
	c.banks[moved].listed = b.listed
	c.closable = c.closable[:last]
	b.listed = -1
	if last == 0 {
		c.pAt = never
	}
}

// renumber makes room in the sequence numbers, which only the order matters of.
func (c *channel) renumber() {
	low := c.seq
	for i := range c.banks {
		if h := c.banks[i].head; h >= 0 {
			low = min(low, c.entries[h].order)
		}
	}
	for i := range c.banks {
		for e := c.banks[i].head; e >= 0; e = c.entries[e].next {
			c.entries[e].order -= low
		}
		c.cands[i].key -= low << seqShift
	}
	c.seq -= low
}
