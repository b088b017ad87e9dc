package dmem

import (
	"errors"
	"fmt"
	"math"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/fabric"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/mmu"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Config describes a run: a rack, its policies, and what is replayed on it. The zero value
// is invalid; start from a preset ([Paper], [Small], [DRackSim]). It is a plain value: copy
// it, change fields, compare it.
type Config struct {
	Seed      uint64       `toml:"seed" comment:"decides everything that is drawn at random"`
	Nodes     int          `toml:"nodes" comment:"compute nodes; node i replays workload i modulo their number"`
	Pools     int          `toml:"pools" comment:"memory pools behind the switch"`
	Workloads []Workload   `toml:"workloads,omitempty" comment:"what is replayed: each entry a trace, a synthetic stream or a program"`
	Replay    Replay       `toml:"replay" comment:"how it is replayed"`
	Placement place.Policy `toml:"placement" comment:"where a new page goes: see dmem list placements"`
	Pool      pool.Policy  `toml:"pool_policy" comment:"which pool grants a chunk: see dmem list policies"`

	LocalMemory units.Bytes   `toml:"local_memory" comment:"local memory of a node"`
	PoolMemory  units.Bytes   `toml:"pool_memory" comment:"memory of a pool"`
	Chunk       units.Bytes   `toml:"chunk" comment:"what the global memory manager grants at once"`
	MMU         mmu.Config    `toml:"mmu" comment:"address translation"`
	Fabric      fabric.Config `toml:"fabric" comment:"the interconnect"`
	LocalDRAM   Memory        `toml:"local_dram" comment:"the memory of a node"`
	PoolDRAM    Memory        `toml:"pool_dram" comment:"the memory of a pool"`

	Window units.Time `toml:"window" comment:"length of a window of the time series"`
}

// Memory is a DRAM and how it is tied to the time of the rack. Its capacity follows from
// LocalMemory or PoolMemory, rounded up to a power of two MiB.
type Memory struct {
	Phase  units.Time  `toml:"phase" comment:"time of the memory clock's cycle 0"`
	Front  dram.Front  `toml:"front" comment:"how requests enter the controller: fifo (in order, waiting outside while it is full) or pend (always accepted)"`
	Device dram.Device `toml:"device" comment:"one DRAM device, the unit a rank is made of"`
	System dram.System `toml:"system" comment:"the memory controller"`
}

// Workload is what some of the nodes replay: a trace file, a synthetic stream, or the misses
// of a program. Of more workloads than nodes the last ones are replayed by none. All nodes of a workload form a group of the results.
type Workload struct {
	Name      string           `toml:"name" comment:"name of the group in the results"`
	Trace     string           `toml:"trace,omitempty" comment:"path of a trace file"`
	Clock     units.Clock      `toml:"clock,omitzero" comment:"clock of the stamps, instead of what the file says"`
	Synthetic *trace.Synthetic `toml:"synthetic,omitempty" comment:"a synthetic stream, instead of a trace; every node gets its own random numbers"`
	Program   *Program         `toml:"program,omitempty" comment:"a program, instead of a trace: its misses are generated once and stored"`
}

// Loop says whether latency feeds back on the issue of further accesses.
type Loop uint8

// The loops. See [Replay].
const (
	Open   Loop = iota // accesses issue at their stamps
	Closed             // a thread stalls when too many of its accesses are outstanding
)

// Stores says what a store's miss does at the memory.
type Stores uint8

// A store's miss reads its line (write-allocate); the authors' tool writes it.
const (
	StoresRead Stores = iota
	StoresWrite
)

// Offset says where in its trace a node begins.
type Offset uint8

// All nodes begin with the first record, or each at a record drawn from the seed, wrapping
// at the end so that every record is replayed once.
const (
	OffsetNone Offset = iota
	OffsetSeeded
)

// Replay says how traces are replayed.
//
// In the open loop a record issues at its stamp times Stretch. What the RMAC cannot take
// waits in the node's source queue; local accesses pass it. In the closed loop the stamps
// are compute time: each thread has at most Outstanding fills in flight and then stalls,
// and write-backs are posted until WriteBuffer of them are in flight.
//
// Each node starts at a time drawn uniformly from 0 to Stagger, which is added to its stamps
// after the stretch.
type Replay struct {
	Loop        Loop       `toml:"loop" comment:"open: accesses issue at their stamps; closed: a thread stalls when too many are outstanding"`
	Outstanding int        `toml:"outstanding" comment:"closed loop: fills in flight a thread"`
	WriteBuffer int        `toml:"write_buffer" comment:"closed loop: write-backs in flight a thread"`
	Stretch     float64    `toml:"stretch" comment:"factor on the stamps; below 1 the load rises"`
	WriteBacks  bool       `toml:"write_backs" comment:"replay write-backs too"`
	Stores      Stores     `toml:"stores" comment:"a store's miss: read (write-allocate) or write (as the authors' tool has it)"`
	Offset      Offset     `toml:"offset" comment:"none: all nodes begin with record 0; seeded: each at a record of its own"`
	Stagger     units.Time `toml:"stagger" comment:"each node starts at a time of its own before this one, drawn from the seed; 0s: all start at 0s"`
	Limit       uint64     `toml:"limit" comment:"accesses a node; 0: all"`
	Warmup      units.Time `toml:"warmup" comment:"accesses issued before are replayed but not counted"`
	Until       units.Time `toml:"until" comment:"nothing issues from here on; 0s: until the traces end"`
}

var (
	loopNames   = []string{"open", "closed"}
	storesNames = []string{"read", "write"}
	offsetNames = []string{"none", "seeded"}
)

// The String methods return the names used in files, and "Loop(3)" for what has none.
func (l Loop) String() string   { return nameOf(uint8(l), loopNames, "Loop") }
func (s Stores) String() string { return nameOf(uint8(s), storesNames, "Stores") }
func (o Offset) String() string { return nameOf(uint8(o), offsetNames, "Offset") }

// The MarshalText methods write the name used in files; a value without one is an error that
// lists the names.
func (l Loop) MarshalText() ([]byte, error)   { return textOf(uint8(l), loopNames, "loop") }
func (s Stores) MarshalText() ([]byte, error) { return textOf(uint8(s), storesNames, "stores") }
func (o Offset) MarshalText() ([]byte, error) { return textOf(uint8(o), offsetNames, "offset") }

// The UnmarshalText methods read the name used in files; any other text is an error that
// lists the names.
func (l *Loop) UnmarshalText(b []byte) error   { return oneOf((*uint8)(l), loopNames, "loop", b) }
func (s *Stores) UnmarshalText(b []byte) error { return oneOf((*uint8)(s), storesNames, "stores", b) }
func (o *Offset) UnmarshalText(b []byte) error { return oneOf((*uint8)(o), offsetNames, "offset", b) }

// MaxNodes is the largest number of nodes, and of pools.
const MaxNodes = math.MaxUint16

// Validate returns all faults of the configuration joined, each a [*units.FieldError]
// below "fabric.", "mmu." and so on, or nil. It opens no file.
func (c *Config) Validate() error {
	var errs []error
	fault := func(path string, got any, want string) {
		errs = append(errs, &units.FieldError{Path: path, Got: got, Want: want})
	}
	if c.Seed > math.MaxInt64 { // the largest integer that TOML holds
		fault("seed", c.Seed, fmt.Sprintf("0 to %d", int64(math.MaxInt64)))
	}
	if c.Nodes < 1 || c.Nodes > MaxNodes {
		fault("nodes", c.Nodes, fmt.Sprintf("1 to %d", MaxNodes))
	}
	if c.Pools < 1 || c.Pools > MaxNodes {
		fault("pools", c.Pools, fmt.Sprintf("1 to %d", MaxNodes))
	}
	if len(c.Workloads) == 0 {
		fault("workloads", "none", "at least one trace, synthetic stream or program")
	}
	for i, w := range c.Workloads {
		path := fmt.Sprintf("workloads[%d]", i)
		if w.Name == "" {
			fault(path+".name", `""`, "a name")
		}
		kinds := 0
		for _, is := range []bool{w.Trace != "", w.Synthetic != nil, w.Program != nil} {
			if is {
				kinds++
			}
		}
		if kinds != 1 {
			fault(path, w.Name, "one of a trace, a synthetic stream and a program")
		}
		if w.Clock != (units.Clock{}) && w.Trace == "" {
			fault(path+".clock", w.Clock, "none: it is for a trace")
		}
		if w.Synthetic != nil {
			if err := w.Synthetic.Validate(); err != nil {
				errs = append(errs, fmt.Errorf("%s.synthetic: %w", path, err))
			}
		}
		if w.Program != nil {
			errs = append(errs, within(path+".program.", w.Program.Validate()))
		}
	}
	errs = append(errs, c.Replay.validate())
	if c.Placement.New == nil {
		fault("placement", c.Placement.Name, "a placement policy")
	}
	if c.Pool.New == nil {
		fault("pool_policy", c.Pool.Name, "a pool policy")
	}
	if err := c.MMU.Validate(); err != nil {
		errs = append(errs, err)
	}
	if err := c.Fabric.Validate(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.sizes()...)
	errs = append(errs, c.memory("local", c.LocalMemory, &c.LocalDRAM), c.memory("pool", c.PoolMemory, &c.PoolDRAM))
	if c.Window < units.Microsecond {
		fault("window", c.Window, "1us or more")
	}
	return errors.Join(errs...)
}

// within puts a path before the fields that err, joined faults, complains of.
func within(path string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var errs []error
	for _, fault := range joined.Unwrap() {
		var field *units.FieldError
		if errors.As(fault, &field) {
			fault = &units.FieldError{Path: path + field.Path, Got: field.Got, Want: field.Want}
		}
		errs = append(errs, fault)
	}
	return errors.Join(errs...)
}

// sizes checks how page, chunk and memories fit into each other. A page size at fault is
// the memory management unit's to report.
func (c *Config) sizes() (errs []error) {
	page, limit := c.MMU.PageSize, 1024*units.TiB
	if page == 0 || page&(page-1) != 0 {
		return nil
	}
	if c.LocalMemory%page != 0 || c.LocalMemory > limit {
		errs = append(errs, &units.FieldError{Path: "local_memory", Got: c.LocalMemory, Want: fmt.Sprintf("a multiple of the page size (%v), at most %v", page, limit)})
	}
	if c.Chunk < page || c.Chunk&(c.Chunk-1) != 0 || c.Chunk > limit {
		return append(errs, &units.FieldError{Path: "chunk", Got: c.Chunk, Want: fmt.Sprintf("a power of two times the page size (%v), at most %v", page, limit)})
	}
	if c.PoolMemory%c.Chunk != 0 || c.PoolMemory > limit {
		errs = append(errs, &units.FieldError{Path: "pool_memory", Got: c.PoolMemory, Want: fmt.Sprintf("a multiple of the chunk (%v), at most %v", c.Chunk, limit)})
	}
	return errs
}

func (r *Replay) validate() error {
	var errs []error
	fault := func(path string, got any, want string) {
		errs = append(errs, &units.FieldError{Path: "replay." + path, Got: got, Want: want})
	}
	if r.Loop > Closed {
		fault("loop", r.Loop, "open or closed")
	}
	if r.Stores > StoresWrite {
		fault("stores", r.Stores, "read or write")
	}
	if r.Offset > OffsetSeeded {
		fault("offset", r.Offset, "none or seeded")
	}
	if r.Loop == Closed && (r.Outstanding < 1 || r.Outstanding > 1<<16) {
		fault("outstanding", r.Outstanding, "1 to 65536")
	}
	if r.Loop == Closed && (r.WriteBuffer < 1 || r.WriteBuffer > 1<<16) {
		fault("write_buffer", r.WriteBuffer, "1 to 65536")
	}
	if !(r.Stretch > 0 && r.Stretch <= 1e9) {
		fault("stretch", r.Stretch, "above 0, at most 1e9")
	}
	if r.Limit > math.MaxInt64 {
		fault("limit", r.Limit, fmt.Sprintf("0 (all) to %d", int64(math.MaxInt64)))
	}
	if r.Warmup < 0 {
		fault("warmup", r.Warmup, "0s or more")
	}
	if r.Stagger < 0 || r.Stagger > maxIssue {
		fault("stagger", r.Stagger, fmt.Sprintf("0s to %v", maxIssue))
	}
	if r.Warmup > maxIssue || r.Until > maxIssue {
		fault("warmup, until", fmt.Sprint(r.Warmup, ", ", r.Until), fmt.Sprintf("at most %v", maxIssue))
	}
	if r.Until < 0 || r.Until > 0 && r.Until <= r.Warmup {
		fault("until", r.Until, "0s (to the end) or a time after the warm-up")
	}
	return errors.Join(errs...)
}

// memory checks the memory called name and its DRAM.
func (c *Config) memory(name string, size units.Bytes, m *Memory) error {
	var errs []error
	if size == 0 && name == "pool" {
		errs = append(errs, &units.FieldError{Path: name + "_memory", Got: size, Want: "a memory: a device without one cannot serve"})
	}
	if m.Phase < 0 {
		errs = append(errs, &units.FieldError{Path: name + "_dram.phase", Got: m.Phase, Want: "0s or more"})
	}
	d := m.config(size)
	if err := d.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("%s_dram: %w", name, err))
	}
	return errors.Join(errs...)
}

// config returns the DRAM's configuration for a memory of the given size.
func (m *Memory) config(size units.Bytes) dram.Config {
	capacity := units.MiB
	for capacity < size && capacity < 1<<60 { // the rest is refused by Validate
		capacity *= 2
	}
	return dram.Config{Device: m.Device, System: m.System, Front: m.Front, Capacity: capacity}
}

// group returns the index of the workload that node id replays.
func (c *Config) group(id mem.NodeID) int { return int(id) % len(c.Workloads) }
