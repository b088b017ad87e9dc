package mmu_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const page = 4 * units.KiB

// frames is a frame source with a few local pages and chunks of chunk pages.
type frames struct {
	local, localUsed   units.Bytes
	granted, usedOfAll units.Bytes
}

func (f *frames) LocalFrame() (mem.PAddr, bool) {
	if f.localUsed == f.local {
		return 0, false
	}
	f.localUsed += page
	return mem.PAddr(f.localUsed - page), true
}

func (f *frames) RemoteFrame() (mem.PAddr, bool) {
	if f.usedOfAll == f.granted {
		return 0, false
	}
	f.usedOfAll += page
	return mem.PAddr(f.local + f.usedOfAll - page), true
}

func (f *frames) LocalFree() units.Bytes     { return f.local - f.localUsed }
func (f *frames) LocalCapacity() units.Bytes { return f.local }
func (f *frames) RemoteGranted() units.Bytes { return f.granted }
func (f *frames) grant(pages int)            { f.granted += units.Bytes(pages) * page }

func newMMU(t testing.TB, c mmu.Config, f mmu.FrameSource, p place.Policy) *mmu.MMU {
	t.Helper()
	m, err := mmu.New(c, 3, f, p.New(place.Env{Node: 3, NumNodes: 4}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// touch translates and grants a chunk if one is needed.
func touch(t testing.TB, m *mmu.MMU, f *frames, now units.Time, proc mem.ProcessID, a mem.VAddr) mmu.Translation {
	t.Helper()
	for range 2 {
		tr, err := m.Translate(now, proc, a)
		if err != nil {
			t.Fatal(err)
		}
		if !tr.NeedsChunk {
			return tr
		}
		f.grant(16)
	}
	t.Fatal("a chunk was granted and one is still needed")
	return mmu.Translation{}
}

func TestTimes(t *testing.T) {
	const ns = units.Nanosecond
	c := mmu.Config{PageSize: page, PageFault: 1000 * ns, ChunkGrant: 500 * ns, RMACLookup: 7 * ns}
	f := &frames{local: page}
	m := newMMU(t, c, f, place.LocalFirst)

	got := touch(t, m, f, 100*ns, 0, 0x5040) // local fault
	if want := (mmu.Translation{Addr: 0x40, Ready: 1100 * ns, Outcome: mmu.Outcome{Fault: true}}); got != want {
		t.Errorf("local fault: got %+v, want %+v", got, want)
	}
	got = touch(t, m, f, 300*ns, 0, 0x5080) // while the fault is served
	if want := (mmu.Translation{Addr: 0x80, Ready: 1100 * ns}); got != want {
		t.Errorf("during the fault: got %+v, want %+v", got, want)
	}
	got = touch(t, m, f, 1101*ns, 0, 0x5fc0) // after it
	if want := (mmu.Translation{Addr: 0xfc0, Ready: 1101 * ns}); got != want {
		t.Errorf("after the fault: got %+v, want %+v", got, want)
	}

	got, err := m.Translate(2000*ns, 0, 0x7000) // remote, no chunk yet
	if err != nil || !got.NeedsChunk || !got.Remote || !got.Fault {
		t.Errorf("without a chunk: got %+v, %v", got, err)
	}
	f.grant(2)
	got = touch(t, m, f, 2000*ns, 0, 0x7000)
	if want := (mmu.Translation{Addr: 0x1000, Ready: 3507 * ns, Outcome: mmu.Outcome{Remote: true, Fault: true}}); got != want {
		t.Errorf("with a new chunk: got %+v, want %+v", got, want)
	}
	got = touch(t, m, f, 2500*ns, 0, 0x7008) // waits for fault and grant, then the lookup
	if want := (mmu.Translation{Addr: 0x1008, Ready: 3507 * ns, Outcome: mmu.Outcome{Remote: true}}); got != want {
		t.Errorf("during the grant: got %+v, want %+v", got, want)
	}
	got = touch(t, m, f, 4000*ns, 0, 0x9000) // room in the chunk: no grant
	if want := (mmu.Translation{Addr: 0x2000, Ready: 5007 * ns, Outcome: mmu.Outcome{Remote: true, Fault: true}}); got != want {
		t.Errorf("remote fault: got %+v, want %+v", got, want)
	}
	got = touch(t, m, f, 9000*ns, 0, 0x9000)
	if want := (mmu.Translation{Addr: 0x2000, Ready: 9007 * ns, Outcome: mmu.Outcome{Remote: true}}); got != want {
		t.Errorf("remote hit: got %+v, want %+v", got, want)
	}
	if got, want := m.Stats(), (mmu.Stats{Faults: 3, LocalPages: 1, RemotePages: 2, ChunkWaits: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestPlacedOnce: the placer is asked once per fault, with the node's faults before.
func TestPlacedOnce(t *testing.T) {
	f := &frames{local: 2 * page}
	var asked []place.Request
	p := place.PlacerFunc(func(r place.Request, v place.View) place.Where {
		if v.LocalFree != f.LocalFree() || v.LocalCapacity != f.local || v.RemoteGranted != f.granted || v.Now != 5 {
			t.Errorf("got view %+v of %+v", v, f)
		}
		asked = append(asked, r)
		return place.Where(r.Fault % 2)
	})
	m, err := mmu.New(mmu.Default(), 3, f, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []mem.VAddr{0x1000, 0x2000, 0x1000, 0x2fff, 0x3000} {
		for range 3 { // a remote page without a chunk asks again and again
			if _, err := m.Translate(5, 9, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.grant(1)
	if tr := touch(t, m, f, 5, 9, 0x2abc); tr.Addr != mem.PAddr(f.local)+0xabc || !tr.Fault {
		t.Errorf("got %+v", tr)
	}
	want := []place.Request{{Node: 3, Process: 9, Page: 1, Fault: 0}, {Node: 3, Process: 9, Page: 2, Fault: 1}, {Node: 3, Process: 9, Page: 3, Fault: 2}}
	if len(asked) != len(want) {
		t.Fatalf("asked %+v, want %+v", asked, want)
	}
	for i := range want {
		if asked[i] != want[i] {
			t.Errorf("question %d: got %+v, want %+v", i, asked[i], want[i])
		}
	}
	if got, want := m.Stats(), (mmu.Stats{Faults: 3, LocalPages: 2, RemotePages: 1, ChunkWaits: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestErrors(t *testing.T) {
	f := &frames{local: page}
	m := newMMU(t, mmu.Default(), f, place.AllLocal)
	touch(t, m, f, 0, 0, 0)
	for range 2 {
		_, err := m.Translate(0, 0, 0x1000)
		var full *mmu.LocalFullError
		if !errors.As(err, &full) || full.Node != 3 || full.Capacity != page || !strings.Contains(err.Error(), "node 3") || !strings.Contains(err.Error(), "local-first") {
			t.Errorf("got %v", err)
		}
	}
	if got := m.Stats().Faults; got != 1 {
		t.Errorf("%d faults counted, want 1", got)
	}

	odd := place.Policy{Name: "odd", New: func(place.Env) place.Placer {
		return place.PlacerFunc(func(place.Request, place.View) place.Where { return 9 })
	}}
	_, err := newMMU(t, mmu.Default(), f, odd).Translate(0, 0, 0)
	var bad *mmu.PlaceError
	if !errors.As(err, &bad) || bad.Got != 9 {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	c := mmu.Config{PageSize: 3000, PageFault: -1, ChunkGrant: units.Never, RMACLookup: -5}
	err := c.Validate()
	for _, path := range []string{"mmu.page_size", "mmu.page_fault", "mmu.chunk_grant", "mmu.rmac_lookup"} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want a fault of %s", err, path)
		}
	}
	if _, err := mmu.New(c, 0, &frames{}, place.AllLocal.New(place.Env{})); err == nil {
		t.Error("New took an invalid configuration")
	}
	if _, err := mmu.New(mmu.Default(), 0, nil, nil); err == nil {
		t.Error("New took no frame source")
	}
	for _, size := range []units.Bytes{0, 32, 96} {
		if c := (mmu.Config{PageSize: size}); c.Validate() == nil {
			t.Errorf("a page size of %v was taken", size)
		}
	}
	if err := mmu.Default().Validate(); err != nil {
		t.Error(err)
	}
}

// TestDifferential compares with Go maps on random accesses of several processes, dense,
// sparse and at both ends of the address space.
func TestDifferential(t *testing.T) {
	type key struct {
		proc mem.ProcessID
		page mem.PageNo
	}
	type entry struct {
		frame  mem.PAddr
		ready  units.Time
		remote bool
	}
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 0))
		c := mmu.Config{PageSize: page, PageFault: units.Time(seed%3) * 1000, ChunkGrant: units.Time(seed%2) * 500, RMACLookup: 3}
		f := &frames{local: 2000 * page}
		m := newMMU(t, c, f, place.Alternate)
		model := make(map[key]entry)
		taken := make(map[mem.PAddr]key)
		var now units.Time
		for range 60_000 {
			now += units.Time(rng.IntN(20))
			proc := mem.ProcessID(rng.IntN(3) * 100)
			var a mem.VAddr
			switch rng.IntN(4) {
			case 0:
				a = mem.VAddr(rng.Uint64N(1 << 22)) // dense
			case 1:
				a = mem.VAddr(0x7fff_0000_0000 + rng.Uint64N(1<<24))
			case 2:
				a = mem.VAddr(rng.Uint64N(1<<12) << 30) // sparse
			case 3:
				a = ^mem.VAddr(rng.Uint64N(1 << 16)) // the end
			}
			k := key{proc, a.Page(page)}
			got := touch(t, m, f, now, proc, a)
			want, hit := model[k]
			if got.Fault == hit {
				t.Fatalf("seed %d: %+v: fault %v, known %v", seed, k, got.Fault, hit)
			}
			if !hit {
				want = entry{got.Addr - mem.PAddr(a.Offset(page)), got.Ready, got.Remote}
				if other, twice := taken[want.frame]; twice || want.frame%mem.PAddr(page) != 0 {
					t.Fatalf("seed %d: frame %#x for %+v and %+v", seed, want.frame, other, k)
				}
				if want.remote {
					want.ready -= c.RMACLookup
				}
				taken[want.frame], model[k] = k, want
			}
			ready := max(now, want.ready)
			if want.remote {
				ready += c.RMACLookup
			}
			if got.Addr != want.frame+mem.PAddr(a.Offset(page)) || got.Remote != want.remote || got.Ready != ready {
				t.Fatalf("seed %d: at %v: got %+v, want %+v", seed, now, got, want)
			}
		}
		s := m.Stats()
		if s.Faults != uint64(len(model)) || s.LocalPages+s.RemotePages != s.Faults || s.LocalPages*uint64(page) != uint64(f.localUsed) || s.RemotePages*uint64(page) != uint64(f.usedOfAll) {
			t.Errorf("seed %d: %+v for %d pages", seed, s, len(model))
		}
		if d := s.Sub(s); d != (mmu.Stats{}) {
			t.Errorf("got %+v, want zero", d)
		}
	}
}

// TestProcesses: the same address of two processes is two pages; page sizes other than
// the default work.
func TestProcesses(t *testing.T) {
	f := &frames{local: 8 * page}
	m := newMMU(t, mmu.Default(), f, place.LocalFirst)
	a, b := touch(t, m, f, 0, 0, 0x1234), touch(t, m, f, 0, 65535, 0x1234)
	if a.Addr == b.Addr || !a.Fault || !b.Fault {
		t.Errorf("got %+v and %+v", a, b)
	}
	if again := touch(t, m, f, 0, 0, 0x1234); again.Addr != a.Addr || again.Fault {
		t.Errorf("got %+v, want %+v", again, a)
	}
	big := mmu.Config{PageSize: 64 * units.KiB}
	m = newMMU(t, big, &frames{local: 64 * page}, place.LocalFirst)
	if x, err := m.Translate(0, 0, 0x2fff8); err != nil || x.Addr != 0xfff8 {
		t.Errorf("got %+v, %v", x, err)
	}
}

func TestHitAllocatesNothing(t *testing.T) {
	f := &frames{local: 500 * page}
	m := newMMU(t, mmu.Default(), f, place.Alternate)
	for i := range 1000 {
		touch(t, m, f, 0, 0, mem.VAddr(i)<<14)
	}
	i := 0
	if n := testing.AllocsPerRun(5000, func() {
		i = (i + 7) % 1000
		if tr, err := m.Translate(9, 0, mem.VAddr(i)<<14); err != nil || tr.Fault {
			t.Fatal(tr, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per hit", n)
	}
}
