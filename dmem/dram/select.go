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

// candidate is a bank's candidate: its kind, the earliest cycle in which its bank allows it,
// and a key that orders the candidates of a queue by age: seq<<bankBits | bank.
type candidate struct {
	at   units.Cycles
	key  uint64
	kind uint8
}

const (
	bankBits = 8  // the sequence number has the other 56: more than any run will need
	rankBits = 12 // ranks are compared by time<<rankBits | distance
)

// propose makes a command for transaction x the candidate of its bank.
func (b *bank) propose(kind uint8, at units.Cycles, x *transaction) {
	k := b.rank
	if b.cand < 0 {
		b.cand = int32(len(k.cands))
		k.cands = append(k.cands, candidate{})
	}
	t := &k.cands[b.cand]
	t.at, t.key, t.kind = at, x.order<<bankBits|uint64(b.number), kind
}

// withdraw takes away the bank's candidate, if it has one.
func (b *bank) withdraw() {
	if b.cand < 0 {
		return
	}
	k := b.rank
	last := len(k.cands) - 1
	if i := int(b.cand); i != last {
		k.cands[i] = k.cands[last]
		k.bankOf(k.cands[i].key).cand = b.cand
	}
	k.cands = k.cands[:last]
	b.cand = -1
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

// enlist lists a rank whose first transaction is about to enter its command queue as busy.
func (c *channel) enlist(k *rank) {
	k.busy = len(c.busy)
	c.busy = append(c.busy, k)
	k.first = [3]units.Cycles{never, never, never}
}

// delist takes a rank whose last transaction has left off the busy ones.
func (c *channel) delist(k *rank) {
	last := len(c.busy) - 1
	if moved := c.busy[last]; moved != k {
		c.busy[k.busy] = moved
		moved.busy = k.busy
	}
	c.busy = c.busy[:last]
}

// survey finds out when the first of a busy rank's candidates of each kind is ready, as far as
// the rank decides.
func (c *channel) survey(k *rank) {
	if k.transactions == 0 {
		return
	}
	k.first = [3]units.Cycles{never, never, never}
	if k == c.refreshing {
		return // stage Q leaves that one alone
	}
	for i := range k.cands {
		k.improve(&k.cands[i])
	}
}

// improve takes note of a candidate of a rank.
func (k *rank) improve(t *candidate) {
	k.first[t.kind] = min(k.first[t.kind], max(t.at, k.limits[t.kind]))
}

// first returns the cycle in which the first of a rank's candidates is ready.
func (c *channel) first(k *rank) units.Cycles {
	return min(k.first[kindACT], max(k.first[kindRD], c.cross[kindRD].of(k.number)), max(k.first[kindWR], c.cross[kindWR].of(k.number)))
}

// ready returns the earliest cycle in which a candidate of a rank can be issued.
func (c *channel) ready(k *rank, t *candidate) units.Cycles {
	return max(t.at, k.limits[t.kind], c.cross[t.kind].of(k.number))
}

// offerCommand tells that bank b has a new candidate, where it had none, that can be issued
// from cycle floor on: if it comes before the present choice, it is the choice.
func (c *channel) offerCommand(b *bank, floor units.Cycles) {
	k, x := b.rank, &b.rank.cands[b.cand]
	k.improve(x)
	t := max(c.ready(k, x), floor)
	if t < c.qAt || t == c.qAt && c.distance(k.number) < c.distance(c.qRank.number) {
		c.qAt, c.qRank = t, k
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
	if len(c.busy) == 1 {
		c.qRank = c.busy[0]
		c.qAt = max(c.first(c.qRank), floor)
		return
	}
	best := uint64(never) << rankBits
	for _, k := range c.busy {
		d := k.number - c.ptrRank
		d += c.nRanks & (d >> 63)
		best = min(best, uint64(max(c.first(k), floor))<<rankBits|uint64(d))
	}
	r := int(best&(1<<rankBits-1)) + c.ptrRank
	if r >= c.nRanks {
		r -= c.nRanks
	}
	c.qAt, c.qRank = units.Cycles(best>>rankBits), &c.ranks[r]
}

// command issues the one command of cycle now, if any, and does the refresh bookkeeping
// before it.
func (c *channel) command(now units.Cycles) {
	if now >= c.refAt && c.refresh(now) {
		return
	}
	if now < c.qAt {
		if now >= c.pAt {
			c.close(now)
		}
		return
	}
	var b *bank
	if c.perBank {
		b = c.firstFromPointer(now)
		c.ptrRank, c.ptrBank = b.rank.number, int(b.number)
	} else {
		k := c.qRank
		key := k.cands[0].key
		if len(k.cands) > 1 {
			key = c.oldest(k, now)
		}
		b = k.bankOf(key)
		c.ptrRank = k.number
	}
	if b.open {
		c.column(b, now)
	} else {
		c.activate(b, now)
	}
}

// bankOf returns the bank whose candidate has the key.
func (k *rank) bankOf(key uint64) *bank { return &k.banks[key&(1<<bankBits-1)] }

// oldest returns the key of a rank's oldest candidate that is ready in cycle now; there
// must be one.
func (c *channel) oldest(k *rank, now units.Cycles) uint64 {
	limits := k.limits
	limits[kindRD] = max(limits[kindRD], c.cross[kindRD].of(k.number))
	limits[kindWR] = max(limits[kindWR], c.cross[kindWR].of(k.number))
	best := ^uint64(0)
	for i := range k.cands {
		t := &k.cands[i]
		ready := max(t.at, limits[t.kind])
		best = min(best, t.key|uint64((now-ready)>>63)) // all ones if not ready
	}
	return best
}

// firstFromPointer returns the bank with a candidate that is ready in cycle now that is the
// first from the round-robin pointer on; there must be one.
func (c *channel) firstFromPointer(now units.Cycles) *bank {
	var found *bank
	foundAt := len(c.banks)
	start := c.policyIndex(c.ptrRank, c.ptrBank)
	for _, k := range c.busy {
		if c.first(k) > now {
			continue
		}
		for i := range k.cands {
			t := &k.cands[i]
			if c.ready(k, t) > now {
				continue
			}
			b := k.bankOf(t.key)
			at := int(b.policy) - start
			if at < 0 {
				at += len(c.banks)
			}
			if at < foundAt {
				found, foundAt = b, at
			}
		}
	}
	return found
}

// policyIndex numbers the banks of the channel in the order of the scheduling policy.
func (c *channel) policyIndex(rank, bank int) int {
	if c.sys.Scheduling == RankThenBank {
		return bank*c.d.ranks + rank
	}
	return rank*c.d.banks + bank
}

// issued does what follows every command in cycle now, once its rank is surveyed: the pointer
// advances, and the choice between the ranks is made again.
func (c *channel) issued(now units.Cycles) {
	if c.simplePtr {
		c.nextRank()
	} else {
		c.advance()
	}
	if len(c.busy) == 0 {
		c.qAt = never
		return
	}
	c.pick(now + 1)
}

// nextRank moves the round-robin pointer to the next rank.
func (c *channel) nextRank() {
	if c.ptrRank++; c.ptrRank == c.nRanks {
		c.ptrRank = 0
	}
}

// advance moves the round-robin pointer one step in the order of the policy; with an
// additive latency only at every second command.
func (c *channel) advance() {
	if c.dev.AL > 0 && c.hold {
		c.hold = false
		return
	}
	c.hold = true
	if c.sys.Scheduling == RankThenBank {
		if c.nextRank(); c.ptrRank == 0 {
			c.ptrBank = (c.ptrBank + 1) % c.d.banks
		}
	} else if c.ptrBank++; c.ptrBank == c.d.banks {
		c.ptrBank = 0
		c.ptrRank = (c.ptrRank + 1) % c.nRanks
	}
}

// close issues stage P's precharge in cycle now, if a row may be closed: of those, the
// first bank from the pointer on. The pointer stays on it.
func (c *channel) close(now units.Cycles) {
	var found *bank
	foundAt := len(c.banks)
	next := never
	for _, b := range c.closable {
		if b.nextPRE > now {
			next = min(next, b.nextPRE)
			continue
		}
		at := int(b.policy) - c.preAt
		if at < 0 {
			at += len(c.banks)
		}
		if found != nil {
			next = now + 1
		}
		if at < foundAt {
			found, foundAt = b, at
		}
	}
	c.pAt = next
	if found == nil {
		return
	}
	c.preAt = int(found.policy)
	c.precharge(found, now)
}

func (c *channel) listClosable(b *bank) {
	b.listed = int32(len(c.closable))
	c.closable = append(c.closable, b)
	c.pAt = min(c.pAt, b.nextPRE)
}

func (c *channel) unlistClosable(b *bank) {
	if b.listed < 0 {
		return
	}
	last := len(c.closable) - 1
	if moved := c.closable[last]; moved != b {
		c.closable[b.listed] = moved
		moved.listed = b.listed
	}
	c.closable = c.closable[:last]
	b.listed = -1
	if last == 0 {
		c.pAt = never
	}
}
