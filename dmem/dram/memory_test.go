package dram_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func ddr4(tb testing.TB, capacity units.Bytes) *dram.Memory {
	tb.Helper()
	cfg := dram.DDR4_2400()
	cfg.Capacity = capacity
	m, err := dram.New(cfg)
	check(tb, err)
	return m
}

func replay(t *testing.T, change func(*dram.Config), reqs []dram.Request) *dram.Summary {
	t.Helper()
	cfg := dram.DDR4_2400()
	cfg.Capacity = 4 * units.GiB
	if change != nil {
		change(&cfg)
	}
	s, err := dram.Replay(cfg, reqs)
	check(t, err)
	return s
}

// Nothing is allocated per request once the buffers have their size.
func TestAllocs(t *testing.T) {
	m := ddr4(t, 4*units.GiB)
	m.ReportAccepted(true)
	reqs := randomTraffic(1<<16, 10, 4*units.GiB)
	i, at := 0, units.Cycles(0)
	step := func() {
		for range 100 {
			q := &reqs[i&(len(reqs)-1)]
			m.Push(at, q.Addr, q.Write, uint32(i))
			i++
			at += 12
		}
		m.Advance(at)
		for ok := true; ok; {
			_, ok = m.Pop()
		}
		for ok := true; ok; {
			_, _, ok = m.PopAccepted()
		}
		m.Next()
	}
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("got %v allocations in 100 requests", n)
	}
}

func TestNextAndIdle(t *testing.T) {
	m := ddr4(t, 4*units.GiB)
	if got := m.Next(); got != units.NeverCycles {
		t.Errorf("idle: got %d", got)
	}
	m.Advance(1e9)
	if got := m.Next(); got != units.NeverCycles {
		t.Errorf("idle later: got %d", got)
	}
	if got := m.Stats().Refs; got == 0 {
		t.Error("no refreshes in a second")
	}
	m.Push(1e9+100, 0x40, false, 7)
	if got := m.Next(); got != 1e9+100 {
		t.Errorf("with an arrival: got %d", got)
	}
	for steps := 0; ; steps++ {
		if c, ok := m.Pop(); ok {
			if c.Tag != 7 || c.Write || c.Accepted != 1e9+100 || c.Done <= 1e9+100 {
				t.Errorf("got %+v", c)
			}
			break
		}
		next := m.Next()
		if next == units.NeverCycles || steps > 10 {
			t.Fatalf("lost after %d steps", steps)
		}
		m.Advance(next + 1)
	}
	if got := m.Next(); got != units.NeverCycles {
		t.Errorf("idle again: got %d", got)
	}
	if got := m.MinLatency(); got != 19 { // WL 15 + 4
		t.Errorf("least latency: got %d, want 19", got)
	}
	if got := m.Clock(); got != units.MustClock(1200*units.MHz) {
		t.Errorf("clock: got %v", got)
	}
}

// Advance to the end of time serves what is pending and returns.
func TestAdvanceToTheEnd(t *testing.T) {
	for _, chans := range []int{1, 2} {
		cfg := dram.DDR4_2400()
		cfg.Capacity, cfg.System.NumChans = 4*units.GiB, chans
		m, err := dram.New(cfg)
		check(t, err)
		m.Push(5, 0, true, 1)
		m.Advance(units.NeverCycles)
		if c, ok := m.Pop(); !ok || c.Tag != 1 {
			t.Errorf("%d channels: got %+v, %v", chans, c, ok)
		}
	}
}

// Whatever is known after Advance(u) is complete up to u + MinLatency.
func TestMinLatencyIsSafe(t *testing.T) {
	for _, capacity := range []units.Bytes{4 * units.GiB, 32 * units.GiB} {
		reqs := randomTraffic(3000, 6, capacity)
		want := map[uint32]units.Cycles{}
		cfg := dram.DDR4_2400()
		cfg.Capacity = capacity
		s, err := dram.Replay(cfg, reqs)
		check(t, err)
		for i, done := range s.Completions {
			want[uint32(i)] = done
		}
		m := ddr4(t, capacity)
		for i, q := range reqs {
			m.Push(q.At, q.Addr, q.Write, uint32(i))
		}
		for u := units.Cycles(0); len(want) > 0; u += 13 {
			m.Advance(u)
			for c, ok := m.Pop(); ok; c, ok = m.Pop() {
				if want[c.Tag] != c.Done {
					t.Fatalf("got %+v, want done in %d", c, want[c.Tag])
				}
				delete(want, c.Tag)
			}
			for tag, done := range want {
				if done < u+m.MinLatency() {
					t.Fatalf("after Advance(%d) request %d, done in %d, is not known", u, tag, done)
				}
			}
		}
	}
}

// Cutting time into other windows changes nothing.
func TestWindowsDoNotMatter(t *testing.T) {
	reqs := randomTraffic(2000, 15, 4*units.GiB)
	var first dram.Stats
	for i, window := range []units.Cycles{1, 7, 100, 5000, 1 << 20} {
		m := ddr4(t, 4*units.GiB)
		next := 0
		for now := units.Cycles(0); now < 1<<20; now += window {
			for next < len(reqs) && reqs[next].At < now+window {
				m.Push(reqs[next].At, reqs[next].Addr, reqs[next].Write, 0)
				next++
			}
			m.Advance(min(now+window, 1<<20))
		}
		if s := m.Stats(); i == 0 {
			first = s
		} else if !reflect.DeepEqual(s, first) {
			t.Errorf("window %d: got %+v, want %+v", window, s.RankStats, first.RankStats)
		}
	}
}

func TestRowHitRate(t *testing.T) {
	row := func(n int, stride uint64) []dram.Request {
		reqs := make([]dram.Request, n)
		for i := range reqs {
			reqs[i].Addr = mem.PAddr(uint64(i) * stride)
		}
		return reqs
	}
	// Rank and bank lie below the column: every 8 lines one of the same row follows.
	hits := func(c *dram.Config) { c.System.TotalRowAccesses = 1 << 20 }
	if s := replay(t, hits, row(16, 512)); s.RowHitRate != 15.0/16 {
		t.Errorf("one row, 16 requests: got %v", s.RowHitRate)
	}
	if s := replay(t, nil, row(100, 512<<7)); s.RowHitRate != 0 { // always another row
		t.Errorf("100 rows: got %v, want 0", s.RowHitRate)
	}
	if s := replay(t, func(c *dram.Config) { c.System.RowBufferPolicy = dram.ClosePage }, row(16, 512)); s.RowHitRate != 0 {
		t.Errorf("close page: got %v, want 0", s.RowHitRate)
	}
	// In an interval after the row was opened every access hits.
	m := ddr4(t, 2*units.GiB)
	for i := range 4 {
		m.Push(0, mem.PAddr(i*256), false, 0)
	}
	m.Advance(20) // ACT at 1, the owner's read at 17
	before := m.Stats()
	m.Advance(33)
	s := m.Stats().Sub(before)
	if got := s.RowHitRate(); got != 1 || s.Reads != 3 {
		t.Errorf("got %v of %d reads, want 1 of 3", got, s.Reads)
	}
	if s := replay(t, nil, nil); !math.IsNaN(s.RowHitRate) || !math.IsNaN(s.MeanCycles) || !math.IsNaN(s.Bandwidth) {
		t.Errorf("nothing: got %+v", s)
	}
}

// A hand-worked account: one read on DDR4 of one rank, 1000 cycles.
func TestEnergyByHand(t *testing.T) {
	m := ddr4(t, 2*units.GiB)
	m.Push(0, 0, false, 0)
	m.Advance(1000)
	s := m.Stats()
	// Four x16 devices. ACT at 1, RD at 17, PRE at 33: active 32 cycles; the bank is idle at
	// 49, when the rank powers down.
	want := dram.RankStats{
		Reads: 1, Acts: 1, Pres: 1, Cycles: 1000, ActiveCycles: 32, SleepCycles: 1000 - 49,
		ActEnergy:        (90*48 - (75*32 + 70*16)) * 4,
		BurstEnergy:      (230 - 75) * 4 * 4,
		BackgroundEnergy: (32*75 + 951*50 + 17*70) * 4,
	}
	got := s.Ranks[0]
	if s.Latency[latencyBucketOf(38)] != 1 || s.LatencySum != 38 || s.MeanLatency() != 38 {
		t.Errorf("histogram: %v", s.Latency)
	}
	if got.EnergySum() != want.EnergySum() || got.ActEnergy != want.ActEnergy || got.BurstEnergy != want.BurstEnergy ||
		got.BackgroundEnergy != want.BackgroundEnergy || got.ActiveCycles != want.ActiveCycles || got.SleepCycles != want.SleepCycles {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got, want := s.EnergyJoules(), float64(want.EnergySum())*1.2/1000/1.2e9; math.Abs(got/want-1) > 1e-7 {
		t.Errorf("joules: got %v, want %v", got, want)
	}
	if s.BusyBusCycles != 4 || s.QueueSum != 17 || s.WaitSum != 0 {
		t.Errorf("bus %d, queue %d, wait %d", s.BusyBusCycles, s.QueueSum, s.WaitSum)
	}
}

// Counters taken while a rank is on its way up count the cycles that have passed, not those
// to come: a request in cycle 1 wakes the rank that fell asleep in cycle 0, in cycle 3.
func TestSleepCyclesAreNotAhead(t *testing.T) {
	m := ddr4(t, 2*units.GiB)
	m.Push(1, 0, false, 0)
	for now, want := range []uint64{0, 1, 2, 3, 3, 3} {
		m.Advance(units.Cycles(now))
		if got := m.Stats().SleepCycles; got != want {
			t.Errorf("cycle %d: got %d, want %d", now, got, want)
		}
	}
}

func latencyBucketOf(l units.Cycles) int {
	for i := range dram.LatencyBuckets - 1 {
		if dram.BucketFloor(i+1) > l {
			return i
		}
	}
	return dram.LatencyBuckets - 1
}

// Twice every clock, half of every time: cycles do not change.
func TestClockScaling(t *testing.T) {
	reqs := randomTraffic(5000, 12, 4*units.GiB)
	slow := replay(t, func(c *dram.Config) { c.Device.TCKNs, c.Device.RefreshPeriodNs = 1.5, 7800 }, reqs)
	fast := replay(t, func(c *dram.Config) { c.Device.TCKNs, c.Device.RefreshPeriodNs = 0.75, 3900 }, reqs)
	if !reflect.DeepEqual(slow.Completions, fast.Completions) {
		t.Error("the completions differ")
	}
}

// Two writes that collide on the data bus stop the memory, as they end the reference.
func TestCollision(t *testing.T) {
	cfg := dram.DDR3_1333_x4()
	cfg.Device.AL = 9
	cfg.Capacity = 8 * units.GiB
	reqs := randomTraffic(20000, 4, cfg.Capacity)
	for i := range reqs {
		reqs[i].Write = true
	}
	_, err := dram.Replay(cfg, reqs)
	var c *dram.CollisionError
	if !errors.As(err, &c) || c.Second-c.First >= c.Burst || c.Burst != 4 {
		t.Fatalf("got %v", err)
	}
	cfg.Capacity = 4 * units.GiB // one rank: none
	if _, err := dram.Replay(cfg, reqs); err != nil {
		t.Errorf("one rank: %v", err)
	}
}

// Where the number of ranks is no power of two, an address can name one that is missing.
func TestMissingRank(t *testing.T) {
	cfg := dram.DDR3_1333_x4()
	cfg.Device.NumRows = 24576 // 3 GiB
	cfg.Capacity = 16 * units.GiB
	if got := cfg.Ranks(); got != 5 {
		t.Fatalf("ranks: got %d, want 5", got)
	}
	_, err := dram.Replay(cfg, []dram.Request{{Addr: 4 << 6}})
	check(t, err)
	_, err = dram.Replay(cfg, []dram.Request{{Addr: 5 << 6}})
	var missing *dram.AddressError
	if !errors.As(err, &missing) || missing.Rank != 5 {
		t.Errorf("got %v", err)
	}
}

func TestTrace(t *testing.T) {
	const text = "arrival,address,op\n0,40,R\n0,ffffffffffffffff,W\n12,0,R\n"
	want := []dram.Request{{At: 0, Addr: 0x40}, {At: 0, Addr: math.MaxUint64, Write: true}, {At: 12}}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	check(t, z.Close())
	for _, s := range []string{text, packed.String(), strings.ReplaceAll(text, "\n", "\r\n"), strings.TrimSuffix(text, "\n")} {
		got, err := dram.ReadTrace(strings.NewReader(s))
		check(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"", "line 1"},
		{"arrival,address,op\n", ""},
		{"arrival,address,op\n9000000000000000000,40,R\n", "0 to 1152921504606846975"},
		{"0,40,R\n", "line 1"},
		{"arrival,address,op\n0,40\n", "line 2, byte 19"},
		{"arrival,address,op\n0,40,X\n", "line 2"},
		{"arrival,address,op\n0,4g,R\n", "line 2"},
		{"arrival,address,op\n-1,40,R\n", "line 2"},
		{"arrival,address,op\n5,40,R\n4,40,R\n", "line 3, byte 26"},
		{"\x1f\x8bxx", "trace"},
	} {
		_, err := dram.ReadTrace(strings.NewReader(c.text))
		if (err != nil) != (c.want != "") || err != nil && (!errors.Is(err, dram.ErrTrace) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
	}
	var out bytes.Buffer
	s := replay(t, nil, want)
	check(t, dram.WriteCompletions(&out, dram.DDR4_2400(), want, s))
	if lines := strings.Split(out.String(), "\n"); lines[0] != "latency" || len(lines) != 5 || lines[1] != "38" {
		t.Errorf("got %q", out.String())
	}
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte("arrival,address,op\n0,40,R\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		reqs, err := dram.ReadTrace(bytes.NewReader(b))
		if err != nil && !errors.Is(err, dram.ErrTrace) {
			t.Fatal(err)
		}
		for i := 1; i < len(reqs); i++ {
			if reqs[i].At < reqs[i-1].At {
				t.Fatal("not sorted")
			}
		}
	})
}

func TestBuckets(t *testing.T) {
	for i := range dram.LatencyBuckets {
		if f := dram.BucketFloor(i); f < 0 || i > 0 && f <= dram.BucketFloor(i-1) {
			t.Errorf("bucket %d starts at %d", i, f)
		}
	}
}
