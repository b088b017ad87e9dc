package experiment

import (
	"context"
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// tinyDesigns makes runs of few accesses a node, and so little local memory that it is used
// up.
func tinyDesigns(t *testing.T) Options {
	o := tinyRack(t)
	o.change = func(c *dmem.Config) {
		for i := range c.Workloads {
			p := *c.Workloads[i].Program
			p.Fills = 400
			c.Workloads[i].Program = &p
		}
		c.LocalMemory /= tinyLocal
		c.Replay.Stagger = 2 * units.Microsecond
		c.Window = units.Microsecond
	}
	return o
}

const tinyLocal = 64

func TestDesigns(t *testing.T) {
	o := tinyDesigns(t)
	experiments := map[string]func(context.Context, Options) ([]Design, error){"pools": PoolNumbers, "ratio": NodesPerPool, "local": LocalSizes, "chunk": ChunkSizes}
	if testing.Short() {
		delete(experiments, "pools")
		delete(experiments, "ratio")
	}
	for name, f := range experiments {
		all, err := f(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if rows := DesignTable(name, all).Rows; len(rows) != len(all) {
			t.Errorf("%s: %d rows of %d designs", name, len(rows), len(all))
		}
		for i := range all {
			checkDesign(t, name, &all[i])
		}
		switch name {
		case "local": // more local memory, never less of the accesses local, with one placement
			for i := 1; i < len(all); i++ {
				if a, b := &all[i-1], &all[i]; a.Pair.Placement.Name == b.Pair.Placement.Name && b.RemotePercent() > a.RemotePercent() {
					t.Errorf("%v local: %v %% remote, with %v %v %%", b.Local, b.RemotePercent(), a.Local, a.RemotePercent())
				}
			}
		case "chunk": // larger chunks, never more of them and never less stranded
			for i := 1; i < len(all); i++ {
				a, b := &all[i-1], &all[i]
				if a.Pair.Pool.Name != b.Pair.Pool.Name {
					continue
				}
				as, _ := a.Stranded()
				bs, _ := b.Stranded()
				if b.Entries() > a.Entries() || bs < as {
					t.Errorf("chunks of %v: %d entries, %v stranded, of %v: %d, %v", b.Chunk, b.Entries(), bs, a.Chunk, a.Entries(), as)
				}
			}
		}
	}
}

// checkDesign holds what a run measured against its design.
func checkDesign(t *testing.T, name string, d *Design) {
	t.Helper()
	c, r := &d.Result.Config, d.Result
	if c.Nodes != d.Nodes || c.Pools != d.Pools || c.Chunk*DesignDivisor != d.Chunk || c.LocalMemory*tinyLocal*DesignDivisor != d.Local || c.MMU.PageSize != 256 || c.Replay.Stretch != d.Stretch {
		t.Fatalf("%s: %+v was run as %+v", name, d, c)
	}
	if d.Chunk == 64*units.KiB { // a page: none is left over
		if b, share := d.Stranded(); b != 0 || share != 0 {
			t.Errorf("%s: chunks of a page strand %v, %v %%", name, b, share)
		}
	}
	if b, _ := d.Stranded(); b >= d.Chunk { // a node has one chunk that is not full
		t.Errorf("%s: %v stranded a node in chunks of %v", name, b, d.Chunk)
	}
	if d.Pools == 1 && d.ImbalancePercent() != 0 {
		t.Errorf("%s: one pool has an imbalance of %v %%", name, d.ImbalancePercent())
	}
	if least := r.Active.Total.Remote.All().MinNs(); least < d.Lookup.Nanoseconds() {
		t.Errorf("%s: a remote access takes %v ns, its look-up %v", name, least, d.Lookup)
	}
	if v := d.DemandGBs(); !(v > 0 || d.Local >= units.GiB) || math.IsInf(v, 0) {
		t.Errorf("%s: a demand of %v", name, v)
	}
}

// TestLookupAdds: a look-up is added to each remote access and to nothing else, as long as
// nothing waits.
func TestLookupAdds(t *testing.T) {
	o := tinyDesigns(t)
	d := paperDesign(TableII(), 4, 2, 50)
	d.Pair.Pool = pool.RoundRobin
	later := d
	later.Lookup = 30 * units.Nanosecond
	all, err := runDesigns(t.Context(), o, "look-up", []Design{d, later})
	if err != nil {
		t.Fatal(err)
	}
	a, b := &all[0].Result.Total, &all[1].Result.Total
	if a.Local.All().Ns() != b.Local.All().Ns() {
		t.Errorf("local accesses take %v and %v", a.Local.All().Ns(), b.Local.All().Ns())
	}
	if more := b.Remote.All().Ns() - a.Remote.All().Ns(); math.Abs(more-30) > 1 {
		t.Errorf("remote accesses take %v ns more, want about 30", more)
	}
}

// TestMappingTable compares with numbers worked out by hand: the largest program has 3.2 GB
// (3 051 MiB and a bit), 256 MiB of it are local.
func TestMappingTable(t *testing.T) {
	for _, want := range []struct {
		chunk             units.Bytes
		entries           int
		manager           units.Bytes
		indexed, searched float64 // cycles of 1.2 GHz: 4 up to 32 KiB, 12 up to 256 KiB, 41 above
	}{
		{64 * units.KiB, 44733, 24 * units.MiB, 41, 16 * 41},
		{units.MiB, 2796, 1536 * units.KiB, 4, 12 * 4},
		{4 * units.MiB, 699, 384 * units.KiB, 4, 10 * 4},
		{64 * units.MiB, 44, 24 * units.KiB, 4, 6 * 4},
	} {
		got := NewMappingTable(want.chunk)
		if got.Entries != want.entries || got.Size != 8*units.Bytes(want.entries) || got.Manager != want.manager {
			t.Errorf("chunks of %v: got %+v, want %+v", want.chunk, got, want)
		}
		cycle := 1 / 1.2
		if math.Abs(got.Indexed.Nanoseconds()-want.indexed*cycle) > 0.01 || math.Abs(got.Searched.Nanoseconds()-want.searched*cycle) > 0.1 {
			t.Errorf("chunks of %v: look-ups of %v and %v, want %v and %v cycles", want.chunk, got.Indexed, got.Searched, want.indexed, want.searched)
		}
	}
	if n := len(MappingTables().Rows); n != 6 {
		t.Errorf("%d rows", n)
	}
}

func TestDesignOfUnknownScale(t *testing.T) {
	if _, err := PoolNumbers(t.Context(), Options{Scale: "tiny"}); err == nil {
		t.Error("an unknown scale has no error")
	}
	if _, err := Slowdowns(t.Context(), Options{Scale: "3"}, 1); err == nil {
		t.Error("an unknown scale has no error")
	}
}
