package dmem_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// peerRun is what DRackSim-Trace reported for a run; see testdata/rack/README.md.
type peerRun struct {
	Nodes  int
	Pools  int
	Local  peerLatency
	Remote struct {
		peerLatency
		PoolDRAMMeanNs float64 `json:"pool_dram_mean_ns"`
		RequestMeanNs  float64 `json:"request_mean_ns"`
		ResponseMeanNs float64 `json:"response_mean_ns"`
	}
	ByPool []struct {
		Accesses   uint64
		DRAMMeanNs float64 `json:"dram_mean_ns"`
	} `json:"by_pool"`
}

type peerLatency struct {
	Accesses    uint64
	MeanNs      float64 `json:"mean_ns"`
	ReadMeanNs  float64 `json:"read_mean_ns"`
	WriteMeanNs float64 `json:"write_mean_ns"`
}

// TestAgainstDRackSim holds the simulator to the peer's results: local means within 0.1 ns,
// remote, request and response means within 1 %, counts exactly.
func TestAgainstDRackSim(t *testing.T) {
	for _, name := range []string{"8n2p_alternate_roundrobin_low", "8n2p_alternate_roundrobin_medium"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", "rack", name)
			b, err := os.ReadFile(filepath.Join(dir, "meta.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want peerRun
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			files, err := trace.Directory(dir)
			if err != nil {
				t.Fatal(err)
			}
			c := dmem.DRackSim()
			c.Nodes, c.Pools = want.Nodes, want.Pools
			for _, f := range files {
				c.Workloads = append(c.Workloads, dmem.Workload{Name: trace.Name(f), Trace: f})
			}
			got, err := dmem.Run(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			count := func(what string, got, want uint64) {
				if got != want {
					t.Errorf("%s: %d, want %d", what, got, want)
				}
			}
			mean := func(what string, got, want, tolerance float64) {
				if math.Abs(got-want) > tolerance || math.IsNaN(got) {
					t.Errorf("%s: %.3f ns, want %.2f within %.3f", what, got, want, tolerance)
				} else {
					t.Logf("%s: %.3f ns, peer %.2f", what, got, want)
				}
			}
			total := &got.Total
			count("local accesses", total.Local.Count(), want.Local.Accesses)
			count("remote accesses", total.Remote.Count(), want.Remote.Accesses)
			mean("local", total.Local.All().Ns(), want.Local.MeanNs, 0.1)
			mean("local reads", total.Local.Read.Ns(), want.Local.ReadMeanNs, 0.1)
			mean("local writes", total.Local.Write.Ns(), want.Local.WriteMeanNs, 0.1)
			for _, m := range []struct {
				what      string
				got, want float64
			}{
				{"remote", total.Remote.All().Ns(), want.Remote.MeanNs},
				{"remote reads", total.Remote.Read.Ns(), want.Remote.ReadMeanNs},
				{"remote writes", total.Remote.Write.Ns(), want.Remote.WriteMeanNs},
				{"request", total.RequestMeanNs(), want.Remote.RequestMeanNs},
				{"pool DRAM", total.PoolMeanNs(), want.Remote.PoolDRAMMeanNs},
				{"response", total.ResponseMeanNs(), want.Remote.ResponseMeanNs},
			} {
				mean(m.what, m.got, m.want, 0.01*m.want)
			}
			for i, p := range want.ByPool {
				count("accesses of a pool", got.Pools[i].Memory.Count(), p.Accesses)
				mean("DRAM of a pool", got.Pools[i].Memory.All().Ns(), p.DRAMMeanNs, 0.01*p.DRAMMeanNs)
			}
		})
	}
}
