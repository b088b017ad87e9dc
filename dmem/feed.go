package dmem

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// maxIssue is the latest time at which an access can issue: 30 days.
const maxIssue = 30 * 24 * 3600 * units.Second

// feedBatch is how many misses a node reads at once: enough that the call costs nothing, few
// enough that those of all nodes stay in the host's caches.
const feedBatch = 64

// record is an access to be issued: a miss with its stamp in simulated time.
type record struct {
	at      units.Time // stamp times stretch
	addr    mem.VAddr
	thread  mem.ThreadID
	process mem.ProcessID
	kind    trace.Kind
}

// feed turns the trace of one node into records: it drops what is not replayed, converts
// and stretches the stamps, and ends at the limit.
type feed struct {
	src        trace.Source
	closer     io.Closer // may be nil
	remedy     string    // of an error of src
	count      int64     // records of the trace
	limit      uint64
	read       int64 // records read
	clock      units.Clock
	stretch    float64
	writeBacks bool
	start      units.Time // added to the stretched stamps
	until      units.Time
	left       uint64 // records still to deliver
	buf        []trace.Miss
	next, n    int
}

// counts remembers the number of records of trace files, so that nodes that share one count
// it once.
type counts map[string]int64

func (c counts) of(path string) (int64, error) {
	n, ok := c[path]
	if !ok {
		var err error
		if n, err = trace.Count(path); err != nil {
			return 0, err
		}
		c[path] = n
	}
	return n, nil
}

// newFeed opens the workload of a node.
func newFeed(c *Config, id mem.NodeID, known counts) (*feed, error) {
	w := &c.Workloads[c.group(id)]
	f := &feed{
		stretch: c.Replay.Stretch, writeBacks: c.Replay.WriteBacks,
		until: units.Never, left: math.MaxUint64, buf: make([]trace.Miss, feedBatch),
	}
	if c.Replay.Until > 0 {
		f.until = c.Replay.Until
	}
	if c.Replay.Limit > 0 {
		f.left = c.Replay.Limit
	}
	f.limit = f.left
	f.start = c.start(id)
	var err error
	switch {
	case w.Synthetic != nil:
		err = f.generate(c, w, id)
	case w.Program != nil:
		err = f.stored(c, w.Program, id, known)
	default:
		err = f.open(c, w.Trace, trace.Options{Clock: w.Clock}, id, known)
	}
	if err != nil {
		return nil, fmt.Errorf("dmem: node %d, workload %s: %w", id, w.Name, err)
	}
	return f, nil
}

// generate makes the feed read a synthetic stream.
func (f *feed) generate(c *Config, w *Workload, id mem.NodeID) error {
	s := *w.Synthetic
	s.Seed = mix(s.Seed, c.Seed, uint64(id)+1)
	g, err := trace.NewSynthetic(s)
	if err != nil {
		return err
	}
	f.src, f.clock, f.count = g, g.Clock(), s.Records
	return nil
}

// start returns when a node starts.
func (c *Config) start(id mem.NodeID) units.Time {
	if c.Replay.Stagger == 0 {
		return 0
	}
	return units.Time(rand.New(rand.NewPCG(c.Seed, mix(0x57a66e2, uint64(id)))).Int64N(int64(c.Replay.Stagger)))
}

// stored makes the feed read the stored misses of a program.
func (f *feed) stored(c *Config, p *Program, id mem.NodeID, known counts) error {
	dir, err := TracesDir()
	if err != nil {
		return err
	}
	path, err := p.path(dir)
	if err != nil {
		return err
	}
	f.remedy = "a stored trace is damaged: remove it, or all of them with \"dmem trace clean\", and it is made again"
	return f.mend(f.open(c, path, trace.Options{Format: trace.Binary}, id, known))
}

// mend adds to the error of a source how to mend it, if that is known.
func (f *feed) mend(err error) error {
	var fault *trace.Error
	if f.remedy == "" || !errors.As(err, &fault) {
		return err
	}
	return fmt.Errorf("%w: %s", err, f.remedy)
}

// open makes the feed read a trace file, from the node's offset on.
func (f *feed) open(c *Config, path string, o trace.Options, id mem.NodeID, known counts) error {
	file, err := trace.Open(path, o)
	if err != nil {
		return err
	}
	f.src, f.closer, f.clock = file, file, file.Clock()
	if c.Replay.Offset == OffsetNone {
		return nil
	}
	file.Close()
	if f.count, err = known.of(path); err != nil {
		return err
	}
	if f.count == 0 {
		f.src, f.closer, f.left = nil, nil, 0
		return nil
	}
	start := rand.New(rand.NewPCG(c.Seed, mix(0x0ff5e7, uint64(id)))).Int64N(f.count)
	r, err := trace.Rotate(trace.FileOpener(path, o), start)
	if err != nil {
		return err
	}
	f.src, f.closer = r, r
	return nil
}

func (f *feed) close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// mix makes one well-spread seed of several numbers (the finaliser of splitmix64).
func mix(seeds ...uint64) uint64 {
	var h uint64
	for _, s := range seeds {
		h += s + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// share returns which part of the trace has been replayed, 0 to 1; NaN if its length is not
// known.
func (f *feed) share() float64 {
	switch {
	case f.left == 0:
		return 1
	case f.limit != math.MaxUint64:
		return 1 - float64(f.left)/float64(f.limit)
	case f.count > 0:
		return float64(f.read-int64(f.n-f.next)) / float64(f.count)
	}
	if s, ok := f.src.(interface{ Share() float64 }); ok {
		return s.Share()
	}
	return math.NaN()
}

// record returns the next record; false at the end.
func (f *feed) record(r *record) (bool, error) {
	for f.left > 0 {
		if f.next == f.n {
			n, err := f.src.Next(f.buf)
			if err == io.EOF {
				f.left = 0
				return false, nil
			}
			if err != nil {
				return false, f.mend(err)
			}
			f.next, f.n = 0, n
			f.read += int64(n)
		}
		m := &f.buf[f.next]
		f.next++
		if m.Kind == trace.WriteBack && !f.writeBacks {
			continue
		}
		at := f.clock.At(m.Cycle)
		if f.stretch != 1 {
			at = stretched(at, f.stretch)
		}
		at = min(at, units.Never/2) + f.start
		if at > maxIssue && f.until == units.Never {
			return false, fmt.Errorf("record %d at cycle %d, stretched by %v, issues after %v, beyond what can be simulated",
				f.read-int64(f.n-f.next), m.Cycle, f.stretch, maxIssue)
		}
		if at >= f.until {
			f.left = 0
			return false, nil
		}
		f.left--
		r.at, r.addr, r.thread, r.process, r.kind = at, m.Addr, m.Thread, m.Process, m.Kind
		return true, nil
	}
	return false, nil
}

// stretched returns at times factor, rounded to the nearest, at most half of [units.Never].
func stretched(at units.Time, factor float64) units.Time {
	exact := float64(float64(at) * factor)
	if exact >= float64(units.Never/2) {
		return units.Never / 2
	}
	t := units.Time(exact)
	if exact-float64(t) >= 0.5 { // math.Round takes several times as long
		t++
	}
	return t
}
