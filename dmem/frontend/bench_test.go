package frontend_test

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// laps yields the same references again and again, each lap at new addresses but for
// those that are hot, for ever.
type laps struct {
	refs  []trace.Reference
	moves []mem.VAddr // by reference: all bits, or none if it stays where it is
	at    int
	move  mem.VAddr
	given int64
}

func newLaps(refs []trace.Reference) *laps {
	l := &laps{refs: refs, moves: make([]mem.VAddr, len(refs))}
	for i, r := range refs {
		if r.Addr < hotBase {
			l.moves[i] = ^mem.VAddr(0)
		}
	}
	return l
}

func (l *laps) Next(buf []trace.Reference) (int, error) {
	if l.at == len(l.refs) {
		l.at, l.move = 0, (l.move+1<<28+1152*64)&(1<<44-1) // to other sets as well
	}
	n := copy(buf, l.refs[l.at:])
	for i, all := range l.moves[l.at : l.at+n] {
		buf[i].Addr += l.move & all
	}
	l.at += n
	l.given += int64(n)
	return n, nil
}

const hotBase = 1 << 45

// mix is what of a thread's references stream, stride and jump; the rest are hot.
type mix struct {
	stream, stride, random float64
	threads, quantum       int
	shuffled               bool // no loop: each reference is drawn anew
}

// generate makes n references. Threads take turns of a quantum. Each runs a loop of 100
// references, in an order drawn once: streams walk four arrays by 8 bytes, strides walk one
// by 512 bytes, random ones hit 64 MiB, hot ones 4 KiB; three in ten are stores, and there
// are two instructions between references.
func generate(m mix, n int) []trace.Reference {
	const body = 100
	rng := rand.New(rand.NewPCG(1, 2))
	order, stores := rng.Perm(body), rng.Perm(body)
	refs := make([]trace.Reference, 0, n)
	walks := make([]struct {
		streams [4]uint64
		stride  uint64
		step    int
	}, m.threads)
	for len(refs) < n {
		t := len(refs) / m.quantum % m.threads
		w, base := &walks[t], uint64(t)<<34+uint64(t)*37*64
		slot := w.step % body
		w.step++
		if m.shuffled {
			slot = rng.IntN(body)
		}
		r := trace.Reference{Thread: mem.ThreadID(t), Instructions: uint32(slot % 5), Size: 8, Kind: trace.Load}
		if stores[slot] < 30 {
			r.Kind = trace.Store
		}
		switch p, i := float64(order[slot])/body, order[slot]%4; {
		case p < m.stream:
			r.Addr = mem.VAddr(base + uint64(i)<<31 + uint64(i)*101*64 + w.streams[i])
			w.streams[i] += 8
		case p < m.stream+m.stride:
			r.Addr = mem.VAddr(base + 1<<33 + w.stride)
			w.stride += 512
		case p < m.stream+m.stride+m.random:
			r.Addr = mem.VAddr(base + 1<<33 + 1<<32 + rng.Uint64N(1<<26)&^7)
		default:
			r.Addr = mem.VAddr(hotBase + base + rng.Uint64N(1<<12)&^7)
		}
		refs = append(refs, r)
	}
	return refs
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFilter reports references a second of processor time, of all levels and TLBs
// of Table II, and the share of references that goes to memory.
func BenchmarkFilter(b *testing.B) {
	// 7 % of the references of typical fill a line of L3, between the rows of Table I (3 to
	// 12 %); the others bracket it.
	typical := mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256}
	for _, bench := range []struct {
		name string
		m    mix
		c    func(*frontend.Config)
	}{
		{"typical", typical, nil},
		{"shuffled", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256, shuffled: true}, nil},
		{"streams", mix{stream: 1, threads: 8, quantum: 256}, nil},
		{"hot", mix{stream: 0.01, threads: 8, quantum: 256}, nil},
		{"random", mix{random: 0.1, threads: 8, quantum: 256}, nil},
		{"one thread", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 1, quantum: 256}, nil},
		{"LRU", typical, func(c *frontend.Config) {
			for _, a := range []*cache.Config{&c.ITLB, &c.DTLB, &c.L1I, &c.L1D, &c.L2, &c.L3} {
				a.Replacement = cache.LRU
			}
		}},
		{"coherent", typical, func(c *frontend.Config) { c.Coherent = true }},
		{"stride prefetcher", typical, func(c *frontend.Config) { c.Prefetch.Kind = frontend.Stride }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := frontend.TableII()
			if bench.c != nil {
				bench.c(&c)
			}
			const n, piece = 1 << 18, 1 << 13
			src := newLaps(generate(bench.m, n))
			f, err := frontend.New(c, src)
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]trace.Miss, 4096)
			run := func(upTo int64) {
				for src.given < upTo {
					if _, err := f.Next(buf); err != nil {
						b.Fatal(err)
					}
				}
			}
			run(64 * n) // fills L3
			start, given, before := cpuTime(), src.given, f.Stats()
			b.ReportAllocs()
			var quick []float64
			for b.Loop() {
				for upTo := src.given + n; src.given < upTo; {
					from, began := src.given, time.Now()
					run(from + piece)
					quick = append(quick, float64(src.given-from)/time.Since(began).Seconds()/1e6)
				}
			}
			took := (cpuTime() - start).Seconds()
			slices.Sort(quick)
			b.ReportMetric(quick[len(quick)*9/10], "quick-Mref/s")
			b.ReportMetric(float64(src.given-given)/took/1e6, "Mref/cpu-s")
			s := f.Stats().Sub(before)
			b.ReportMetric(100*s.MissRate(), "%miss")
			b.ReportMetric(100*s.Total().L1D.MissRate(), "%L1miss")
		})
	}
}

// BenchmarkSource is the share of BenchmarkFilter that only makes the references.
func BenchmarkSource(b *testing.B) {
	src := newLaps(generate(mix{stream: 0.34, threads: 8, quantum: 256}, 1<<18))
	buf := make([]trace.Reference, 4096)
	start := cpuTime()
	for b.Loop() {
		for range 64 {
			if _, err := src.Next(buf); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(src.given)/(cpuTime()-start).Seconds()/1e6, "Mref/cpu-s")
}
