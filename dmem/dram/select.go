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

// candidate is a bank's candidate: the time its bank allows it under its kind, never under
// the others, and a key that orders the candidates of a queue by age: seq<<bankBits | bank.
type candidate struct {
	at  [3]units.Cycles
	key uint64
}

const (
	bankBits = 8  // the sequence number has the other 56: more than any run will need
	rankBits = 12 // ranks are compared by time<<rankBits | distance
)

// sel is what the choice between ranks needs to know of one that has transactions in its
// command queues: the earliest time of its first candidate of each kind and of all, or
// never; and the limits of its column commands, which column commands of all ranks raise.
type sel struct {
	first        units.Cycles
	at           [3]units.Cycles // by kind
	limRD, limWR units.Cycles
	rank         int
}

// crossLimit is the earliest cycle of one kind of column command on a rank as far as the
// column commands of other ranks decide: second for the rank `by`, first for all others.
type crossLimit struct {
	first, second units.Cycles
	by            int
}

func (l *crossLimit) raise(r int, t units.Cycles) {
	second, by := max(l.second, t), l.by
	if t >= l.first {
		second, by = l.first, r
	}
	if l.by == r {
		second = l.second
	}
	l.first, l.second, l.by = max(l.first, t), second, by
}

func (l *crossLimit) of(r int) units.Cycles {
	if l.by == r {
		return l.second
	}
	return l.first
}

// enlist gives a rank whose first transaction is about to enter its command queue a sel.
func (c *channel) enlist(k *rank, r int) {
	k.sel = len(c.sels)
	s := sel{never, [3]units.Cycles{never, never, never}, k.col[0], k.col[1], r}
	s.limRD, s.limWR = max(s.limRD, c.cross[0].of(r)), max(s.limWR, c.cross[1].of(r))
	c.sels = append(c.sels, s)
}

// delist takes away the sel of a rank whose last transaction has left.
func (c *channel) delist(k *rank) {
	last := len(c.sels) - 1
	c.sels[k.sel] = c.sels[last]
	c.ranks[c.sels[last].rank].sel = k.sel
	c.sels = c.sels[:last]
}

// survey brings a rank's sel up to date.
func (c *channel) survey(k *rank, r int) {
	if k.transactions == 0 {
		return
	}
	s := &c.sels[k.sel]
	if r == c.refreshing {
		s.first, s.at = never, [3]units.Cycles{never, never, never} // stage Q leaves the rank alone
		return
	}
	act, rd, wr := never, never, never
	for i := range k.cands {
		t := &k.cands[i]
		act, rd, wr = min(act, t.at[kindACT]), min(rd, t.at[kindRD]), min(wr, t.at[kindWR])
	}
	act, rd, wr = max(act, k.act), max(rd, s.limRD), max(wr, s.limWR)
	s.at[kindACT], s.at[kindRD], s.at[kindWR], s.first = act, rd, wr, min(act, rd, wr)
}

// delay applies the limits a column command of rank r sets to the other ranks.
func (c *channel) delay(r int, rd, wr units.Cycles) {
	c.cross[0].raise(r, rd)
	c.cross[1].raise(r, wr)
	for i := range c.sels {
		s := &c.sels[i]
		if s.rank != r {
			s.limRD, s.limWR = max(s.limRD, rd), max(s.limWR, wr)
			s.at[kindRD], s.at[kindWR] = max(s.at[kindRD], rd), max(s.at[kindWR], wr)
			s.first = min(s.at[kindACT], s.at[kindRD], s.at[kindWR])
		}
	}
}

// oldest returns the bank of a rank with the oldest candidate that is ready in cycle now,
// or -1.
func (c *channel) oldest(r int, now units.Cycles) int {
	k := &c.ranks[r]
	s := &c.sels[k.sel]
	act, rd, wr := k.act, s.limRD, s.limWR
	best := ^uint64(0)
	for i := range k.cands {
		t := &k.cands[i]
		ready := min(max(t.at[kindACT], act), max(t.at[kindRD], rd), max(t.at[kindWR], wr))
		best = min(best, t.key|uint64((now-ready)>>63)) // all ones if not ready
	}
	if best == ^uint64(0) {
		return -1
	}
	return k.base + int(best&(1<<bankBits-1))
}

// improve tells that bank b has a new candidate, where it had none.
func (c *channel) improve(k *rank, b *bank) *sel {
	x, s := b.cand, &c.sels[k.sel]
	act, rd, wr := max(x.at[kindACT], k.act), max(x.at[kindRD], s.limRD), max(x.at[kindWR], s.limWR)
	s.at[kindACT], s.at[kindRD], s.at[kindWR] = min(s.at[kindACT], act), min(s.at[kindRD], rd), min(s.at[kindWR], wr)
	s.first = min(s.first, act, rd, wr)
	return s
}

// offerCommand tells that bank b has a new candidate because of a split.
func (c *channel) offerCommand(k *rank, b *bank, floor units.Cycles) {
	r := int(b.rank)
	if r == c.refreshing {
		return
	}
	t := max(c.improve(k, b).first, floor)
	if t < c.qAt || t == c.qAt && c.distance(r) < c.distance(c.qRank) {
		c.qAt, c.qRank = t, r
	}
}

// distance counts the ranks from the round-robin pointer to r.
func (c *channel) distance(r int) int {
	if r -= c.ptrRank; r < 0 {
		r += c.nRanks
	}
	return r
}

// pick finds the rank with the first candidate from cycle floor on; of several, the first
// from the pointer on.
func (c *channel) pick(floor units.Cycles) {
	best := uint64(never) << rankBits
	for i := range c.sels {
		s := &c.sels[i]
		d := s.rank - c.ptrRank
		d += c.nRanks & (d >> 63)
		best = min(best, uint64(max(s.first, floor))<<rankBits|uint64(d))
	}
	r := int(best&(1<<rankBits-1)) + c.ptrRank
	if r >= c.nRanks {
		r -= c.nRanks
	}
	c.qAt, c.qRank = units.Cycles(best>>rankBits), r
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
		if bi := c.oldest(r, now); bi >= 0 {
			c.ptrRank = r
			return bi
		}
		c.survey(&c.ranks[r], r)
		c.pick(now)
	}
	return -1
}

// findPerBank does so with a queue for each bank: the first from the pointer on.
func (c *channel) findPerBank(now units.Cycles) int {
	found, foundAt := -1, 0
	n := len(c.banks)
	start := c.policyIndex(c.ptrRank, c.ptrBank)
	for i := range c.sels {
		s := &c.sels[i]
		if s.first > now {
			continue
		}
		k := &c.ranks[s.rank]
		act, rd, wr := k.act, s.limRD, s.limWR
		for i := range k.cands {
			t := &k.cands[i]
			if min(max(t.at[kindACT], act), max(t.at[kindRD], rd), max(t.at[kindWR], wr)) > now {
				continue
			}
			bi := k.base + i
			at := int(c.banks[bi].policy) - start
			if at < 0 {
				at += n
			}
			if found < 0 || at < foundAt {
				found, foundAt = bi, at
			}
		}
	}
	if found < 0 {
		c.pick(now + 1)
		return -1
	}
	c.ptrRank, c.ptrBank = int(c.banks[found].rank), int(c.banks[found].number)
	return found
}

// policyIndex numbers the banks of the channel in the order of the scheduling policy.
func (c *channel) policyIndex(rank, bank int) int {
	if c.sys.Scheduling == RankThenBank {
		return bank*c.d.ranks + rank
	}
	return rank*c.d.banks + bank
}

// issued does what follows every command in cycle now, when the sel of its rank is up to
// date: the pointer advances, and the choice between the ranks is made again.
func (c *channel) issued(now units.Cycles) {
	c.advance()
	c.pick(now + 1)
}

// advance moves the round-robin pointer one step in the order of the policy; with an
// additive latency only at every second command.
func (c *channel) advance() {
	if c.simplePtr { // one queue for each rank, the rank first, no AL: only the rank matters
		p := c.ptrRank + 1
		if p == c.nRanks {
			p = 0
		}
		c.ptrRank = p
		return
	}
	if c.dev.AL > 0 && c.hold {
		c.hold = false
		return
	}
	c.hold = true
	if c.sys.Scheduling == RankThenBank {
		if c.ptrRank++; c.ptrRank == c.nRanks {
			c.ptrRank = 0
			c.ptrBank = (c.ptrBank + 1) % c.d.banks
		}
	} else if c.ptrBank++; c.ptrBank == c.d.banks {
		c.ptrBank = 0
		c.ptrRank = (c.ptrRank + 1) % c.nRanks
	}
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
	found, foundAt := -1, n
	next := never
	for _, bi := range c.closable {
		b := &c.banks[bi]
		if b.nextPRE > now {
			next = min(next, b.nextPRE)
			continue
		}
		at := int(b.policy) - c.preAt
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
	c.preAt = int(c.banks[found].policy)
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
