package dmem

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/manager"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Probe observes a run. Its functions may be nil; they are called one at a time, in an
// order that depends on the configuration only.
type Probe struct {
	OnComplete func(*Access)        // every access, warm-up included; valid during the call
	OnGrant    func(*manager.Grant) // every chunk grant; valid during the call
	OnProgress func(Progress)       // now and then
}

// Progress says how far a run has come.
type Progress struct {
	Accesses  uint64 // completed
	Simulated units.Time
	Share     float64 // of the whole run, 0 to 1, estimated; NaN if the traces' lengths are not known
}

// Rack is a rack ready to run, once.
type Rack struct {
	config  Config
	probe   Probe
	manager *manager.Manager
	nodes   []node
	pools   []poolSide
	traffic []manager.PoolTraffic
	window  units.Time // of the engine: the fabric's lookahead
	limits  limits     // of the present round
	active  activity
	blocks  []block
	rung    []atomic.Bool // by node, see block
	workers int

	sharedFrom int        // see the function; tests change it
	ahead      units.Time // windows that parts go ahead: the constant, but for tests
	result     *Result
	collect    *collector
	ended      bool // a node has issued its last access
	used       bool
}

// New validates the configuration, generates the misses of programs that are not stored yet
// ([Prepare], which can be stopped and shows progress), opens the traces and builds the
// rack. The caller closes it.
func New(c Config, p Probe) (*Rack, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("dmem: invalid configuration:\n%w", err)
	}
	if err := prepare(context.Background(), &c, nil); err != nil {
		return nil, err
	}
	r := &Rack{
		config: c, probe: p, window: c.Fabric.Lookahead(), workers: defaultWorkers(c.Nodes), sharedFrom: sharedFrom(c.Replay.Loop), ahead: windowsAhead,
		nodes: make([]node, c.Nodes), rung: make([]atomic.Bool, c.Nodes), pools: make([]poolSide, c.Pools),
		traffic: make([]manager.PoolTraffic, c.Pools),
		result:  &Result{Config: c, Nodes: make([]NodeResult, c.Nodes), Pools: make([]PoolResult, c.Pools), Groups: make([]GroupResult, len(c.Workloads))},
	}
	r.result.Active.To = units.Never
	if err := r.build(); err != nil {
		r.Close()
		return nil, err
	}
	r.active.pause = r.windowStart(r.result.Active.From)
	return r, nil
}

func (r *Rack) build() error {
	c := &r.config
	var err error
	if r.manager, err = newManager(c); err != nil {
		return err
	}
	toPools := make([]*fabric.Output, c.Pools)
	for i := range toPools {
		toPools[i] = fabric.NewOutput(&c.Fabric, c.Nodes)
	}
	toNodes := make([]*fabric.Output, c.Nodes)
	for i := range toNodes {
		toNodes[i] = fabric.NewOutput(&c.Fabric, c.Pools)
		toNodes[i].Ring(&r.rung[i])
	}
	known := counts{}
	for i := range r.nodes {
		if err := r.buildNode(mem.NodeID(i), toNodes[i], toPools, known); err != nil {
			return err
		}
	}
	for i := range r.pools {
		p := &r.pools[i]
		d, err := newMemory(&c.PoolDRAM, c.PoolMemory, c.Fabric.CreditReturn)
		if err != nil {
			return fmt.Errorf("dmem: pool %d: %w", i, err)
		}
		d.ReportAccepted(true)
		*p = poolSide{
			id: mem.PoolID(i), sizes: &c.Fabric.Sizes, nodes: r.nodes, dram: d, arrivals: stats.Counts{Step: c.Window},
			output: toPools[i], egress: fabric.NewEgress(&c.Fabric, i, toNodes), idle: units.Never,
		}
		r.result.Pools[i].ID = p.id
	}
	for i, w := range c.Workloads {
		r.result.Groups[i].Name = w.Name
	}
	r.collect = newCollector(c, r.result, &r.probe)
	return nil
}

// newManager returns the global memory manager of a configuration.
func newManager(c *Config) (*manager.Manager, error) {
	capacity := make([]units.Bytes, c.Pools)
	for i := range capacity {
		capacity[i] = c.PoolMemory
	}
	m, err := manager.New(manager.Config{
		Nodes: c.Nodes, LocalMemory: c.LocalMemory, Chunk: c.Chunk, PageSize: c.MMU.PageSize,
		PoolCapacity: capacity, Policy: c.Pool, Seed: mix(c.Seed, 0x9001),
	})
	if err != nil {
		return nil, fmt.Errorf("dmem: %w", err)
	}
	return m, nil
}

func (r *Rack) buildNode(id mem.NodeID, output *fabric.Output, toPools []*fabric.Output, known counts) error {
	c := &r.config
	frames := r.manager.Node(id)
	placer := c.Placement.New(place.Env{
		Node: id, NumNodes: c.Nodes, Rand: rand.New(rand.NewPCG(c.Seed, mix(0x91ace, uint64(id)))),
	})
	m, err := mmu.New(c.MMU, id, frames, placer)
	if err != nil {
		return fmt.Errorf("dmem: %w", err)
	}
	d, err := newMemory(&c.LocalDRAM, c.LocalMemory, units.Never/2)
	if err != nil {
		return fmt.Errorf("dmem: node %d: %w", id, err)
	}
	f, err := newFeed(c, id, known)
	if err != nil {
		return err
	}
	n := &r.nodes[id]
	*n = node{
		id: id, sizes: &c.Fabric.Sizes, stores: c.Replay.Stores == StoresWrite, feed: f, localFullAt: units.Never,
		mmu: m, frames: frames, dram: d, output: output, egress: fabric.NewEgress(&c.Fabric, int(id), toPools),
	}
	if c.Replay.Loop == Closed {
		n.issuer, err = newClosedLoop(f, c.Replay.Outstanding, c.Replay.WriteBuffer)
	} else {
		n.issuer, err = newOpenLoop(f)
	}
	if err != nil {
		return fmt.Errorf("dmem: node %d: %w", id, err)
	}
	n.idleIn, n.idleIssue, n.idleSend = units.Never, n.issuer.next(), units.Never
	if n.idleIssue != units.Never {
		r.result.Active.From = max(r.result.Active.From, n.idleIssue)
	} else {
		n.ended = true
		r.ends()
	}
	n.group = c.group(id)
	res := &r.result.Nodes[id]
	res.ID, res.Group = id, n.group
	return nil
}

// SetWorkers sets how many goroutines share the run, at least one. By default they are as
// many as GOMAXPROCS, but no more than one for eight nodes. The result does not depend on
// it. Runs side by side are best off with one each.
func (r *Rack) SetWorkers(n int) { r.workers = max(n, 1) }

// Workers returns how many goroutines share the run.
func (r *Rack) Workers() int { return r.workers }

// Close closes the traces.
func (r *Rack) Close() error {
	var first error
	for i := range r.nodes {
		if f := r.nodes[i].feed; f != nil {
			if err := f.close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// Run simulates until all traces have ended and all accesses are complete. On an error,
// ctx's among them, it returns the result so far with the error. Conservation of accesses,
// packets, pages and chunks is checked at the end. A rack runs once.
func (r *Rack) Run(ctx context.Context) (*Result, error) {
	if r.used {
		return nil, fmt.Errorf("dmem: this rack has run: build a new one")
	}
	r.used = true
	err := r.simulate(ctx)
	if err == nil {
		err = r.checkConservation()
	} else {
		r.collect.tell(r.nodes, units.Never)
		for i := range r.nodes {
			r.collect.take(0, &r.nodes[i], units.Never)
		}
	}
	r.finish()
	return r.result, err
}

// Run builds the rack and runs it: [Prepare], [New], [Rack.Run] and [Rack.Close] in one.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := Prepare(ctx, c, nil); err != nil {
		return nil, err
	}
	r, err := New(c, Probe{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Run(ctx)
}
