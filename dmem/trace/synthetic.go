package trace

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/dmemsys/dmemsys/dmem/internal/permute"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Pattern is the order in which a thread of a synthetic trace touches its lines.
type Pattern uint8

// The patterns. Each thread has an equal share of the footprint to itself.
const (
	Stream  Pattern = iota // one line after the other, from the start again after the last
	Strided                // every Stride bytes; each round starts a line later, so that all lines are touched
	Random                 // any line with equal probability
	Chase                  // a fixed shuffled order in which every line occurs once a round, as a linked list has it
	numPatterns
)

var patternNames = [numPatterns]string{"stream", "strided", "random", "chase"}

// String returns "stream", "strided", "random" or "chase".
func (p Pattern) String() string {
	if p < numPatterns {
		return patternNames[p]
	}
	return fmt.Sprintf("Pattern(%d)", uint8(p))
}

// MarshalText implements [encoding.TextMarshaler].
func (p Pattern) MarshalText() ([]byte, error) { return marshalName(p, patternNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Pattern) UnmarshalText(b []byte) error {
	return unmarshalName(p, b, "pattern", patternNames[:])
}

// Arrivals is how the stamps of a synthetic trace are spaced.
type Arrivals uint8

// The arrival processes.
const (
	Periodic Arrivals = iota // equal gaps, from 0 on; the threads take turns
	Poisson                  // gaps are exponential; a record is of any thread with equal probability
	numArrivals
)

var arrivalNames = [numArrivals]string{"periodic", "poisson"}

// String returns "periodic" or "poisson".
func (a Arrivals) String() string {
	if a < numArrivals {
		return arrivalNames[a]
	}
	return fmt.Sprintf("Arrivals(%d)", uint8(a))
}

// MarshalText implements [encoding.TextMarshaler].
func (a Arrivals) MarshalText() ([]byte, error) { return marshalName(a, arrivalNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *Arrivals) UnmarshalText(b []byte) error {
	return unmarshalName(a, b, "arrivals", arrivalNames[:])
}

// Synthetic describes a stream of made-up misses, for tests, tutorials and benchmarks. It
// models no cache: kinds are drawn independently, and write-backs walk the footprint in
// the same pattern as fills, on a position of their own. The zero value is invalid; start
// from [DefaultSynthetic].
type Synthetic struct {
	Records    int64       `toml:"records" json:"records"`
	Pattern    Pattern     `toml:"pattern" json:"pattern" comment:"stream, strided, random or chase"`
	Stride     units.Bytes `toml:"stride" json:"stride" comment:"of strided, a multiple of the line size; else not looked at"`
	Base       mem.VAddr   `toml:"base" json:"base" comment:"of the footprint, line aligned"`
	Footprint  units.Bytes `toml:"footprint" json:"footprint" comment:"of all threads together"`
	Threads    int         `toml:"threads" json:"threads" comment:"numbered from 0"`
	WriteBacks float64     `toml:"write_backs" json:"write_backs" comment:"share of all records, 0 to 1"`
	Stores     float64     `toml:"stores" json:"stores" comment:"share of the fills that are for stores, 0 to 1"`
	Arrivals   Arrivals    `toml:"arrivals" json:"arrivals" comment:"periodic or poisson"`
	MeanGap    float64     `toml:"mean_gap_cycles" json:"mean_gap_cycles" comment:"between two records, whichever the thread"`
	Burst      int64       `toml:"burst,omitempty" json:"burst,omitempty" comment:"records between two pauses; 0: no pauses"`
	Pause      float64     `toml:"pause_cycles,omitempty" json:"pause_cycles,omitempty" comment:"added to the gap after each burst"`
	Clock      units.Clock `toml:"clock" json:"clock" comment:"of the stamps"`
	Seed       uint64      `toml:"seed" json:"seed" comment:"of this stream's own random numbers"`
}

// DefaultSynthetic returns a stream of 100,000 misses, a quarter of them write-backs and
// four in ten of the fills for stores, by 4 threads at random over 16 MiB, one every 400
// cycles of 1.2 GHz on average. The numbers are a choice of ours, near the intensity of the
// sort in data/traces.
func DefaultSynthetic() Synthetic {
	return Synthetic{
		Records: 100_000, Pattern: Random, Stride: 4 * units.KiB, Base: 0x10_0000_0000, Footprint: 16 * units.MiB,
		Threads: 4, WriteBacks: 0.25, Stores: 0.4, Arrivals: Poisson, MeanGap: 400, Clock: csvClock, Seed: 1,
	}
}

// maxThreads is how many threads a trace can number.
const maxThreads = math.MaxUint16 + 1

// Validate returns all faults, each a [*units.FieldError], joined; nil if there are none.
func (c Synthetic) Validate() error {
	var faults []error
	check := func(ok bool, path string, got any, want string) {
		if !ok {
			faults = append(faults, &units.FieldError{Path: path, Got: got, Want: want})
		}
	}
	share := func(v float64) bool { return v >= 0 && v <= 1 }
	check(c.Records >= 0, "records", c.Records, "0 or more")
	check(c.Pattern < numPatterns, "pattern", c.Pattern, "stream, strided, random or chase")
	check(c.Pattern != Strided || c.Stride > 0 && c.Stride%mem.LineSize == 0, "stride", c.Stride, fmt.Sprintf("a multiple of %v", mem.LineSize))
	check(units.Bytes(c.Base)%mem.LineSize == 0, "base", fmt.Sprintf("%#x", uint64(c.Base)), fmt.Sprintf("a multiple of %v", mem.LineSize))
	check(c.Threads >= 1 && c.Threads <= maxThreads, "threads", c.Threads, fmt.Sprintf("1 to %d", maxThreads))
	_, beyond := bits.Add64(uint64(c.Base), uint64(max(c.Footprint, 1)-1), 0)
	perThread := mem.LineSize * units.Bytes(min(max(c.Threads, 1), maxThreads))
	check(c.Footprint >= perThread && c.Footprint%perThread == 0 && beyond == 0, "footprint", c.Footprint,
		fmt.Sprintf("a multiple of %v, a line for each thread, within the address space", perThread))
	check(share(c.WriteBacks), "write_backs", c.WriteBacks, "0 to 1")
	check(share(c.Stores), "stores", c.Stores, "0 to 1")
	check(c.Arrivals < numArrivals, "arrivals", c.Arrivals, "periodic or poisson")
	// A Poisson stream's length varies; the margin of 64 is far beyond what can happen.
	end := c.MeanGap * float64(max(c.Records, 64)) * 64
	check(c.MeanGap >= 0 && end < float64(MaxStamp), "mean_gap_cycles", c.MeanGap, fmt.Sprintf("0 or more, and records times gap less than %d", MaxStamp/64))
	check(c.Burst >= 0, "burst", c.Burst, "0 or more")
	pauses := 0.0
	if c.Burst > 0 {
		pauses = c.Pause * float64(c.Records/c.Burst)
	}
	check(c.Pause >= 0 && end+pauses < float64(MaxStamp), "pause_cycles", c.Pause, fmt.Sprintf("0 or more, and all gaps and pauses less than %d", MaxStamp/64))
	check(c.Clock.Valid(), "clock", c.Clock, "1Hz to 1000GHz")
	return errors.Join(faults...)
}

// Generator is the [Source] of a [Synthetic] stream.
type Generator struct {
	c       Synthetic
	rng     *rand.Rand
	left    int64
	burst   int64 // records left of it
	now     units.Cycles
	part    float64  // of a cycle beyond now, 0 to 1
	turn    int      // thread of the next record of a periodic stream
	lines   uint64   // of a thread
	step    uint64   // lines of a stride
	cursors []cursor // by 2*thread, fills, and 2*thread+1, write-backs
	shuffle permute.Permutation
}

// NewSynthetic returns a source of the stream c describes; two with equal c yield the same
// misses. It returns the error of [Synthetic.Validate].
func NewSynthetic(c Synthetic) (*Generator, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("trace: synthetic: %w", err)
	}
	lines := uint64(c.Footprint/mem.LineSize) / uint64(c.Threads)
	g := &Generator{
		c: c, rng: rand.New(rand.NewPCG(c.Seed, 0x7472616365)), left: c.Records, burst: c.Burst, lines: lines,
		step: uint64(c.Stride / mem.LineSize), cursors: make([]cursor, 2*c.Threads),
	}
	g.shuffle = permute.New(lines, g.rng)
	if c.Arrivals == Poisson {
		g.advance()
	}
	return g, nil
}

// Clock returns what the stamps count.
func (g *Generator) Clock() units.Clock { return g.c.Clock }

// Next implements [Source].
func (g *Generator) Next(buf []Miss) (int, error) {
	if g.left == 0 {
		return 0, io.EOF
	}
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	buf = buf[:min(int64(len(buf)), g.left)]
	g.left -= int64(len(buf))
	for i := range buf {
		thread, kind := g.thread(), g.kind()
		at := 2 * thread
		if kind == WriteBack {
			at++
		}
		line := uint64(thread)*g.lines + g.line(&g.cursors[at])
		buf[i] = Miss{Cycle: g.now, Addr: g.c.Base + mem.VAddr(line*uint64(mem.LineSize)), Thread: mem.ThreadID(thread), Kind: kind}
		g.advance()
		if g.burst--; g.burst == 0 {
			g.burst = g.c.Burst
			g.pass(g.c.Pause)
		}
	}
	return len(buf), nil
}

func (g *Generator) thread() int {
	if g.c.Arrivals == Poisson {
		return g.rng.IntN(g.c.Threads)
	}
	t := g.turn
	if g.turn++; g.turn == g.c.Threads {
		g.turn = 0
	}
	return t
}

func (g *Generator) kind() Kind {
	switch {
	case g.rng.Float64() < g.c.WriteBacks:
		return WriteBack
	case g.rng.Float64() < g.c.Stores:
		return StoreFill
	}
	return LoadFill
}

// advance moves to the next arrival; fractions of cycles are carried, not lost.
func (g *Generator) advance() {
	gap := g.c.MeanGap
	if g.c.Arrivals == Poisson {
		gap *= g.rng.ExpFloat64()
	}
	g.pass(gap)
}

func (g *Generator) pass(gap float64) {
	whole, part := math.Modf(g.part + gap)
	g.now, g.part = g.now+units.Cycles(whole), part
}

// cursor is where a walk through a thread's share of the footprint stands.
type cursor struct {
	next  uint64 // line of Stream and Strided, step of Chase
	round uint64 // of Strided: the line it started at
}

// line returns the next line of a walk, 0 to g.lines-1.
func (g *Generator) line(c *cursor) uint64 {
	switch g.c.Pattern {
	case Random:
		return g.rng.Uint64N(g.lines)
	case Strided:
		at := c.next
		if c.next += g.step; c.next >= g.lines {
			if c.round++; c.round >= min(g.step, g.lines) {
				c.round = 0
			}
			c.next = c.round
		}
		return at
	}
	at := c.next
	if c.next++; c.next == g.lines {
		c.next = 0
	}
	if g.c.Pattern == Chase {
		at = g.shuffle.At(at)
	}
	return at
}
