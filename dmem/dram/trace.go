package dram

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// ErrTrace is wrapped by every fault of a trace's text.
var ErrTrace = errors.New("corrupt trace")

// Request is one line of a trace.
type Request struct {
	At    units.Cycles // arrival: memory cycle, or tick of the CPU clock
	Addr  mem.PAddr
	Write bool
}

// ReadTrace reads a trace: a header "arrival,address,op", then one request a line with the
// arrival in decimal, the address in hex and the op R or W, sorted by arrival. A file without a header is corrupt. The text may
// be compressed with gzip. Faults wrap [ErrTrace] and carry line number and byte offset.
func ReadTrace(r io.Reader) ([]Request, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := br.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("dram: trace: %w: %w", ErrTrace, err)
		}
		br = bufio.NewReaderSize(z, 1<<16)
	}
	var reqs []Request
	offset := 0
	for line := 1; ; line++ {
		text, err := br.ReadSlice('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("dram: trace line %d, byte %d: %w: %w", line, offset, ErrTrace, err)
		}
		if len(text) == 0 && err == io.EOF && line > 1 {
			return reqs, nil
		}
		start := offset
		offset += len(text)
		text = bytes.TrimRight(text, "\r\n")
		if line == 1 {
			if string(text) != traceHeader {
				return nil, fmt.Errorf("dram: trace line 1: %w: %q, want the header %q", ErrTrace, text, traceHeader)
			}
			continue
		}
		q, want := parseRequest(text)
		if want == "" && len(reqs) > 0 && q.At < reqs[len(reqs)-1].At {
			want = fmt.Sprintf("an arrival not before the last one, %d", reqs[len(reqs)-1].At)
		}
		if want != "" {
			return nil, fmt.Errorf("dram: trace line %d, byte %d: %w: %q, want %s", line, start, ErrTrace, text, want)
		}
		reqs = append(reqs, q)
	}
}

const traceHeader = "arrival,address,op"

// arrivalBits leaves room for the cycles behind the last arrival.
const arrivalBits = 60

func parseRequest(text []byte) (q Request, want string) {
	arrival, rest, ok1 := bytes.Cut(text, []byte(","))
	addr, op, ok2 := bytes.Cut(rest, []byte(","))
	at, err1 := strconv.ParseUint(string(arrival), 10, arrivalBits)
	a, err2 := strconv.ParseUint(string(addr), 16, 64)
	write := string(op) == "W"
	if !ok1 || !ok2 || err1 != nil || err2 != nil || !write && string(op) != "R" {
		return q, fmt.Sprintf("a decimal arrival, 0 to %d, a hex address of at most 64 bits and R or W", uint64(1)<<arrivalBits-1)
	}
	return Request{units.Cycles(at), mem.PAddr(a), write}, ""
}

// Summary tells how a memory served a trace. Latencies are in memory cycles from arrival
// to completion; with a CPU clock, from the first memory cycle that sees the arrival.
type Summary struct {
	Requests    int
	MeanCycles  float64      // NaN without requests
	P50Cycles   units.Cycles // of the sorted latencies, the one at index n*50/100, at most n-1
	P99Cycles   units.Cycles
	MaxCycles   units.Cycles
	LastCycle   units.Cycles // of the last completion
	Bandwidth   float64      // bytes a second from cycle 0 to the last completion; NaN without requests
	EnergyJ     float64      // joules from cycle 0 to the last completion
	PowerW      float64
	RowHitRate  float64 // NaN without requests
	Stats       Stats
	Completions []units.Cycles // memory cycle of each request's completion, in the order of the trace
}

// Replay runs a trace on a fresh memory and returns how it went. Its errors are those of
// [New] and of [Memory.Err].
func Replay(cfg Config, reqs []Request) (*Summary, error) {
	m, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return m.Replay(reqs)
}

// Replay is [Replay] on a memory that has not been used yet.
func (m *Memory) Replay(reqs []Request) (*Summary, error) {
	if uint64(len(reqs)) > math.MaxUint32 {
		return nil, fmt.Errorf("dram: %d requests in a trace, want at most %d", len(reqs), uint32(math.MaxUint32))
	}
	s := &Summary{Requests: len(reqs), Completions: make([]units.Cycles, len(reqs))}
	const batch = 4096 // bounds what waits in the model
	for i := 0; i < len(reqs); i += batch {
		for j := i; j < min(i+batch, len(reqs)); j++ {
			m.Push(reqs[j].At, reqs[j].Addr, reqs[j].Write, uint32(j))
		}
		m.Advance(reqs[min(i+batch, len(reqs))-1].At)
		m.collect(s)
	}
	for m.Err() == nil {
		next := m.Next()
		if next == units.NeverCycles {
			break
		}
		m.Advance(next + 1<<12)
		m.collect(s)
	}
	if err := m.Err(); err != nil {
		return nil, err
	}
	s.Stats = m.Stats()
	lat := make([]units.Cycles, len(reqs))
	for i, done := range s.Completions {
		at := reqs[i].At
		if m.crossing {
			at = m.firstCycle(at)
		}
		lat[i] = done - at
	}
	s.summarise(lat)
	return s, nil
}

func (m *Memory) collect(s *Summary) {
	for {
		c, ok := m.Pop()
		if !ok {
			return
		}
		s.Completions[c.Tag] = c.Done
		s.LastCycle = max(s.LastCycle, c.Done)
	}
}

func (s *Summary) summarise(lat []units.Cycles) {
	sum := 0.0
	for _, l := range lat {
		sum += float64(l)
	}
	n := len(lat)
	s.MeanCycles = ratio(sum, float64(n))
	s.RowHitRate = s.Stats.RowHitRate()
	s.EnergyJ, s.PowerW = s.Stats.EnergyJoules(), s.Stats.PowerWatts()
	s.Bandwidth = math.NaN()
	if n == 0 {
		return
	}
	s.MaxCycles = slices.Max(lat)
	p99 := min(n*99/100, n-1)
	s.P99Cycles = nth(lat, p99)
	s.P50Cycles = nth(lat[:p99+1], min(n*50/100, n-1))
	s.Bandwidth = float64(n) * float64(s.Stats.TransferSize) * float64(s.Stats.Clock.Hz()) / float64(s.LastCycle)
}

// nth returns the element of v that sorting would put at index k, and leaves the k smaller
// ones before it. It takes O(len(v)) time on average.
func nth(v []units.Cycles, k int) units.Cycles {
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := lo + (hi-lo)/2
		pivot := max(min(v[lo], v[mid]), min(max(v[lo], v[mid]), v[hi])) // the median of three
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	return v[k]
}

// WriteCompletions writes one line for each request, after a header: its latency
// (completion - arrival, memory cycles), or, with a CPU clock, whose ticks stamp the
// arrivals, the memory cycle of its completion ("complete").
func WriteCompletions(w io.Writer, cfg Config, reqs []Request, s *Summary) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	cpu := cfg.CPUClock.Valid()
	header := "latency\n"
	if cpu {
		header = "complete\n"
	}
	bw.WriteString(header)
	var line []byte
	for i, done := range s.Completions {
		if !cpu {
			done -= reqs[i].At
		}
		line = append(strconv.AppendInt(line[:0], int64(done), 10), '\n')
		bw.Write(line)
	}
	return bw.Flush()
}
