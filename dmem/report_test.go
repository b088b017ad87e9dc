package dmem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
)

// quick returns the small preset with few accesses.
func quick() dmem.Config {
	c := dmem.Small()
	c.Replay.Limit = 2000
	return c
}

// reportOf returns the report of a run and its JSON.
func reportOf(t *testing.T, c dmem.Config) (*dmem.Report, []byte) {
	t.Helper()
	result, err := dmem.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := result.Report()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return r, b.Bytes()
}

// All that was issued is reported, in every division of it, and stages sum to means.
func TestReport(t *testing.T) {
	c := quick()
	r, text := reportOf(t, c)
	issued := uint64(c.Nodes) * c.Replay.Limit
	sum := func(samples map[string]dmem.SampleReport) (n uint64) {
		for _, s := range samples {
			n += s.Overall.Accesses
		}
		return n
	}
	var nodes, pools uint64
	for _, n := range r.Nodes {
		nodes += n.Local.Accesses + n.Remote.Accesses
	}
	for _, p := range r.Pools {
		pools += p.Accesses
	}
	for what, n := range map[string]uint64{"accesses": r.Accesses, "overall": r.Overall.Accesses, "groups": sum(r.Groups), "nodes": nodes, "local and pools": r.Local.Accesses + pools} {
		if n != issued {
			t.Errorf("%s: %d accesses, want %d", what, n, issued)
		}
	}
	if n := r.Active.Overall.Accesses; n == 0 || n > issued || n != sum(r.Active.Groups) {
		t.Errorf("active: %d accesses of %d, %d in groups", n, issued, sum(r.Active.Groups))
	}
	for _, l := range []*dmem.LatencyReport{&r.Local, &r.Remote.LatencyReport, &r.Overall} {
		stages := 0.0
		for _, v := range l.StagesNs {
			stages += float64(v)
		}
		if math.Abs(stages-float64(l.MeanNs)) > 1e-6 {
			t.Errorf("stages sum to %v ns, want the mean %v", stages, l.MeanNs)
		}
	}
	if parts := r.Remote.RequestMeanNs + r.Remote.PoolDRAMMeanNs + r.Remote.ResponseMeanNs; math.Abs(float64(parts-r.Remote.MeanNs)) > 1e-6 {
		t.Errorf("request, pool and response take %v ns, want %v", parts, r.Remote.MeanNs)
	}
	var back dmem.Report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := back.WriteJSON(&again); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(float64(back.WallSeconds)) || !bytes.Equal(again.Bytes(), text) {
		t.Error("a report differs when it is written, read and written again")
	}
	r.SetTimes(time.Second, 2*time.Second)
	if float64(r.AccessesPerSecond) != float64(issued)/2 || r.LoadSeconds != 1 {
		t.Errorf("%v accesses/s, loaded in %v s; want %v and 1", r.AccessesPerSecond, r.LoadSeconds, issued/2)
	}
}

// What has no samples is null, and the names of the issue stand in the file.
func TestReportNull(t *testing.T) {
	c := quick()
	c.Placement = place.AllRemote
	c.Replay.Stores = dmem.StoresRead
	_, text := reportOf(t, c)
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) (any, bool) {
		var v any = file
		for _, key := range path {
			object, ok := v.(map[string]any)
			if !ok {
				return nil, false
			}
			if v, ok = object[key]; !ok {
				return nil, false
			}
		}
		return v, true
	}
	for _, path := range [][]string{
		{"local", "mean_ns"}, {"local", "p99_ns"}, {"local", "max_ns"}, {"remote", "write_mean_ns"}, {"groups", "chase", "local", "read_mean_ns"},
		{"load_seconds"}, {"wall_seconds"}, {"accesses_per_second"},
	} {
		if v, ok := at(path...); !ok || v != nil {
			t.Errorf("%v: %v, want null", path, v)
		}
	}
	latency := []string{"accesses", "mean_ns", "read_mean_ns", "p50_ns", "p99_ns", "max_ns", "over_1000ns"}
	for _, object := range [][]string{{"remote"}, {"overall"}, {"groups", "stream", "remote"}, {"active", "remote"}} {
		for _, key := range latency {
			if v, ok := at(append(object, key)...); !ok || v == nil {
				t.Errorf("%v: no %s", object, key)
			}
		}
	}
	for _, path := range [][]string{
		{"accesses"}, {"simulated_ns"}, {"seed"}, {"version"}, {"config", "fabric", "rmac", "delay"}, {"config", "pool_policy"},
		{"remote", "pool_dram_mean_ns"}, {"remote", "request_mean_ns"}, {"remote", "response_mean_ns"}, {"groups", "chase", "remote", "request_mean_ns"},
	} {
		if v, ok := at(path...); !ok || v == nil {
			t.Errorf("no %v", path)
		}
	}
	if _, ok := at("partial"); ok {
		t.Error("partial in the file of a whole run")
	}
	pools, _ := file["pools"].([]any)
	if len(pools) != c.Pools {
		t.Fatalf("%d pools, want %d", len(pools), c.Pools)
	}
	for _, key := range []string{"accesses", "dram_mean_ns", "dram_utilization", "link_in_utilization", "link_out_utilization"} {
		if v, ok := pools[0].(map[string]any)[key]; !ok || v == nil {
			t.Errorf("pools: no %s", key)
		}
	}
}

// Workloads of one name are one group.
func TestReportSharedName(t *testing.T) {
	c := quick()
	for i := range c.Workloads {
		c.Workloads[i].Name = "same"
	}
	r, _ := reportOf(t, c)
	group, err1 := json.Marshal(r.Groups["same"])
	whole, err2 := json.Marshal(r.SampleReport)
	if len(r.Groups) != 1 || err1 != nil || err2 != nil || !bytes.Equal(group, whole) {
		t.Errorf("%d groups, the first %s, want one that equals the whole, %s", len(r.Groups), group, whole)
	}
}
