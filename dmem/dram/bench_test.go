package dram_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// randomTraffic returns n requests of uniformly random lines, 30 % writes, one every gap
// cycles.
func randomTraffic(n int, gap units.Cycles, capacity units.Bytes) []dram.Request {
	rng := rand.New(rand.NewPCG(1, uint64(gap)))
	reqs := make([]dram.Request, n)
	for i := range reqs {
		reqs[i] = dram.Request{
			At:    units.Cycles(i) * gap,
			Addr:  mem.PAddr(rng.Uint64N(uint64(capacity))) &^ 63,
			Write: rng.IntN(10) < 3,
		}
	}
	return reqs
}

func sequentialTraffic(n int, gap units.Cycles, capacity units.Bytes) []dram.Request {
	reqs := make([]dram.Request, n)
	for i := range reqs {
		reqs[i] = dram.Request{At: units.Cycles(i) * gap, Addr: mem.PAddr(uint64(i) * 64 % uint64(capacity)), Write: i%10 < 3}
	}
	return reqs
}

// feed runs the requests through a fresh memory, as an engine does: batches that arrive,
// an advance, completions taken out.
func feed(tb testing.TB, cfg dram.Config, reqs []dram.Request) {
	m, err := dram.New(cfg)
	check(tb, err)
	const window = 500 // cycles between two calls of Advance
	done, next := 0, 0
	for until := units.Cycles(window); done < len(reqs); until += window {
		for next < len(reqs) && reqs[next].At < until {
			q := &reqs[next]
			m.Push(q.At, q.Addr, q.Write, uint32(next))
			next++
		}
		m.Advance(until)
		for {
			if _, ok := m.Pop(); !ok {
				break
			}
			done++
		}
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkReplay(b *testing.B) {
	const n = 2_000_000
	for _, capacity := range []units.Bytes{4 * units.GiB, 32 * units.GiB} {
		for _, gap := range []units.Cycles{40, 10, 4} {
			for _, kind := range []string{"random", "sequential"} {
				b.Run(fmt.Sprintf("%s/%s/every%d", kind, capacity, gap), func(b *testing.B) {
					reqs := randomTraffic(n, gap, capacity)
					if kind == "sequential" {
						reqs = sequentialTraffic(n, gap, capacity)
					}
					cfg := dram.DDR4_2400()
					cfg.Capacity = capacity
					b.ReportAllocs()
					start := cpuTime()
					for b.Loop() {
						feed(b, cfg, reqs)
					}
					// The processor's time, on a machine that others use, too.
					b.ReportMetric(float64(n)*float64(b.N)/(cpuTime()-start).Seconds()/1e6, "Mreq/cpu-s")
					b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mreq/s")
				})
			}
		}
	}
}

// BenchmarkIdle catches up with a millisecond without requests: refresh and power-down.
func BenchmarkIdle(b *testing.B) {
	for _, capacity := range []units.Bytes{4 * units.GiB, 32 * units.GiB} {
		b.Run(capacity.String(), func(b *testing.B) {
			m := ddr4(b, capacity)
			now := units.Cycles(0)
			for b.Loop() {
				now += 1_200_000
				m.Advance(now)
				m.Stats()
			}
		})
	}
}
