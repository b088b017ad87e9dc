package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// dmemCommand runs the command in this process.
func dmemCommand(args ...string) (code int, stdout, stderr string) {
	return dmemCommandWith(context.Background(), args...)
}

func dmemCommandWith(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = dispatch(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// mustRun returns the report of "dmem run ARGS -json -".
func mustRun(t *testing.T, args ...string) *dmem.Report {
	t.Helper()
	code, stdout, stderr := dmemCommand(append([]string{"run", "-json", "-"}, args...)...)
	if code != 0 || stderr != "" {
		t.Fatalf("dmem run %v: exit code %d, stderr %q", args, code, stderr)
	}
	var r dmem.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("dmem run %v: stdout is no JSON: %v", args, err)
	}
	return &r
}

// unlessGiven returns those of the pairs of a flag and its value of which args have none, and
// then args.
func unlessGiven(args []string, pairs ...string) []string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if !slices.Contains(args, pairs[i]) {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return append(out, args...)
}

const (
	goldenRacks = "../../testdata/rack"
	csvHeader   = "cycle,hexaddr,rw,thread\n"
)

// writeFile returns the path of a new file.
func writeFile(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// The command meets the results of the peer simulator: counts exactly, local means within
// 0.1 ns, remote, request and response means within 1 %.
func TestRunGolden(t *testing.T) {
	for _, name := range []string{"8n2p_alternate_roundrobin_low", "8n2p_alternate_roundrobin_medium"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(goldenRacks, name)
			text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct { // the names are the same
				Local  dmem.LatencyReport
				Remote dmem.RemoteReport
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			got := mustRun(t, "-preset", "dracksim", "-trace", dir)
			if got.Local.Accesses != want.Local.Accesses || got.Remote.Accesses != want.Remote.Accesses {
				t.Errorf("%d local and %d remote accesses, want %d and %d", got.Local.Accesses, got.Remote.Accesses, want.Local.Accesses, want.Remote.Accesses)
			}
			for _, m := range []struct {
				what                 string
				got, want, tolerance dmem.Number
			}{
				{"local", got.Local.MeanNs, want.Local.MeanNs, 0.1},
				{"local reads", got.Local.ReadMeanNs, want.Local.ReadMeanNs, 0.1},
				{"local writes", got.Local.WriteMeanNs, want.Local.WriteMeanNs, 0.1},
				{"remote", got.Remote.MeanNs, want.Remote.MeanNs, 0.01 * want.Remote.MeanNs},
				{"request", got.Remote.RequestMeanNs, want.Remote.RequestMeanNs, 0.01 * want.Remote.RequestMeanNs},
				{"response", got.Remote.ResponseMeanNs, want.Remote.ResponseMeanNs, 0.01 * want.Remote.ResponseMeanNs},
			} {
				if !(math.Abs(float64(m.got-m.want)) <= float64(m.tolerance)) || m.want == 0 {
					t.Errorf("%s: mean %v ns, want %v within %v", m.what, m.got, m.want, m.tolerance)
				}
			}
			if len(got.Groups) != 8 || got.Groups["node03"].Overall.Accesses == 0 || len(got.Nodes) != 8 {
				t.Errorf("%d groups, %d nodes; want 8 and 8", len(got.Groups), len(got.Nodes))
			}
		})
	}
}

// Two runs with one seed write the same bytes, whatever the number of processors; another
// seed writes others.
func TestRunIdentical(t *testing.T) {
	text := func(args ...string) string {
		r := mustRun(t, args...)
		nan := dmem.Number(math.NaN())
		if !(r.WallSeconds > 0 && r.LoadSeconds > 0 && r.AccessesPerSecond > 0) {
			t.Errorf("timings %v, %v, %v; want positive ones", r.WallSeconds, r.LoadSeconds, r.AccessesPerSecond)
		}
		r.WallSeconds, r.LoadSeconds, r.AccessesPerSecond = nan, nan, nan
		var b strings.Builder
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	args := []string{"-limit", "3000", "-seed", "7", "-loop", "closed"}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := text(args...)
	if one != text(args...) {
		t.Error("two runs differ")
	}
	runtime.GOMAXPROCS(2)
	if one != text(args...) {
		t.Error("runs with GOMAXPROCS 1 and 2 differ")
	}
	args[3] = "8"
	if one == text(args...) {
		t.Error("another seed has the same result")
	}
}

// A flag overrides the preset, and a flag that is not given does not.
func TestRunFlags(t *testing.T) {
	a := writeFile(t, "a.csv", []byte(csvHeader+"0,40,R,0\n1200,80,R,1\n2400,1000,W,0\n"))
	b := writeFile(t, "b.csv.gz", zipped(t, csvHeader+"0,40,R,0\n"))
	value := func(r *dmem.Report, path string) any {
		var v any = r.Config
		for _, key := range strings.Split(path, ".") {
			v = v.(map[string]any)[key]
		}
		return v
	}
	for _, c := range []struct {
		args string
		want map[string]any
	}{
		{"-limit 10", map[string]any{"replay.limit": 10.0, "nodes": 8.0, "placement": "alternate", "replay.loop": "open"}},
		{"-preset=small -nodes 3 --pools 5 -limit 10", map[string]any{"nodes": 3.0, "pools": 5.0}},
		{"-placement all-remote -pool-policy smart-idle -limit 10", map[string]any{"placement": "all-remote", "pool_policy": "smart-idle"}},
		{"-local-memory 32MiB -chunk 4MiB -limit 10", map[string]any{"local_memory": "32MiB", "chunk": "4MiB"}},
		{"-write-backs on -stores write -offset none -limit 10", map[string]any{"replay.write_backs": true, "replay.stores": "write", "replay.offset": "none"}},
		{"-loop closed -outstanding 2 -stretch 0.5 -limit 10", map[string]any{"replay.loop": "closed", "replay.outstanding": 2.0, "replay.stretch": 0.5}},
		{"-warmup 1us -until 2us -seed 9", map[string]any{"replay.warmup": "1us", "replay.until": "2us", "seed": 9.0}},
		{"-preset dracksim -limit 10 -trace " + a, map[string]any{"nodes": 8.0, "replay.stores": "write", "replay.write_backs": true}},
	} {
		t.Run(c.args, func(t *testing.T) {
			r := mustRun(t, strings.Fields(c.args)...)
			for path, want := range c.want {
				if got := value(r, path); got != want {
					t.Errorf("%s: %v, want %v", path, got, want)
				}
			}
		})
	}

	r := mustRun(t, "-nodes", "3", "-write-backs", "on", "-trace", a, "-trace", b)
	if r.Groups["a"].Overall.Accesses != 6 || r.Groups["b"].Overall.Accesses != 1 || len(r.Groups) != 2 {
		t.Errorf("groups %v, want a with 6 accesses (nodes 0 and 2) and b with 1", r.Groups)
	}
	r = mustRun(t, "-nodes", "1", "-trace", a, "-trace-hz", "2.4GHz")
	for _, hz := range []string{"2400000000", "2.4e9"} {
		s := mustRun(t, "-nodes", "1", "-trace", a, "-trace-hz", hz)
		if s.SimulatedNs != r.SimulatedNs || s.Nodes[0].LastNs != 500 {
			t.Errorf("-trace-hz %s: the last access at %v ns, want 500", hz, s.Nodes[0].LastNs)
		}
	}
}

// A directory gives each node its file; -nodes can be more, and the summary says which are shared.
func TestRunDirectory(t *testing.T) {
	dir := filepath.Join(goldenRacks, "8n2p_alternate_roundrobin_low")
	if r := mustRun(t, "-preset", "paper", "-trace", dir, "-limit", "5"); len(r.Nodes) != 8 || r.Accesses != 40 {
		t.Errorf("%d nodes, %d accesses; want 8 and 40", len(r.Nodes), r.Accesses)
	}
	if r := mustRun(t, "-preset", "paper", "-nodes", "10", "-trace", dir, "-limit", "5"); len(r.Nodes) != 10 || r.Nodes[9].Group != "node02" {
		t.Errorf("%d nodes, the last replays %s; want 10 and node02", len(r.Nodes), r.Nodes[9].Group)
	}
	if out := succeed(t, "run", "-nodes", "10", "-trace", dir, "-limit", "5"); !strings.Contains(out, "node02 on 2 nodes, node03 on 1 node") {
		t.Errorf("%s\nwant what is shared", out)
	}
	if out := succeed(t, "run", "-trace", dir, "-limit", "5"); strings.Contains(out, "in turn") {
		t.Errorf("%s\nwant no word on sharing", out)
	}
}

// Without -json there is a readable table, with -json FILE there is a file and nothing else.
func TestRunOutput(t *testing.T) {
	code, stdout, stderr := dmemCommand("run", "-limit", "100", "-placement", "all-remote")
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"800 accesses of 8 nodes and 2 pools", "remote mean", "p99", "chase", "strided", "link out used", " - "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	path := filepath.Join(t.TempDir(), "r.json")
	code, stdout, stderr = dmemCommand("run", "-limit", "100", "-json", path)
	if code != 0 || stdout != "" || stderr != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q; want silence", code, stdout, stderr)
	}
	text, err := os.ReadFile(path)
	if err != nil || !json.Valid(text) {
		t.Errorf("%v; want a JSON file", err)
	}
	// What is no regular file is written directly.
	if code, _, stderr = dmemCommand("run", "-limit", "10", "-json", "/dev/null"); code != 0 {
		t.Errorf("-json /dev/null: exit code %d, %s", code, stderr)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Fatalf("/dev/null has been replaced: %v %v", info, err)
	}
}

// An interrupted run writes what it has, marked as partial, and fails.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log.csv")
	code, stdout, stderr := dmemCommandWith(ctx, "run", "-json", "-", "-log", log)
	if code == 0 || !strings.Contains(stderr, "interrupted") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	var r dmem.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || !r.Partial {
		t.Errorf("%v, partial %v; want a partial result", err, r.Partial)
	}
	if text, err := os.ReadFile(log); err != nil || !strings.HasPrefix(string(text), "node,pool,") {
		t.Errorf("log: %v, %q", err, text)
	}
	if _, stdout, _ = dmemCommandWith(ctx, "run"); !strings.Contains(stdout, "PARTIAL") {
		t.Errorf("the summary does not say that it is partial:\n%s", stdout)
	}
	if _, stdout, _ = dmemCommand("run", "-limit", "10", "-json", "-"); strings.Contains(stdout, "partial") {
		t.Error("a whole run speaks of partial")
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRunFewNodes: of a preset with more workloads than nodes the first ones run.
func TestRunFewNodes(t *testing.T) {
	want := dmem.Small().Workloads[:2]
	r := mustRun(t, "-nodes", "2", "-limit", "100")
	for _, w := range want {
		if _, ok := r.Groups[w.Name]; !ok || len(r.Groups) != len(want) {
			t.Errorf("%d groups, %s among them: %v; want %d", len(r.Groups), w.Name, ok, len(want))
		}
	}
}
