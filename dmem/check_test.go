package dmem_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// observed is a run with all that its probe saw.
type observed struct {
	*dmem.Result
	config   dmem.Config
	accesses []dmem.Access // in order of node and issue
	grants   []manager.Grant
}

// observe runs a configuration.
func observe(t *testing.T, c dmem.Config) *observed {
	t.Helper()
	o := &observed{config: c}
	r, err := dmem.New(c, dmem.Probe{
		OnComplete: func(a *dmem.Access) { o.accesses = append(o.accesses, *a) },
		OnGrant: func(g *manager.Grant) {
			copied := *g
			copied.Window = slices.Clone(g.Window)
			o.grants = append(o.grants, copied)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if o.Result, err = r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(o.accesses, func(a, b dmem.Access) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Issue, b.Issue))
	})
	return o
}

// writeTrace writes misses to a file whose stamps count cycles of the clock.
func writeTrace(t *testing.T, clock units.Clock, ms []trace.Miss) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.dmt")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := trace.NewWriter(f, trace.Header{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ms); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// digest hashes a value with everything it refers to but functions.
func digest(v any) uint64 {
	h := uint64(14695981039346656037) // FNV-1a, a word at a time
	mix := func(x uint64) { h = (h ^ x) * 1099511628211; h ^= h >> 29 }
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		mix(uint64(v.Kind()))
		switch v.Kind() {
		case reflect.Func:
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice, reflect.Array:
			mix(uint64(v.Len()))
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Float32, reflect.Float64:
			mix(math.Float64bits(v.Float()))
		case reflect.String:
			for _, c := range []byte(v.String()) {
				mix(uint64(c))
			}
		case reflect.Bool:
			mix(uint64(b2i(v.Bool())))
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			mix(uint64(v.Int()))
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			mix(v.Uint())
		default:
			panic(fmt.Sprintf("digest of a %v", v.Type()))
		}
	}
	walk(reflect.ValueOf(v))
	return h
}

// outcome hashes a result without the configuration.
func outcome(r *dmem.Result) uint64 {
	copied := *r
	copied.Config = dmem.Config{}
	return digest(&copied)
}

// tally is a naive count and sum of latencies.
type tally struct {
	count uint64
	sum   units.Time
}

func (t *tally) add(x units.Time) { t.count++; t.sum += x }

func (t tally) equal(h *stats.Hist) bool { return t.count == h.Count && t.sum == h.Sum }

// sampled is a naive Sample: by local or remote, then read or write.
type sampled struct {
	latency [2][2]tally
	stages  [2]mem.Breakdown
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *sampled) add(a *dmem.Access) {
	s.latency[b2i(a.Remote)][b2i(a.Write)].add(a.Done - a.Issue)
	for i, x := range a.Stages {
		s.stages[b2i(a.Remote)][i] += x
	}
}

func (s *sampled) check(t *testing.T, what string, got *dmem.Sample) {
	t.Helper()
	for i, h := range []*stats.Hist{&got.Local.Read, &got.Local.Write, &got.Remote.Read, &got.Remote.Write} {
		if want := s.latency[i/2][i%2]; !want.equal(h) {
			t.Errorf("%s, class %d: %d accesses of %v together, want %d of %v", what, i, h.Count, h.Sum, want.count, want.sum)
		}
	}
	if got.LocalStages != s.stages[0] || got.RemoteStages != s.stages[1] {
		t.Errorf("%s: stages %v and %v, want %v and %v", what, got.LocalStages, got.RemoteStages, s.stages[0], s.stages[1])
	}
}

// check holds a run to what must be true of every run, recounting all of its result from
// the accesses the probe saw.
func (o *observed) check(t *testing.T) {
	t.Helper()
	c := &o.config
	f := &c.Fabric
	clock := c.PoolDRAM.Device.Clock
	nodes, groups := make([]sampled, c.Nodes), make([]sampled, len(c.Workloads))
	pools, queues := make([][2]tally, c.Pools), make([]tally, c.Pools)
	var total sampled
	var last units.Time
	first, final, issued := make([]units.Time, c.Nodes), make([]units.Time, c.Nodes), make([]uint64, c.Nodes)
	end := make([]units.Time, c.Nodes)
	busyIn, busyOut := make([]units.Time, c.Pools), make([]units.Time, c.Pools)
	for i := range o.accesses {
		a := &o.accesses[i]
		if a.Stages.Total() != a.Done-a.Issue {
			t.Fatalf("%+v: stages sum to %v, want %v", a, a.Stages.Total(), a.Done-a.Issue)
		}
		// Of DDR4: a write to an open row, split and issued one cycle later, WL + BL/2; less the
		// rounding of the two times.
		least := mem.Breakdown{mem.DRAM: clock.At(1+15+4) - 1}
		if a.Remote {
			out, back := f.Sizes.Request(a.Write), f.Sizes.Response(a.Write)
			least[mem.Translate] = c.MMU.RMACLookup
			least[mem.RMAC] = 2 * (f.PacketPrep.Delay + f.RMAC.Delay)
			least[mem.Link] = f.RMACLink.Rate.Time(out) + f.SwitchLink.Rate.Time(out) + f.RMACLink.Propagation + f.SwitchLink.Propagation
			least[mem.Switch] = f.Switch.Delay
			least[mem.Return] = f.UnloadedLatency(back)
			busyIn[a.Pool] += f.SwitchLink.Rate.Time(out) + f.SwitchLink.Gap
			busyOut[a.Pool] += f.RMACLink.Rate.Time(back) + f.RMACLink.Gap
			if a.Stages[mem.Link] != least[mem.Link] {
				t.Fatalf("%+v: %v on links, want %v", a, a.Stages[mem.Link], least[mem.Link])
			}
		}
		for s := range mem.NumStages {
			if a.Stages[s] < least[s] {
				t.Fatalf("%+v: %v in stage %v, want %v or more", a, a.Stages[s], s, least[s])
			}
			if !a.Remote && s != mem.Translate && s != mem.DRAM && a.Stages[s] != 0 {
				t.Fatalf("%+v: a local access spends %v in stage %v", a, a.Stages[s], s)
			}
		}
		if issued[a.Node]++; issued[a.Node] == 1 {
			first[a.Node] = a.Issue
		}
		final[a.Node] = a.Issue
		last = max(last, a.Done)
		end[a.Node] = max(end[a.Node], a.Done)
		if a.Issue < c.Replay.Warmup {
			continue
		}
		nodes[a.Node].add(a)
		groups[int(a.Node)%len(groups)].add(a)
		total.add(a)
		if a.Remote {
			pools[a.Pool][b2i(a.Write)].add(a.Stages[mem.PoolQueue] + a.Stages[mem.DRAM])
			queues[a.Pool].add(a.Stages[mem.PoolQueue])
		}
	}
	if o.Simulated != last || o.Accesses != uint64(len(o.accesses)) {
		t.Errorf("%d accesses until %v, want %d until %v", o.Accesses, o.Simulated, len(o.accesses), last)
	}
	total.check(t, "total", &o.Total)
	for i := range nodes {
		n := &o.Nodes[i]
		nodes[i].check(t, fmt.Sprintf("node %d", i), &n.Sample)
		if n.Issued != issued[i] || n.First != first[i] || n.Last != final[i] || n.End != end[i] {
			t.Errorf("node %d: %d issued from %v to %v and done at %v, want %d from %v to %v and %v", i, n.Issued, n.First, n.Last, n.End, issued[i], first[i], final[i], end[i])
		}
	}
	for i := range groups {
		groups[i].check(t, o.Groups[i].Name, &o.Groups[i].Sample)
	}
	for i := range pools {
		p := &o.Pools[i]
		if !pools[i][0].equal(&p.Memory.Read) || !pools[i][1].equal(&p.Memory.Write) || queues[i] != (tally{p.Queue.Count, p.Queue.Sum}) {
			t.Errorf("pool %d: %v reads, %v writes, %v queue; want %v, %v, %v", i, p.Memory.Read.Mean, p.Memory.Write.Mean, p.Queue, pools[i][0], pools[i][1], queues[i])
		}
		share := func(what string, got float64, busy units.Time) {
			if want := float64(busy) / float64(last); math.Abs(got-want) > 1e-9 || got > 1 {
				t.Errorf("pool %d: %s utilised %v, want %v", i, what, got, want)
			}
		}
		if last > 0 {
			share("link from the switch", p.LinkInUtilization, busyIn[i])
			share("link to the switch", p.LinkOutUtilization, busyOut[i])
		}
	}
	o.checkWindows(t)
	o.checkActive(t, first, final, issued)
	o.checkGrants(t)
}

// checkWindows recounts the time series; windows in which nothing completed are left out.
func (o *observed) checkWindows(t *testing.T) {
	t.Helper()
	c := &o.config
	want := map[units.Time][][5]tally{} // by window and group: the four classes, and the time in the pools' memory
	for i := range o.accesses {
		if a := &o.accesses[i]; a.Issue >= c.Replay.Warmup {
			start := a.Done - a.Done%c.Window
			if want[start] == nil {
				want[start] = make([][5]tally, len(c.Workloads))
			}
			group := &want[start][int(a.Node)%len(c.Workloads)]
			group[2*b2i(a.Remote)+b2i(a.Write)].add(a.Done - a.Issue)
			if a.Remote {
				group[4].add(a.Stages[mem.PoolQueue] + a.Stages[mem.DRAM])
			}
		}
	}
	if len(o.Windows) != len(want) {
		t.Fatalf("%d windows, want %d for %v", len(o.Windows), len(want), o.Simulated)
	}
	for i := range o.Windows {
		got := &o.Windows[i]
		if i > 0 && got.Start <= o.Windows[i-1].Start {
			t.Errorf("window %d starts at %v, not after the one before", i, got.Start)
		}
		if want[got.Start] == nil {
			t.Fatalf("window %d starts at %v, in which nothing completed", i, got.Start)
		}
		for g := range want[got.Start] {
			x := &got.Groups[g]
			for k, m := range []stats.Mean{x.LocalRead.Mean, x.LocalWrite.Mean, x.RemoteRead.Mean, x.RemoteWrite.Mean, x.PoolMemory} {
				if (tally{m.Count, m.Sum}) != want[got.Start][g][k] {
					t.Errorf("window %v, group %d, class %d: %v, want %v", got.Start, g, k, m, want[got.Start][g][k])
				}
			}
		}
	}
}

func (o *observed) checkActive(t *testing.T, first, final []units.Time, issued []uint64) {
	t.Helper()
	from, to := units.Time(0), units.Never
	for i := range first {
		if issued[i] == 0 {
			return
		}
		from, to = max(from, first[i]), min(to, final[i])
	}
	var want sampled
	for i := range o.accesses {
		if a := &o.accesses[i]; a.Issue >= o.config.Replay.Warmup && a.Issue >= from && a.Issue <= to {
			want.add(a)
		}
	}
	if o.Active.From != from || o.Active.To != to+1 {
		t.Errorf("all nodes are active from %v until before %v, want %v and %v", o.Active.From, o.Active.To, from, to+1)
	}
	want.check(t, "active", &o.Active.Total)
	for _, u := range []float64{o.Active.DRAMUtilization, o.Active.LinkInUtilization, o.Active.LinkOutUtilization} {
		if !(u >= 0 && u <= 1) {
			t.Errorf("utilisation while all nodes are active: %v, want 0 to 1", u)
		}
	}
}

// checkGrants recounts the windows of the grants: an access counts for its pool when its
// request has entered the switch. It does so only where that time can be told from the
// stages: stages without intervals, responses that never wait for room.
func (o *observed) checkGrants(t *testing.T) {
	t.Helper()
	c := &o.config
	f := &c.Fabric
	if len(o.grants) != len(o.Grants) {
		t.Fatalf("the probe saw %d grants, the log holds %d", len(o.grants), len(o.Grants))
	}
	chunks := make([]int, c.Pools)
	for i := range o.grants {
		g := &o.grants[i]
		chunks[g.Pool]++
		if !reflect.DeepEqual(*g, o.Grants[i].Grant) || g.Seq != i {
			t.Errorf("grant %d: the probe saw %+v, the log holds %+v", i, *g, o.Grants[i].Grant)
		}
		if i == 0 {
			continue
		}
		if b := &o.grants[i-1]; g.At < b.At || g.At == b.At && g.Node < b.Node {
			t.Errorf("grant %d at %v to node %d follows one at %v to node %d", i, g.At, g.Node, b.At, b.Node)
		}
	}
	for i := range chunks {
		if p := &o.Pools[i]; p.Chunks != chunks[i] || p.Free != c.PoolMemory-units.Bytes(chunks[i])*c.Chunk {
			t.Errorf("pool %d: %d chunks, %v free; want %d", i, p.Chunks, p.Free, chunks[i])
		}
	}
	if f.RMAC.Interval+f.PacketPrep.Interval != 0 || f.RMACQueue < units.MiB {
		return
	}
	entries := make([][]units.Time, c.Pools)
	arrivals := make([]map[int64]uint64, c.Pools)
	for i := range arrivals {
		arrivals[i] = map[int64]uint64{}
	}
	for i := range o.accesses {
		a := &o.accesses[i]
		if !a.Remote {
			continue
		}
		size := f.Sizes.Request(a.Write)
		s := &a.Stages
		entry := a.Issue + s[mem.Translate] + s[mem.Source] + s[mem.RMAC] - f.RMAC.Delay - f.PacketPrep.Delay + f.RMACLink.Rate.Time(size) + f.RMACLink.Propagation
		entries[a.Pool] = append(entries[a.Pool], entry)
		w := (a.Issue + s[mem.Translate] + s[mem.Source] + s[mem.RMAC] + s[mem.Link] + s[mem.Switch]) / c.Window
		arrivals[a.Pool][int64(w)]++
	}
	for i := range entries {
		slices.Sort(entries[i])
		got := map[int64]uint64{}
		for _, w := range o.Pools[i].Arrivals.Windows {
			got[w.Window] = w.Events
		}
		if !maps.Equal(got, arrivals[i]) {
			t.Errorf("pool %d: arrivals %v, want %v", i, got, arrivals[i])
		}
	}
	before := make([]int, c.Pools)
	for _, g := range o.grants {
		for i := range entries {
			n, _ := slices.BinarySearch(entries[i], g.At+1)
			if got, want := g.Window[i], uint64(n-before[i]); got != want {
				t.Fatalf("grant %d at %v: %d accesses to pool %d since the last, want %d", g.Seq, g.At, got, i, want)
			}
			before[i] = n
		}
	}
}

// misses makes n misses of several threads over a number of pages.
func misses(rng *rand.Rand, n, threads, pages int, meanGap float64) []trace.Miss {
	ms := make([]trace.Miss, n)
	var now float64
	for i := range ms {
		now += 3 + meanGap*rng.ExpFloat64() // no two at one time
		ms[i] = trace.Miss{
			Cycle: units.Cycles(now), Addr: mem.VAddr(rng.IntN(pages)*4096 + rng.IntN(64)*64),
			Thread: mem.ThreadID(rng.IntN(threads)), Process: mem.ProcessID(rng.IntN(2)), Kind: trace.Kind(rng.IntN(3)),
		}
	}
	return ms
}
