package dmem

import (
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// maxAhead bounds how many records a node holds for threads that lag behind in its trace,
// and with it the memory of a run: a thread that is further ahead waits for the others,
// as threads of one program do.
const maxAhead = 1 << 16

// refillBatch is how many records are read at once for threads that have none.
const refillBatch = 512

// closedLoop issues the records of each thread in order. Stamps are compute time: a stall
// delays all later records of the thread. At most fills fills and writes write-backs of a
// thread are in flight; a completion is taken into account at its own time, however early
// it becomes known.
//
// Records are read as the threads need them. A thread whose first record stands far behind
// those of stalled threads in the trace therefore begins when that record is read, which can
// be later than its stamp.
type closedLoop struct {
	feed    *feed
	limits  [2]int // fills, write-backs
	threads []thread
	index   map[threadKey]int32
	held    int  // records held for the threads
	more    bool // the feed has not ended
	now     units.Time
	first   int // the thread that issues next
	nextAt  units.Time
}

type threadKey struct{ process, thread uint16 }

type thread struct {
	records  ring[record]
	late     units.Time      // what stalls have added to the stamps
	inFlight [2]int          // fills, write-backs whose completion is not known
	done     [2][]units.Time // known completions, in order of time; those that are past go when they are in the way
	next     units.Time
}

func newClosedLoop(f *feed, fills, writes int) (*closedLoop, error) {
	c := &closedLoop{feed: f, limits: [2]int{fills, writes}, index: map[threadKey]int32{}, more: true}
	return c, c.refill()
}

// refill reads on until every known thread has a record, or enough are held.
func (c *closedLoop) refill() error {
	for c.more && c.held < maxAhead && c.starved() {
		for range refillBatch {
			var r record
			more, err := c.feed.record(&r)
			if err != nil {
				return err
			}
			if c.more = more; !more {
				break
			}
			c.hold(&r)
		}
	}
	c.choose()
	return nil
}

func (c *closedLoop) starved() bool {
	for i := range c.threads {
		if c.threads[i].records.n == 0 {
			return true
		}
	}
	return len(c.threads) == 0
}

func (c *closedLoop) hold(r *record) {
	key := threadKey{uint16(r.process), uint16(r.thread)}
	i, ok := c.index[key]
	if !ok {
		i = int32(len(c.threads))
		c.index[key] = i
		c.threads = append(c.threads, thread{next: units.Never})
	}
	t := &c.threads[i]
	t.records.push(*r)
	c.held++
	if t.records.n == 1 {
		c.schedule(t)
	}
}

// schedule finds out when the thread's next record may issue.
func (c *closedLoop) schedule(t *thread) {
	t.next = units.Never
	if t.records.n == 0 {
		return
	}
	r := t.records.first()
	k := class(r)
	at := max(r.at+t.late, c.now)
	if t.inFlight[k]+len(t.done[k]) >= c.limits[k] {
		t.forget(k, c.now)
	}
	if t.inFlight[k]+len(t.done[k]) < c.limits[k] {
		t.next = at
	} else if len(t.done[k]) > 0 {
		t.next = max(at, t.done[k][0])
	}
}

// forget drops the completions up to now.
func (t *thread) forget(k int, now units.Time) {
	past := 0
	for past < len(t.done[k]) && t.done[k][past] <= now {
		past++
	}
	if past > 0 {
		t.done[k] = t.done[k][:copy(t.done[k], t.done[k][past:])]
	}
}

func class(r *record) int {
	if r.kind == trace.WriteBack {
		return 1
	}
	return 0
}

// choose finds the thread that issues next; of several at one time, the first.
func (c *closedLoop) choose() {
	c.nextAt = units.Never
	for i := range c.threads {
		if c.threads[i].next < c.nextAt {
			c.first, c.nextAt = i, c.threads[i].next
		}
	}
}

func (c *closedLoop) next() units.Time { return c.nextAt }

func (c *closedLoop) record() (*record, int32) {
	return c.threads[c.first].records.first(), int32(c.first)
}

func (c *closedLoop) issued(now units.Time) error {
	c.now = now
	t := &c.threads[c.first]
	r := t.records.pop()
	k := class(&r)
	t.late = now - r.at
	t.inFlight[k]++
	c.held--
	c.schedule(t)
	if c.more && (t.records.n == 0 || c.held == maxAhead-1) {
		return c.refill()
	}
	c.choose()
	return nil
}

func (c *closedLoop) completed(i int32, write bool, at units.Time) {
	t := &c.threads[i]
	k := 0
	if write {
		k = 1
	}
	t.inFlight[k]--
	done := append(t.done[k], at)
	for n := len(done) - 1; n > 0 && done[n-1] > at; n-- {
		done[n-1], done[n] = at, done[n-1]
	}
	t.done[k] = done
	c.schedule(t)
	if t.next < c.nextAt || t.next == c.nextAt && int(i) < c.first {
		c.first, c.nextAt = int(i), t.next // it is not later than it was
	}
}

func (c *closedLoop) ended() bool    { return !c.more && c.held == 0 }
func (c *closedLoop) feedback() bool { return true }
