package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"text/tabwriter"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const dramAbout = `
Dram simulates one memory by itself, described by DRAMSim2's files. The trace is CSV, plain or
gzip: a header "arrival,address,op", then one request a line, sorted by arrival (memory
cycles, or ticks of -cpu-hz), the address in hex, the op R or W. The output has one line for
each request: its latency in memory cycles, or with -cpu-hz the memory cycle in which it
completes.

Examples:
  dmem dram -device DDR3.ini -system system.ini -capacity 4096 -trace t.csv.gz
  dmem dram -device DDR3.ini -system system.ini -capacity 4096 -trace t.csv -front pend -o done.csv.gz -json -`

// dramFlags is the command line of dmem dram.
type dramFlags struct {
	device, system, trace string
	capacity              uint64 // MiB
	front                 dram.Front
	cpuClock              units.Clock
	out, json             string
}

func (f *dramFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.device, "device", "", "DRAMSim2's device `FILE`")
	fs.StringVar(&f.system, "system", "", "DRAMSim2's system `FILE`")
	fs.Uint64Var(&f.capacity, "capacity", 0, "capacity in `MIB`, a power of two")
	fs.StringVar(&f.trace, "trace", "", "the requests, a CSV `FILE`, plain or gzip")
	fs.TextVar(&f.front, "front", dram.FrontFIFO, "`fifo|pend`: requests enter in order and wait outside while the controller is full, or are always accepted")
	fs.Func("cpu-hz", "the arrivals are ticks of a clock of `N` hertz instead of memory cycles", func(s string) (err error) {
		f.cpuClock, err = parseHz(s)
		return err
	})
	fs.StringVar(&f.out, "o", "", "write each request's completion to a CSV `FILE`, compressed if its name ends in .gz or .zst; - for stdout")
	fs.StringVar(&f.json, "json", "", "write the summary as JSON to `FILE`, - for stdout")
}

// check returns an error if a flag is missing or two contradict each other.
func (f *dramFlags) check(fs *flag.FlagSet) error {
	for _, name := range []string{"device", "system", "capacity", "trace"} {
		given := false
		fs.Visit(func(g *flag.Flag) { given = given || g.Name == name })
		if !given {
			return usagef("-%s is missing", name)
		}
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	if f.capacity > math.MaxUint64/uint64(units.MiB) {
		return usagef("-capacity %d: want fewer MiB", f.capacity)
	}
	return checkFiles([]named{{"-device", f.device}, {"-system", f.system}, {"-trace", f.trace}}, []named{{"-o", f.out}, {"-json", f.json}})
}

// dramReport is the JSON file of dmem dram.
type dramReport struct {
	Version           string      `json:"version"`
	Simulator         string      `json:"simulator"` // hash of its source
	Requests          int         `json:"requests"`
	MeanCycles        dmem.Number `json:"mean_cycles"`
	P50Cycles         dmem.Number `json:"p50_cycles"`
	P99Cycles         dmem.Number `json:"p99_cycles"`
	MaxCycles         dmem.Number `json:"max_cycles"`
	LastCycle         dmem.Number `json:"last_cycle"` // of the last completion
	Bandwidth         dmem.Number `json:"bandwidth_bytes_per_second"`
	EnergyJoules      dmem.Number `json:"energy_joules"`
	PowerWatts        dmem.Number `json:"power_watts"`
	RowHitRate        dmem.Number `json:"row_hit_rate"`
	EngineSeconds     dmem.Number `json:"engine_seconds"`
	RequestsPerSecond dmem.Number `json:"requests_per_second"`
}

// dramCommand simulates one memory by itself.
func dramCommand(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var f dramFlags
	fs := flag.NewFlagSet("dram", flag.ContinueOnError)
	f.register(fs)
	if err := parseFlags(fs, args, "-device D.ini -system S.ini -capacity MIB -trace T.csv[.gz] [flags]", dramAbout, stdout); err != nil {
		return err
	}
	if err := f.check(fs); err != nil {
		return err
	}
	cfg, warnings, err := dram.ReadINI(f.device, f.system)
	for _, w := range warnings {
		fmt.Fprintf(stderr, "dmem dram: warning: %v\n", w)
	}
	if err != nil {
		return err
	}
	cfg.Capacity, cfg.Front, cfg.CPUClock = units.Bytes(f.capacity)*units.MiB, f.front, f.cpuClock
	reqs, err := readRequests(f.trace)
	if err != nil {
		return err
	}
	if n, first := beyond(reqs, cfg.Capacity); n > 0 {
		fmt.Fprintf(stderr, "dmem dram: warning: %s: %d of %d requests are at or beyond the capacity of %v, the first in line %d, address %x: address bits that the memory does not have are ignored\n",
			f.trace, n, len(reqs), cfg.Capacity, first+2, uint64(reqs[first].Addr))
	}
	start := time.Now()
	s, err := dram.Replay(cfg, reqs)
	engine := time.Since(start)
	if err != nil {
		return err
	}
	if f.out != "" {
		err := output(f.out, stdout, func(w io.Writer) error {
			return dram.WriteCompletions(w, cfg, reqs, s)
		})
		if err != nil {
			return err
		}
	}
	report := newDRAMReport(s, engine)
	switch {
	case f.json != "":
		return output(f.json, stdout, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(report)
		})
	case f.out != "-":
		return output("-", stdout, report.summarise)
	}
	return nil
}

// beyond returns how many requests are to addresses that a memory of that size does not have,
// and the index of the first.
func beyond(reqs []dram.Request, size units.Bytes) (n, first int) {
	for i := range reqs {
		if uint64(reqs[i].Addr) >= uint64(size) {
			if n == 0 {
				first = i
			}
			n++
		}
	}
	return n, first
}

func readRequests(path string) ([]dram.Request, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reqs, err := dram.ReadTrace(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return reqs, nil
}

func newDRAMReport(s *dram.Summary, engine time.Duration) *dramReport {
	cycles := func(n units.Cycles) dmem.Number {
		if s.Requests == 0 {
			return dmem.Number(math.NaN())
		}
		return dmem.Number(n)
	}
	r := &dramReport{
		Version: dmem.Version(), Simulator: dmem.Fingerprint(), Requests: s.Requests, MeanCycles: dmem.Number(s.MeanCycles),
		P50Cycles: cycles(s.P50Cycles), P99Cycles: cycles(s.P99Cycles), MaxCycles: cycles(s.MaxCycles), LastCycle: cycles(s.LastCycle),
		Bandwidth: dmem.Number(s.Bandwidth), EnergyJoules: dmem.Number(s.EnergyJ), PowerWatts: dmem.Number(s.PowerW), RowHitRate: dmem.Number(s.RowHitRate),
		EngineSeconds: dmem.Number(engine.Seconds()), RequestsPerSecond: dmem.Number(math.NaN()),
	}
	if engine > 0 {
		r.RequestsPerSecond = dmem.Number(float64(s.Requests) / engine.Seconds())
	}
	return r
}

// summarise writes the report for people.
func (r *dramReport) summarise(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(t, "%s\t%s\n", name, value) }
	cycles := func(v dmem.Number) string { return decimals(float64(v), 0) }
	row("requests", fmt.Sprint(r.Requests))
	row("latency in cycles", fmt.Sprintf("mean %s, p50 %s, p99 %s, max %s", decimals(float64(r.MeanCycles), 2), cycles(r.P50Cycles), cycles(r.P99Cycles), cycles(r.MaxCycles)))
	row("bandwidth", decimals(float64(r.Bandwidth)/1e9, 3)+" GB/s")
	row("row hits", percent(float64(r.RowHitRate)))
	row("energy", decimals(float64(r.EnergyJoules), 6)+" J, "+decimals(float64(r.PowerWatts), 3)+" W")
	row("simulated in", seconds(float64(r.EngineSeconds))+", "+decimals(float64(r.RequestsPerSecond), 0)+" requests/s")
	return t.Flush()
}
