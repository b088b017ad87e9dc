package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// channel is one channel: its controller, command queues and ranks. In each cycle that
// matters, command is called first, then the door, then plan.
type channel struct {
	m   *Memory
	id  int
	d   *derived
	sys *System
	dev *Device

	next units.Cycles // the next cycle in which anything but an arrival can happen

	queues     []queue // command queues: one for each rank, or for each bank of each rank
	perBank    bool    // the latter
	closePage  bool
	waiting    int          // transactions in the transaction queue
	overflow   list         // behind the transaction queue; FrontPend only
	splitAt    units.Cycles // last cycle in which a transaction went straight into a command queue
	splittable []*queue     // queues with room for which a transaction waits
	order      uint64       // of the next transaction accepted
	seq        uint64       // of the next transaction split off

	banks  []bank // index rank*NumBanks + bank
	ranks  []rank
	busy   []*rank // those with transactions in their command queues, in no order
	nRanks int

	// Selection, see select.go: the time of the next command of stage Q (queues), and that of
	// stage P (rows to close) or an earlier one.
	qAt, pAt         units.Cycles
	qRank            *rank         // whose candidate it is at qAt
	ptrRank, ptrBank int           // round robin over queues
	preAt            int           // round robin over banks to close, as a policy index
	hold             bool          // AL > 0: the pointer stays after this command
	simplePtr        bool          // of the pointer only ptrRank matters, and it moves with every command
	closable         []*bank       // open banks without a column candidate
	cross            [3]crossLimit // by kind

	// Refresh, see refresh.go.
	refAt      units.Cycles   // when to look at it next: the earlier one of the two
	windowAt   units.Cycles   // of the window before the next rank's refresh
	drainAt    units.Cycles   // of the next command of stage R, or an earlier one
	refRank    int            // the rank whose turn is next
	due        []units.Cycles // per rank
	refreshing *rank          // rank that waits for its refresh, or nil

	lastWrite units.Cycles // literal mode only: elsewhere writes cannot collide
	stats     ChannelStats
}

// transaction is a request on its way from the door to its column command. It is in one list
// after the other: of those that overflow, of its queue, of its bank.
type transaction struct {
	next     *transaction
	bank     *bank
	row      uint32
	tag      uint32
	write    uint8        // 0 or 1
	order    uint64       // in the transaction queue; in the command queue, its sequence number
	arrived  units.Cycles // the memory cycle in which the door first sees it
	accepted units.Cycles
}

// list is a FIFO of transactions.
type list struct {
	head, tail *transaction // tail means nothing if head is nil
}

func (l *list) push(x *transaction) {
	x.next = nil
	if l.head == nil {
		l.head = x
	} else {
		l.tail.next = x
	}
	l.tail = x
}

// pop removes the oldest; there must be one.
func (l *list) pop() *transaction {
	x := l.head
	l.head = x.next
	return x
}

// queue is one command queue and the transactions that wait in the transaction queue for
// room in it.
type queue struct {
	packets int  // commands in it: 2 for a transaction, 1 once its ACT has gone
	waiting list // oldest first
	listed  bool // in splittable
}

type bank struct {
	nextACT, nextPRE units.Cycles
	nextRD, nextWR   units.Cycles // as far as the bank decides; but for literal mode nextRD serves both
	idleAt           units.Cycles // closed bank: when it is Idle
	activeUntil      units.Cycles // auto-precharging bank: until when it counts as active
	head, tail       *transaction // its transactions in the command queue, oldest first
	next, prev       *transaction // open bank: the column candidate and its predecessor in the list, or nil
	rows             uint64       // filter: bit row%64 is set for every transaction in the list
	row              uint32       // open row
	hits             int32        // row hits since it opened
	cand             int32        // index in rank.cands, or -1
	listed           int32        // index in closable, or -1
	number           int32        // in its rank
	policy           int32        // its index in the order of the scheduling policy
	rank             *rank
	queue            *queue // its command queue
	channel          *channel
	open             bool
	owner            bool // the transaction that opened the row has not had its column command
}

// rank holds what the banks of a rank share.
type rank struct {
	first        [3]units.Cycles // when the first of its candidates of each kind is ready, but for other ranks
	limits       [3]units.Cycles // earliest command of each kind, but for other ranks
	cands        []candidate     // of its banks
	number       int
	busy         int   // index in channel.busy
	transactions int32 // in its command queues
	open         int32 // open banks
	banks        []bank
	rrd          units.Cycles    // earliest ACT after the last one; the limit of ACT is this and tFAW
	faw          [4]units.Cycles // the last ACTs
	fawAt        uint8
	pending      bool         // refreshPending
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
		busy: make([]*rank, 0, m.d.ranks), due: make([]units.Cycles, m.d.ranks),
		qAt: never, pAt: never, drainAt: never, lastWrite: -never, splitAt: -1,
	}
	for i := range c.cross {
		c.cross[i] = crossLimit{-never, -never, -1}
	}
	queues := m.d.ranks
	if c.perBank {
		queues = n
	}
	c.queues = make([]queue, queues)
	c.splittable = make([]*queue, 0, queues)
	c.closable = make([]*bank, 0, n)
	cands := make([]candidate, n)
	for r := range c.ranks {
		k := &c.ranks[r]
		k.number = r
		k.rrd = -never
		k.limits = [3]units.Cycles{-never, -never, -never}
		k.faw = [4]units.Cycles{-never, -never, -never, -never}
		base := r * m.d.banks
		k.banks = c.banks[base : base+m.d.banks]
		k.cands = cands[base : base : base+m.d.banks]
		c.due[r] = m.d.stagger * units.Cycles(r+1)
		for i := range k.banks {
			q := r
			if c.perBank {
				q = base + i
			}
			k.banks[i] = bank{
				channel: c, rank: k, number: int32(i), policy: int32(c.policyIndex(r, i)), queue: &c.queues[q],
				cand: -1, listed: -1,
			}
		}
	}
	c.hold = m.cfg.Device.AL > 0
	c.simplePtr = !c.hold && !c.perBank && c.sys.Scheduling == RankThenBank
	c.qRank = &c.ranks[0]
	c.windowAt = c.refreshWindow(0)
	c.refAt = c.windowAt
	c.plan(-1)
}

// plan ends cycle now: it sets the next cycle in which something can happen.
func (c *channel) plan(now units.Cycles) {
	c.next = max(min(c.refAt, c.qAt, c.pAt), now+1)
}

// waits reports whether transactions wait for their command queues.
func (c *channel) waits() bool { return c.waiting > 0 || c.overflow.head != nil }

// planWaiting is plan while there are some: it splits one off if that is possible.
func (c *channel) planWaiting(now units.Cycles) {
	if len(c.splittable) > 0 && c.splitAt != now {
		c.split(now)
	}
	c.plan(now)
	if len(c.splittable) > 0 || c.overflow.head != nil && c.waiting < c.m.depth {
		c.next = now + 1
	}
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
func (c *channel) accept(x *transaction, now units.Cycles) {
	x.order = c.order
	c.order++
	c.waiting++
	c.stats.WaitSum -= uint64(now)
	q := x.bank.queue
	q.waiting.push(x)
	c.offer(q)
}

// fits reports whether a command queue has room for a transaction.
func (c *channel) fits(q *queue) bool { return q.packets+2 <= c.sys.CmdQueueDepth }

// offer lists a queue as splittable if it has room and a transaction waits for it.
func (c *channel) offer(q *queue) {
	if q.waiting.head != nil && !q.listed && c.fits(q) {
		q.listed = true
		c.splittable = append(c.splittable, q)
	}
}

// split moves the oldest transaction whose command queue has room into that queue.
func (c *channel) split(now units.Cycles) {
	at, q := 0, c.splittable[0]
	for i, o := range c.splittable {
		if o.waiting.head.order < q.waiting.head.order {
			at, q = i, o
		}
	}
	c.enqueue(q.waiting.pop(), now)
	if q.waiting.head == nil || !c.fits(q) {
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
}

// enqueue appends a transaction to its command queue in cycle now; its first command can
// be issued in the next one.
func (c *channel) enqueue(x *transaction, now units.Cycles) {
	b := x.bank
	k := b.rank
	if k.transactions == 0 {
		c.wakeIfAsleep(k, now)
		c.enlist(k)
	}
	k.transactions++
	b.queue.packets += 2
	c.stats.QueueSum -= uint64(now)
	x.order, x.next = c.seq, nil
	c.seq++
	prev := b.tail
	if prev == nil {
		b.head = x
	} else {
		prev.next = x
	}
	b.tail = x
	b.rows |= 1 << (x.row & 63)
	if b.open {
		if b.next == nil && x.row == b.row && int(b.hits) < c.sys.TotalRowAccesses && !c.closePage {
			b.next, b.prev = x, prev
			c.unlistClosable(b)
			c.setColumn(b)
			if k != c.refreshing {
				c.offerCommand(b, now+1)
			}
		}
	} else if prev == nil {
		c.setActivate(b)
		if k != c.refreshing {
			c.offerCommand(b, now+1)
		}
	}
}
