package frontend_test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// laps yields the same references again and again, each lap at new addresses, for ever.
type laps struct {
	refs  []trace.Reference
	at    int
	move  mem.VAddr
	lap   mem.VAddr
	given int64
}

func (l *laps) Next(buf []trace.Reference) (int, error) {
	if l.at == len(l.refs) {
		l.at, l.move = 0, (l.move+l.lap)&(1<<44-1)
	}
	n := copy(buf, l.refs[l.at:])
	l.at += n
	l.given += int64(n)
	if l.move != 0 {
		for i := range buf[:n] {
			if buf[i].Addr < 1<<45 { // what is hot stays where it is
				buf[i].Addr += l.move
			}
		}
	}
	return n, nil
}

// mix is what each share of a thread's references does.
type mix struct {
	stream, stride, random, hot float64 // the rest of hot are calls on a stack
	threads, quantum            int
}

// generate makes n references: threads take turns of a quantum; streams walk arrays by 8
// bytes, strides walk one by 512 bytes, random ones hit 64 MiB, hot ones 4 KiB; three in
// ten are stores, and there are two instructions between references.
func generate(m mix, n int) []trace.Reference {
	rng := rand.New(rand.NewPCG(1, 2))
	refs := make([]trace.Reference, 0, n)
	type walk struct{ streams, stride [4]uint64 }
	walks := make([]walk, m.threads)
	for len(refs) < n {
		t := len(refs) / m.quantum % m.threads
		w, base := &walks[t], uint64(t)<<34
		r := trace.Reference{Thread: mem.ThreadID(t), Instructions: uint32(rng.IntN(5)), Size: 8, Kind: trace.Load}
		if rng.IntN(10) < 3 {
			r.Kind = trace.Store
		}
		switch p, i := rng.Float64(), rng.IntN(4); {
		case p < m.stream:
			r.Addr = mem.VAddr(base + uint64(i)<<31 + w.streams[i])
			w.streams[i] += 8
		case p < m.stream+m.stride:
			r.Addr = mem.VAddr(base + 1<<33 + w.stride[0])
			w.stride[0] += 512
		case p < m.stream+m.stride+m.random:
			r.Addr = mem.VAddr(base + 1<<33 + 1<<32 + rng.Uint64N(1<<26)&^7)
		default:
			r.Addr = mem.VAddr(1<<45 + base + rng.Uint64N(1<<12)&^7)
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
	for _, bench := range []struct {
		name string
		m    mix
		c    func(*frontend.Config)
	}{
		// 6 % of the references miss L3, as in Table I's middle; the others bracket it.
		{"typical", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256}, nil},
		{"streams", mix{stream: 1, threads: 8, quantum: 256}, nil},
		{"hot", mix{stream: 0.01, threads: 8, quantum: 256}, nil},
		{"random", mix{random: 0.1, threads: 8, quantum: 256}, nil},
		{"one thread", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 1, quantum: 256}, nil},
		{"LRU", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256}, func(c *frontend.Config) {
			for _, a := range []*cache.Config{&c.ITLB, &c.DTLB, &c.L1I, &c.L1D, &c.L2, &c.L3} {
				a.Replacement = cache.LRU
			}
		}},
		{"coherent", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256}, func(c *frontend.Config) { c.Coherent = true }},
		{"stride prefetcher", mix{stream: 0.34, stride: 0.01, random: 0.01, threads: 8, quantum: 256}, func(c *frontend.Config) { c.Prefetch.Kind = frontend.Stride }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := frontend.TableII()
			if bench.c != nil {
				bench.c(&c)
			}
			const n = 1 << 20
			src := &laps{refs: generate(bench.m, n), lap: 1 << 28}
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
			run(4 * n) // fills L3
			start, given, before := cpuTime(), src.given, f.Stats()
			b.ReportAllocs()
			for b.Loop() {
				run(src.given + n)
			}
			took := (cpuTime() - start).Seconds()
			b.ReportMetric(float64(src.given-given)/took/1e6, "Mref/cpu-s")
			s := f.Stats().Sub(before)
			b.ReportMetric(100*s.MissRate(), "%miss")
			b.ReportMetric(100*s.Total().L1D.MissRate(), "%L1miss")
		})
	}
}
