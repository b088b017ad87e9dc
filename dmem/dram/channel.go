package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// channel is one channel: its controller, command queues and ranks. In each cycle that
// matters, command is called first, then the door, then split, then plan.
type channel struct {
	m   *Memory
	id  int
	d   *derived
	sys *System
	dev *Device

	next units.Cycles // the next cycle in which anything but an arrival can happen

	entries []entry // pool of transactions; free ones are linked
	free    int32

	queues     []queue // command queues: one for each rank, or for each bank of each rank
	perBank    bool    // the latter
	closePage  bool
	waiting    int           // transactions in the transaction queue
	overflow   ring[arrival] // behind the transaction queue; FrontPend only
	splitAt    units.Cycles  // last cycle in which a transaction went straight into a command queue
	splittable []int32       // queues with room for which a transaction waits
	order      uint64        // of the next transaction accepted
	seq        uint64        // of the next transaction split off

	banks  []bank // index rank*NumBanks + bank
	ranks  []rank
	sels   []sel // of the ranks with transactions in their command queues, in no order
	nRanks int

	// Selection, see select.go: the time of the next command of each stage (queues, rows to
	// close, refresh), or an earlier one.
	qAt, pAt, rAt    units.Cycles
	qRank            int           // whose candidate it is at qAt
	ptrRank, ptrBank int           // round robin over queues
	preAt            int           // round robin over banks to close, as a policy index
	hold             bool          // AL > 0: the pointer stays after this command
	simplePtr        bool          // of the pointer only ptrRank matters, and it moves with every command
	closable         []int32       // open banks without a column candidate
	cross            [2]crossLimit // of reads and of writes

	// Refresh, see refresh.go.
	refAt      units.Cycles
	refRank    int            // the rank whose turn is next
	due        []units.Cycles // per rank
	refreshing int            // rank that waits for its refresh, or -1

	lastWrite units.Cycles // literal mode only: elsewhere writes cannot collide
	stats     ChannelStats
}

// entry is one transaction, linked into the waiting list of its queue, then into the list
// of its bank.
type entry struct {
	next     int32
	write    uint8 // 0 or 1
	bank     uint32
	row      uint32
	tag      uint32
	order    uint64 // in the transaction queue; in the command queue, the key's sequence number
	arrived  units.Cycles
	accepted units.Cycles
}

// queue is one command queue and the transactions that wait in the transaction queue for
// room in it.
type queue struct {
	packets    int32 // commands in it: 2 for a transaction, 1 once its ACT has gone
	head, tail int32 // waiting transactions, oldest first
	listed     bool  // in splittable
}

type bank struct {
	nextACT, nextPRE units.Cycles
	nextRD, nextWR   units.Cycles // as far as the bank decides; but for literal mode nextRD serves both
	idleAt           units.Cycles // closed bank: when it is Idle
	activeUntil      units.Cycles // auto-precharging bank: until when it counts as active
	row              uint32       // open row
	hits             int32        // row hits since it opened
	head, tail       int32        // its transactions in the command queue, oldest first
	next, prev       int32        // open bank: entry of the column candidate and its predecessor in the list, or -1
	listed           int32        // index in closable, or -1
	rank, number     int32        // where it is
	policy           int32        // its index in the order of the scheduling policy
	queue            int32        // its command queue
	cand             *candidate
	rows             uint64 // filter: bit row%64 is set for every transaction in the list
	open             bool
	owner            bool // the transaction that opened the row has not had its column command
}

// rank holds what the banks of a rank share.
type rank struct {
	col          [2]units.Cycles // earliest read and write after the column commands of this rank
	rrd          units.Cycles    // earliest ACT after the last one
	act          units.Cycles    // earliest ACT, rrd and tFAW
	faw          [4]units.Cycles
	fawAt        uint8
	pending      bool         // refreshPending
	cands        []candidate  // of its banks
	base         int          // its first bank
	sel          int          // index in channel.sels
	transactions int32        // in its command queues
	open         int32        // open banks
	emptySince   units.Cycles // when its last transaction left
	idleAt       units.Cycles // when its last bank gets Idle
	upAt         units.Cycles // when it last powers up; SleepCycles counts until then
	pendClear    units.Cycles // when its last refresh cleared pending
	activeFrom   units.Cycles // energy: start and end of the last stretch with a bank active
	activeTo     units.Cycles
	stats        RankStats
}

func (c *channel) init(m *Memory, id int) {
	n := m.d.ranks * m.d.banks
	*c = channel{
		m: m, id: id, d: &m.d, sys: &m.cfg.System, dev: &m.cfg.Device,
		perBank:   m.cfg.System.Queuing == PerRankPerBank,
		closePage: m.cfg.System.RowBufferPolicy == ClosePage,
		banks:     make([]bank, n), ranks: make([]rank, m.d.ranks), nRanks: m.d.ranks,
		sels: make([]sel, 0, m.d.ranks), due: make([]units.Cycles, m.d.ranks),
		free: -1, qAt: never, pAt: never, rAt: never, refreshing: -1, lastWrite: -never, splitAt: -1,
	}
	for i := range c.cross {
		c.cross[i] = crossLimit{-never, -never, -1}
	}
	queues := m.d.ranks
	if c.perBank {
		queues = n
	}
	c.queues = make([]queue, queues)
	for i := range c.queues {
		c.queues[i].head, c.queues[i].tail = -1, -1
	}
	c.splittable = make([]int32, 0, queues)
	c.closable = make([]int32, 0, n)
	all := make([]candidate, n)
	for r := range c.ranks {
		k := &c.ranks[r]
		k.rrd, k.act = -never, -never
		k.col = [2]units.Cycles{-never, -never}
		k.faw = [4]units.Cycles{-never, -never, -never, -never}
		k.base = r * m.d.banks
		k.cands = all[k.base : k.base+m.d.banks]
		c.due[r] = m.d.stagger * units.Cycles(r+1)
		for i := range k.cands {
			k.cands[i] = candidate{[3]units.Cycles{never, never, never}, 0}
			b := bank{head: -1, tail: -1, next: -1, prev: -1, listed: -1, rank: int32(r), number: int32(i), cand: &k.cands[i]}
			b.policy, b.queue = int32(c.policyIndex(r, i)), int32(r)
			if c.perBank {
				b.queue = int32(k.base + i)
			}
			c.banks[k.base+i] = b
		}
	}
	c.hold = m.cfg.Device.AL > 0
	c.simplePtr = !c.hold && !c.perBank && c.sys.Scheduling == RankThenBank
	c.refAt = c.refreshWindow(0)
	c.plan(-1)
}

// plan sets the next cycle after now in which something can happen.
func (c *channel) plan(now units.Cycles) {
	next := min(c.refAt, c.qAt, c.pAt, c.rAt)
	if len(c.splittable) > 0 || c.overflow.n > 0 && c.waiting < c.m.depth {
		next = now + 1
	}
	c.next = max(next, now+1)
}

func (c *channel) alloc() int32 {
	e := c.free
	if e < 0 {
		c.entries = append(c.entries, entry{next: -1})
		return int32(len(c.entries) - 1)
	}
	c.free = c.entries[e].next
	return e
}

// hasRoom reports whether the transaction queue takes another transaction in cycle now; one
// that went straight into a command queue counts until the cycle's end.
func (c *channel) hasRoom(now units.Cycles) bool {
	n := c.waiting
	if c.splitAt == now {
		n++
	}
	return n < c.m.depth
}

// accept appends a transaction to the transaction queue.
func (c *channel) accept(e int32, now units.Cycles) {
	x := &c.entries[e]
	x.next, x.order = -1, c.order
	c.order++
	c.waiting++
	c.stats.WaitSum -= uint64(now)
	qi := int(c.banks[x.bank].queue)
	q := &c.queues[qi]
	if q.tail < 0 {
		q.head = e
	} else {
		c.entries[q.tail].next = e
	}
	q.tail = e
	c.offer(qi)
}

// offer lists a queue as splittable if it has room and a transaction waits for it.
func (c *channel) offer(qi int) {
	q := &c.queues[qi]
	if !q.listed && q.head >= 0 && c.sys.CmdQueueDepth-int(q.packets) >= 2 {
		q.listed = true
		c.splittable = append(c.splittable, int32(qi))
	}
}

// split moves the oldest transaction whose command queue has room into that queue.
func (c *channel) split(now units.Cycles) {
	at, qi := 0, int(c.splittable[0])
	for i := 1; i < len(c.splittable); i++ {
		k := int(c.splittable[i])
		if c.entries[c.queues[k].head].order < c.entries[c.queues[qi].head].order {
			at, qi = i, k
		}
	}
	q := &c.queues[qi]
	e := q.head
	q.head = c.entries[e].next
	if q.head < 0 {
		q.tail = -1
	}
	if q.head < 0 || c.sys.CmdQueueDepth-int(q.packets)-2 < 2 {
		q.listed = false
		last := len(c.splittable) - 1
		c.splittable[at] = c.splittable[last]
		c.splittable = c.splittable[:last]
	}
	c.waiting--
	c.stats.WaitSum += uint64(now)
	if c.m.blocked == c.id {
		c.m.unblock(now)
	}
	c.enqueue(e, q, now)
}

// enqueue appends a transaction to its command queue in cycle now; its first command can
// be issued in the next one.
func (c *channel) enqueue(e int32, q *queue, now units.Cycles) {
	x := &c.entries[e]
	bi := int(x.bank)
	b := &c.banks[bi]
	r := int(b.rank)
	k := &c.ranks[r]
	if k.transactions == 0 {
		c.wakeIfAsleep(k, now)
		c.enlist(k, r)
	}
	k.transactions++
	q.packets += 2
	c.stats.QueueSum -= uint64(now)
	x.order, x.next = c.seq, -1
	c.seq++
	prev := b.tail
	if prev < 0 {
		b.head = e
	} else {
		c.entries[prev].next = e
	}
	b.tail = e
	b.rows |= 1 << (x.row & 63)
	if b.open {
		if b.next < 0 && x.row == b.row && int(b.hits) < c.sys.TotalRowAccesses && !c.closePage {
			b.next, b.prev = e, prev
			c.unlistClosable(b)
			c.setColumn(b)
			c.offerCommand(k, b, now+1)
		}
	} else if prev < 0 {
		c.setActivate(b)
		c.offerCommand(k, b, now+1)
	}
}
