package dmem

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

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
	result  *Result
	collect *collector
	ended   bool // a node has issued its last access
	used    bool
}

// New validates the configuration, opens the traces and builds the rack. The caller closes
// it.
func New(c Config, p Probe) (*Rack, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("dmem: invalid configuration:\n%w", err)
	}
	r := &Rack{
		config: c, probe: p, window: c.Fabric.Lookahead(),
		nodes: make([]node, c.Nodes), pools: make([]poolSide, c.Pools),
		traffic: make([]manager.PoolTraffic, c.Pools),
		result:  &Result{Config: c, Nodes: make([]NodeResult, c.Nodes), Pools: make([]PoolResult, c.Pools), Groups: make([]GroupResult, len(c.Workloads))},
	}
	r.result.Active.To = units.Never
	if err := r.build(); err != nil {
		r.Close()
		return nil, err
	}
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
	n.idle = n.issuer.next()
	if n.idle != units.Never {
		r.result.Active.From = max(r.result.Active.From, n.idle)
	} else {
		r.ended = true
	}
	res := &r.result.Nodes[id]
	res.ID, res.Group = id, c.group(id)
	return nil
}

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
	}
	r.finish()
	return r.result, err
}

// simulate drives nodes and pools through windows of simulated time. What a pool does in a
// window reaches no node in the same window, so all nodes go first and then all pools.
func (r *Rack) simulate(ctx context.Context) error {
	const windowsPerCheck = 4096
	reached := units.Time(0)
	for windows := 0; ; windows++ {
		if windows%windowsPerCheck == 0 {
			if err := r.check(ctx); err != nil {
				return err
			}
		}
		next := units.Never
		for i := range r.nodes {
			next = min(next, r.nodes[i].next())
		}
		for i := range r.pools {
			next = min(next, r.pools[i].next())
		}
		if next == units.Never {
			return nil
		}
		if err := r.rest(ctx, reached, next); err != nil {
			return err
		}
		until := next - next%r.window + r.window
		reached = until
		if err := r.runNodes(until); err != nil {
			return err
		}
		for i := range r.pools {
			if p := &r.pools[i]; p.next() < until {
				if err := p.run(until); err != nil {
					return fmt.Errorf("dmem: pool %d: %w", i, err)
				}
			}
		}
		r.activity()
		r.collect.passed(until - r.window)
		r.collect.take(r.nodes)
	}
}

// check tells the probe how far the run has come, and returns the error of a cancelled
// context.
func (r *Rack) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dmem: stopped at %v: %w", r.collect.last, err)
	}
	r.progress()
	return nil
}

// rest lets the DRAMs catch up over a long time in which nothing happens, in steps between
// which the run can be stopped: they refresh all the while.
func (r *Rack) rest(ctx context.Context, from, to units.Time) error {
	const step = 10 * units.Millisecond
	for t := from + step; t < to; t += step {
		if err := r.check(ctx); err != nil {
			return err
		}
		for i := range r.nodes {
			r.nodes[i].dram.catchUp(t)
		}
		for i := range r.pools {
			r.pools[i].dram.catchUp(t)
		}
	}
	return nil
}

// runNodes simulates all nodes up to until. A node that needs a chunk stops there, the
// others go on; then the grants are made in the order of time and node, each with the
// counters as of its time.
func (r *Rack) runNodes(until units.Time) error {
	var stalled *node
	for i := range r.nodes {
		n := &r.nodes[i]
		if n.next() >= until {
			continue
		}
		if err := n.run(until); err != nil {
			return fmt.Errorf("dmem: node %d: %w", i, err)
		}
		if n.stalled {
			stalled = n
		}
		r.ended = r.ended || n.issuer.ended()
	}
	for stalled != nil {
		for i := range r.nodes {
			if n := &r.nodes[i]; n.stalled && (n.now < stalled.now || n.now == stalled.now && n.id < stalled.id) {
				stalled = n
			}
		}
		if err := r.grant(stalled); err != nil {
			return err
		}
		if err := stalled.run(until); err != nil {
			return fmt.Errorf("dmem: node %d: %w", stalled.id, err)
		}
		r.ended = r.ended || stalled.issuer.ended()
		stalled = nil
		for i := range r.nodes {
			if r.nodes[i].stalled {
				stalled = &r.nodes[i]
				break
			}
		}
	}
	return nil
}

// grant has the manager give a chunk to the node that stopped for one.
func (r *Rack) grant(n *node) error {
	for i := range r.pools {
		p := &r.pools[i]
		r.traffic[i] = manager.PoolTraffic{Total: p.output.Entered(n.now), InFlight: p.inFlight, QueueDelay: p.wait}
	}
	if n.now > 0 {
		n.frames.SetRate(float64(n.remote) / float64(n.now) * float64(units.Microsecond))
	}
	g, err := r.manager.Grant(n.now, n.id, r.traffic)
	if err != nil {
		return fmt.Errorf("dmem: at %v: %w", n.now, err)
	}
	if f := r.probe.OnGrant; f != nil {
		f(&g)
	}
	return nil
}

// activity ends the interval in which all nodes are active when the first of them has
// issued its last access.
func (r *Rack) activity() {
	a := &r.result.Active
	if !r.ended || a.To != units.Never {
		return
	}
	for i := range r.nodes {
		if n := &r.nodes[i]; n.issuer.ended() {
			a.To = min(a.To, n.last+1)
		}
	}
	a.DRAMUtilization, a.LinkInUtilization, a.LinkOutUtilization = r.poolUtilization(a.To)
}

// boundActivity empties the interval in which all nodes were active if there was none.
func (r *Rack) boundActivity() {
	a := &r.result.Active
	idle := a.To <= a.From
	for i := range r.nodes {
		idle = idle || r.nodes[i].issued == 0
	}
	if idle {
		none := math.NaN()
		*a = Active{Groups: make([]Sample, len(a.Groups)), DRAMUtilization: none, LinkInUtilization: none, LinkOutUtilization: none}
	}
}

// poolUtilization returns the mean utilisation of the pools' data buses and links over the
// time from the start to end.
func (r *Rack) poolUtilization(end units.Time) (dram, in, out float64) {
	for i := range r.pools {
		p := &r.pools[i]
		dram += p.dram.utilization(end)
		in += share(p.output.Busy(end), end)
		out += share(p.egress.Busy(end), end)
	}
	n := float64(len(r.pools))
	return dram / n, in / n, out / n
}

// share returns busy as a share of whole, NaN if that is nothing.
func share(busy, whole units.Time) float64 {
	if whole <= 0 {
		return math.NaN()
	}
	return float64(busy) / float64(whole)
}

// progress tells the probe how far the run has come.
func (r *Rack) progress() {
	if f := r.probe.OnProgress; f != nil {
		f(Progress{Accesses: r.collect.all, Simulated: r.collect.last, Share: r.share()})
	}
}

// share returns which part of the run is done, as far as is known.
func (r *Rack) share() float64 {
	var sum float64
	for i := range r.nodes {
		sum += r.nodes[i].feed.share()
	}
	return sum / float64(len(r.nodes))
}

// finish completes the result.
func (r *Rack) finish() {
	end := r.collect.last
	r.result.Simulated, r.result.Accesses = end, r.collect.all
	r.collect.close()
	for i := range r.nodes {
		n, res := &r.nodes[i], &r.result.Nodes[i]
		pages := n.mmu.Stats()
		res.Issued, res.First, res.Last, res.LocalFullAt = n.issued, n.first, n.last, n.localFullAt
		res.LocalPages, res.RemotePages = pages.LocalPages, pages.RemotePages
		n.dram.advance(end)
		res.DRAM = n.dram.Stats()
		res.DRAMUtilization = n.dram.utilization(end)
		res.LinkOutUtilization = share(n.egress.Busy(end), end)
		res.LinkInUtilization = share(n.output.Busy(end), end)
		r.result.Groups[res.Group].Merge(&res.Sample)
	}
	for i := range r.result.Groups {
		r.result.Total.Merge(&r.result.Groups[i].Sample)
	}
	r.boundActivity()
	for i := range r.result.Active.Groups {
		r.result.Active.Total.Merge(&r.result.Active.Groups[i])
	}
	r.result.Grants = r.manager.Log()
	for i := range r.pools {
		p, res := &r.pools[i], &r.result.Pools[i]
		p.dram.advance(end)
		res.DRAM = p.dram.Stats()
		res.DRAMUtilization = p.dram.utilization(end)
		res.LinkInUtilization = share(p.output.Busy(end), end)
		res.LinkOutUtilization = share(p.egress.Busy(end), end)
		res.Arrivals = p.arrivals
		res.Free = r.manager.Free(p.id)
	}
	for _, g := range r.result.Grants {
		r.result.Pools[g.Pool].Chunks++
	}
}

// Run builds the rack and runs it: [New], [Rack.Run] and [Rack.Close] in one.
func Run(ctx context.Context, c Config) (*Result, error) {
	r, err := New(c, Probe{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Run(ctx)
}
