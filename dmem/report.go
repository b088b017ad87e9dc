package dmem

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"time"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Report is a result as it stands in a JSON file: plain numbers, times in nanoseconds (names
// end in _ns), utilisations from 0 to 1. Apart from the three timings, two runs with the same
// configuration have byte-identical reports.
type Report struct {
	Version   string         `json:"version"`           // of this module, "devel" if it is not known
	Simulator string         `json:"simulator"`         // [Fingerprint]
	Partial   bool           `json:"partial,omitempty"` // the run was stopped before its end
	Seed      uint64         `json:"seed"`
	Config    map[string]any `json:"config"` // with the keys of the TOML file

	Accesses          uint64 `json:"accesses"` // completed, warm-up included
	SimulatedNs       Number `json:"simulated_ns"`
	LoadSeconds       Number `json:"load_seconds"`        // to build the rack and open the traces
	WallSeconds       Number `json:"wall_seconds"`        // of the simulation only
	AccessesPerSecond Number `json:"accesses_per_second"` // by wall_seconds

	SampleReport
	Groups map[string]SampleReport `json:"groups"` // workloads of one name are one group
	Pools  []PoolReport            `json:"pools"`
	Nodes  []NodeReport            `json:"nodes"`
	Active ActiveReport            `json:"active"`
}

// Number is a quantity that may lack: NaN in Go, null in JSON.
type Number float64

// MarshalJSON implements [json.Marshaler].
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// SampleReport is a [Sample]. Latencies and their counts are those of the accesses issued
// after the warm-up; times, utilisations, chunks and row hits are those of the whole run.
type SampleReport struct {
	Local   LatencyReport `json:"local"`
	Remote  RemoteReport  `json:"remote"`
	Overall LatencyReport `json:"overall"`
}

// LatencyReport is a [Latency].
type LatencyReport struct {
	Accesses    uint64            `json:"accesses"`
	MeanNs      Number            `json:"mean_ns"`
	ReadMeanNs  Number            `json:"read_mean_ns"`
	WriteMeanNs Number            `json:"write_mean_ns"`
	P50Ns       Number            `json:"p50_ns"`
	P99Ns       Number            `json:"p99_ns"`
	MaxNs       Number            `json:"max_ns"`
	Over1000ns  uint64            `json:"over_1000ns"`    // accesses of 1000 ns or more
	StagesNs    map[string]Number `json:"stages_mean_ns"` // mean time in each [mem.Stage]; they sum to the mean
}

// RemoteReport adds what only remote accesses have: their way in three parts.
type RemoteReport struct {
	LatencyReport
	RequestMeanNs  Number `json:"request_mean_ns"`   // see [Sample.RequestMeanNs]
	PoolDRAMMeanNs Number `json:"pool_dram_mean_ns"` // see [Sample.PoolMeanNs]
	ResponseMeanNs Number `json:"response_mean_ns"`  // see [Sample.ResponseMeanNs]
}

// PoolReport is a [PoolResult].
type PoolReport struct {
	Accesses           uint64 `json:"accesses"`
	DRAMMeanNs         Number `json:"dram_mean_ns"`  // from the arrival at the pool to the end of the DRAM access
	QueueMeanNs        Number `json:"queue_mean_ns"` // the part of it before the memory controller took the request
	DRAMUtilization    Number `json:"dram_utilization"`
	LinkInUtilization  Number `json:"link_in_utilization"`
	LinkOutUtilization Number `json:"link_out_utilization"`
	RowHitRate         Number `json:"row_hit_rate"`
	Chunks             int    `json:"chunks"` // granted
	FreeBytes          uint64 `json:"free_bytes"`
}

// NodeReport is a [NodeResult].
type NodeReport struct {
	Group string `json:"group"`
	SampleReport
	Issued             uint64 `json:"issued"` // warm-up included
	FirstNs            Number `json:"first_ns"`
	LastNs             Number `json:"last_ns"`
	LocalPages         uint64 `json:"local_pages"`
	RemotePages        uint64 `json:"remote_pages"`
	LocalFullNs        Number `json:"local_full_ns"` // when its local memory was used up; null if it was not
	DRAMUtilization    Number `json:"dram_utilization"`
	LinkInUtilization  Number `json:"link_in_utilization"`
	LinkOutUtilization Number `json:"link_out_utilization"`
}

// ActiveReport is an [Active]; its utilisations are means over the pools.
type ActiveReport struct {
	FromNs Number `json:"from_ns"`
	ToNs   Number `json:"to_ns"` // null if the run was stopped before
	SampleReport
	DRAMUtilization    Number                  `json:"dram_utilization"`
	LinkInUtilization  Number                  `json:"link_in_utilization"`
	LinkOutUtilization Number                  `json:"link_out_utilization"`
	Groups             map[string]SampleReport `json:"groups"`
}

// Report returns the result in the form of a JSON file. Its timings are null; see
// [Report.SetTimes]. It returns an error if the configuration has no text form.
func (r *Result) Report() (*Report, error) {
	config, err := r.Config.keys()
	if err != nil {
		return nil, err
	}
	groups := make([]*Sample, len(r.Groups))
	active := make([]*Sample, len(r.Groups))
	for i := range r.Groups {
		groups[i], active[i] = &r.Groups[i].Sample, &r.Active.Groups[i]
	}
	lacking := Number(math.NaN())
	out := &Report{
		Version: Version(), Simulator: Fingerprint(), Seed: r.Config.Seed, Config: config,
		Accesses: r.Accesses, SimulatedNs: ns(r.Simulated),
		LoadSeconds: lacking, WallSeconds: lacking, AccessesPerSecond: lacking,
		SampleReport: reportSample(&r.Total),
		Groups:       r.reportGroups(groups),
		Active: ActiveReport{
			FromNs: ns(r.Active.From), ToNs: ns(r.Active.To), SampleReport: reportSample(&r.Active.Total),
			DRAMUtilization:    Number(r.Active.DRAMUtilization),
			LinkInUtilization:  Number(r.Active.LinkInUtilization),
			LinkOutUtilization: Number(r.Active.LinkOutUtilization),
			Groups:             r.reportGroups(active),
		},
	}
	if r.Active.To == units.Never || r.Active.To <= r.Active.From { // there was none, or it has not ended
		out.Active.FromNs, out.Active.ToNs = lacking, lacking
		out.Active.DRAMUtilization, out.Active.LinkInUtilization, out.Active.LinkOutUtilization = lacking, lacking, lacking
	}
	for i := range r.Pools {
		out.Pools = append(out.Pools, reportPool(&r.Pools[i]))
	}
	for i := range r.Nodes {
		out.Nodes = append(out.Nodes, r.reportNode(&r.Nodes[i]))
	}
	return out, nil
}

// SetTimes sets the timings: how long it took to load and to simulate.
func (r *Report) SetTimes(load, wall time.Duration) {
	r.LoadSeconds, r.WallSeconds = Number(load.Seconds()), Number(wall.Seconds())
	if wall > 0 {
		r.AccessesPerSecond = Number(float64(r.Accesses) / wall.Seconds())
	}
}

// reportGroups reports samples by workload; workloads of one name are merged.
func (r *Result) reportGroups(samples []*Sample) map[string]SampleReport {
	merged := map[string]*Sample{}
	for i, s := range samples {
		name := r.Groups[i].Name
		if merged[name] == nil {
			merged[name] = &Sample{}
		}
		merged[name].Merge(s)
	}
	out := make(map[string]SampleReport, len(merged))
	for name, s := range merged {
		out[name] = reportSample(s)
	}
	return out
}

func reportSample(s *Sample) SampleReport {
	var stages mem.Breakdown
	for i := range stages {
		stages[i] = s.LocalStages[i] + s.RemoteStages[i]
	}
	return SampleReport{
		Local: reportLatency(&s.Local, &s.LocalStages),
		Remote: RemoteReport{
			LatencyReport: reportLatency(&s.Remote, &s.RemoteStages),
			RequestMeanNs: Number(s.RequestMeanNs()), PoolDRAMMeanNs: Number(s.PoolMeanNs()), ResponseMeanNs: Number(s.ResponseMeanNs()),
		},
		Overall: reportLatency(s.Overall(), &stages),
	}
}

func reportLatency(l *Latency, stages *mem.Breakdown) LatencyReport {
	all := l.All()
	out := LatencyReport{
		Accesses: all.Count,
		MeanNs:   Number(all.Ns()), ReadMeanNs: Number(l.Read.Ns()), WriteMeanNs: Number(l.Write.Ns()),
		P50Ns: Number(all.QuantileNs(0.5)), P99Ns: Number(all.QuantileNs(0.99)), MaxNs: Number(all.MaxNs()),
		Over1000ns: all.Over1000ns(), StagesNs: make(map[string]Number, len(stages)),
	}
	for i, sum := range stages {
		mean := math.NaN()
		if all.Count > 0 {
			mean = sum.Nanoseconds() / float64(all.Count)
		}
		out.StagesNs[mem.Stage(i).String()] = Number(mean)
	}
	return out
}

func reportPool(p *PoolResult) PoolReport {
	all := p.Memory.All()
	return PoolReport{
		Accesses: all.Count, DRAMMeanNs: Number(all.Ns()), QueueMeanNs: Number(p.Queue.Ns()),
		DRAMUtilization: Number(p.DRAMUtilization), LinkInUtilization: Number(p.LinkInUtilization), LinkOutUtilization: Number(p.LinkOutUtilization),
		RowHitRate: Number(p.DRAM.RowHitRate()), Chunks: p.Chunks, FreeBytes: uint64(p.Free),
	}
}

func (r *Result) reportNode(n *NodeResult) NodeReport {
	out := NodeReport{
		Group: r.Groups[n.Group].Name, SampleReport: reportSample(&n.Sample),
		Issued: n.Issued, FirstNs: ns(n.First), LastNs: ns(n.Last),
		LocalPages: n.LocalPages, RemotePages: n.RemotePages, LocalFullNs: ns(n.LocalFullAt),
		DRAMUtilization: Number(n.DRAMUtilization), LinkInUtilization: Number(n.LinkInUtilization), LinkOutUtilization: Number(n.LinkOutUtilization),
	}
	if n.Issued == 0 {
		out.FirstNs, out.LastNs = Number(math.NaN()), Number(math.NaN())
	}
	return out
}

// ns returns a time in nanoseconds, NaN for [units.Never].
func ns(t units.Time) Number {
	if t == units.Never {
		return Number(math.NaN())
	}
	return Number(t.Nanoseconds())
}

// Version returns the version of this module in the program that runs, "devel" if it is not
// known.
func Version() string {
	const module = "github.com/dmemsys/dmemsys"
	found := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == module {
				found = m.Version
			}
		}
	}
	if found == "" || found == "(devel)" {
		return "devel"
	}
	return found
}

// WriteJSON writes the report, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("dmem: report: %w", err)
	}
	return nil
}
