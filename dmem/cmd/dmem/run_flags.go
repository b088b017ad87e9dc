package main

import (
	"flag"
	"math"
	"os"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// runFlags is the command line of dmem run. Flags that change the configuration are kept as
// overrides, since only those that are given may change it.
type runFlags struct {
	preset, config string
	traces         paths
	traceClock     units.Clock
	overrides      []func(*dmem.Config)
	outstanding    bool // is given
	log            string
	logEvery       uint64
	json           string
}

func (f *runFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.preset, "preset", "", "start from `P`: "+strings.Join(presetNames(), ", ")+", scaled:S (default small, or none with -config)")
	fs.StringVar(&f.config, "config", "", "read a TOML `FILE`, complete as \"dmem config\" writes it; with -preset it is laid over the preset")
	fs.Var(&f.traces, "trace", "replay the trace at `PATH`, or a directory's node01, node02, ...; repeat it for several, at most as many as nodes. Node i replays trace i modulo their number; a directory sets -nodes")
	fs.Func("trace-hz", "frequency `F` of the traces' stamps instead of what the files say: 3.6GHz or 3600000000", func(s string) (err error) {
		f.traceClock, err = parseHz(s)
		return err
	})
	override(f, fs, "offset", "`none|seeded`: a node begins with the first record of its trace, or with one of its own", text[dmem.Offset],
		func(c *dmem.Config) *dmem.Offset { return &c.Replay.Offset })
	override(f, fs, "stagger", "a `time` such as 1ms: each node starts at a time of its own before it", text[units.Time],
		func(c *dmem.Config) *units.Time { return &c.Replay.Stagger })
	override(f, fs, "nodes", "`N` compute nodes; if the preset has more workloads, its first ones run", between(1, dmem.MaxNodes), func(c *dmem.Config) *int { return &c.Nodes })
	override(f, fs, "pools", "`N` memory pools", between(1, dmem.MaxNodes), func(c *dmem.Config) *int { return &c.Pools })
	override(f, fs, "placement", "placement policy `P`: "+strings.Join(place.Names(), ", "), text[place.Policy],
		func(c *dmem.Config) *place.Policy { return &c.Placement })
	override(f, fs, "pool-policy", "pool policy `P`: "+strings.Join(pool.Names(), ", "), text[pool.Policy],
		func(c *dmem.Config) *pool.Policy { return &c.Pool })
	override(f, fs, "local-memory", "local memory of a node, a `size` such as 16MiB", text[units.Bytes],
		func(c *dmem.Config) *units.Bytes { return &c.LocalMemory })
	override(f, fs, "chunk", "memory granted at once, a `size` such as 4MiB", text[units.Bytes],
		func(c *dmem.Config) *units.Bytes { return &c.Chunk })
	override(f, fs, "write-backs", "`on|off`: replay write-backs too", onOff,
		func(c *dmem.Config) *bool { return &c.Replay.WriteBacks })
	override(f, fs, "stores", "`read|write`: what a store's miss does at the memory; read is write-allocate", text[dmem.Stores],
		func(c *dmem.Config) *dmem.Stores { return &c.Replay.Stores })
	override(f, fs, "loop", "`open|closed`: accesses issue at their stamps, or a thread stalls when too many are outstanding", text[dmem.Loop],
		func(c *dmem.Config) *dmem.Loop { return &c.Replay.Loop })
	override(f, fs, "outstanding", "closed loop: `K` fills in flight a thread", between(1, 1<<16),
		func(c *dmem.Config) *int { return &c.Replay.Outstanding })
	override(f, fs, "stretch", "factor `X` on the stamps; below 1 the load rises", number,
		func(c *dmem.Config) *float64 { return &c.Replay.Stretch })
	override(f, fs, "limit", "replay `N` accesses a node, 0 for all", whole[uint64],
		func(c *dmem.Config) *uint64 { return &c.Replay.Limit })
	override(f, fs, "warmup", "a `time` such as 10us: accesses issued before are replayed but not counted", text[units.Time],
		func(c *dmem.Config) *units.Time { return &c.Replay.Warmup })
	override(f, fs, "until", "a `time` such as 1ms: nothing issues from then on, 0s for no end", text[units.Time],
		func(c *dmem.Config) *units.Time { return &c.Replay.Until })
	override(f, fs, "seed", "seed `N` of everything drawn at random", whole[uint64],
		func(c *dmem.Config) *uint64 { return &c.Seed })
	fs.StringVar(&f.log, "log", "", "write accesses with their stage times to a CSV `FILE`, compressed if its name ends in .gz or .zst")
	f.logEvery = 1
	fs.Func("log-every", "log every `N`th completed access (default 1)", func(s string) (err error) {
		f.logEvery, err = between[uint64](1, math.MaxInt64)(s)
		return err
	})
	fs.StringVar(&f.json, "json", "", "write the result as JSON to `FILE`, - for stdout, instead of a summary")
}

// override registers a flag that sets a field of the configuration if it is given.
func override[T any](f *runFlags, fs *flag.FlagSet, name, usage string, parse func(string) (T, error), field func(*dmem.Config) *T) {
	fs.Func(name, usage, func(s string) error {
		v, err := parse(s)
		if err == nil {
			f.outstanding = f.outstanding || name == "outstanding"
			f.overrides = append(f.overrides, func(c *dmem.Config) { *field(c) = v })
		}
		return err
	})
}

// build returns the configuration: preset, file, traces and overrides, in this order.
func (f *runFlags) build() (dmem.Config, error) {
	if f.log == "-" {
		return dmem.Config{}, usagef("-log -: the log needs a file of its own")
	}
	if f.log == "" && f.logEvery != 1 {
		return dmem.Config{}, usagef("-log-every %d: want -log with it", f.logEvery)
	}
	c, err := f.base()
	if err != nil {
		return c, err
	}
	if err := f.addTraces(&c); err != nil {
		return c, err
	}
	for _, set := range f.overrides {
		set(&c)
	}
	if len(c.Workloads) == 0 {
		return c, usagef("there is nothing to replay: give traces with -trace, or take a preset with workloads (small)")
	}
	if err := c.Validate(); err != nil {
		return c, &usageError{err: err}
	}
	if f.outstanding && c.Replay.Loop == dmem.Open {
		return c, usagef("-outstanding has no effect in the open loop: want -loop closed with it")
	}
	if n := len(c.Workloads); n > c.Nodes && f.config == "" && len(f.traces) == 0 { // the preset's
		c.Workloads = c.Workloads[:c.Nodes]
	} else if n > c.Nodes {
		return c, usagef("%d workloads on %d nodes: the last %d would be left out: want at most as many as nodes", n, c.Nodes, n-c.Nodes)
	}
	inputs := []named{{"-config", f.config}}
	for i := range c.Workloads {
		inputs = append(inputs, named{"the trace", c.Workloads[i].Trace})
	}
	return c, checkFiles(inputs, []named{{"-log", f.log}, {"-json", f.json}})
}

// base returns the configuration of the preset and the file.
func (f *runFlags) base() (dmem.Config, error) {
	var base *dmem.Config
	if f.preset != "" || f.config == "" {
		c, err := preset(f.preset)
		if err != nil {
			return c, err
		}
		base = &c
	}
	if f.config == "" {
		return *base, nil
	}
	return dmem.ReadConfig(f.config, base)
}

// addTraces makes the traces of the command line the workloads, if there are any. Those of a
// directory stand for a node each.
func (f *runFlags) addTraces(c *dmem.Config) error {
	var workloads []dmem.Workload
	perNode := false
	for _, path := range f.traces {
		if path == "" {
			return usagef("-trace \"\": want the path of a trace or of a folder of traces")
		}
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			perNode = true
			if files, err = trace.Directory(path); err != nil {
				return err
			}
		}
		for _, file := range files {
			workloads = append(workloads, dmem.Workload{Name: trace.Name(file), Trace: file})
		}
	}
	if len(workloads) > 0 {
		c.Workloads = workloads
	}
	if perNode {
		c.Nodes = len(workloads)
	}
	if !f.traceClock.Valid() {
		return nil
	}
	clocked := false
	for i := range c.Workloads {
		if w := &c.Workloads[i]; w.Trace != "" {
			w.Clock, clocked = f.traceClock, true
		}
	}
	if !clocked {
		return usagef("-trace-hz without a trace")
	}
	return nil
}

// preset returns the preset of that name, small for "", or the scaled one of "scaled:S".
func preset(name string) (dmem.Config, error) {
	if s, ok := strings.CutPrefix(name, "scaled:"); ok {
		n, err := whole[int](s)
		c := dmem.Scaled(n)
		if err != nil || c.Validate() != nil {
			return c, usagef("preset %q: want scaled:S, S one of 1, 4, 16, 64, 256", name)
		}
		return c, nil
	}
	if name == "" {
		name = "small"
	}
	for _, p := range dmem.Presets() {
		if p.Name == name {
			return p.New(), nil
		}
	}
	return dmem.Config{}, usagef("unknown preset %q: want %s", name, strings.Join(presetNames(), ", "))
}

func presetNames() []string {
	var names []string
	for _, p := range dmem.Presets() {
		names = append(names, p.Name)
	}
	return names
}
