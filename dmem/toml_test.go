package dmem_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// same reports whether two configurations are equal, policies by name.
func same(a, b dmem.Config) bool {
	names := a.Placement.Name == b.Placement.Name && a.Pool.Name == b.Pool.Name
	a.Placement, a.Pool = b.Placement, b.Pool
	a.Placement.New, a.Pool.New = nil, nil
	b.Placement.New, b.Pool.New = nil, nil
	return names && reflect.DeepEqual(a, b)
}

// writeTOML returns the path of the configuration's file, its text changed by edit.
func writeTOML(t *testing.T, c dmem.Config, edit func(string) string) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteTOML(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rack.toml")
	text := b.String()
	if edit != nil {
		text = edit(text)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A configuration read from its own file is the same, workloads or not.
func TestTOMLRoundTrip(t *testing.T) {
	for _, p := range dmem.Presets() {
		t.Run(p.Name, func(t *testing.T) {
			want := p.New()
			got, err := dmem.ReadConfig(writeTOML(t, want, nil), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !same(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
	odd := dmem.Small()
	odd.Workloads = append(odd.Workloads, dmem.Workload{Name: "a \"b\"", Trace: "x/y.csv", Clock: units.MustClock(3_600_000_001)})
	odd.Workloads = append(odd.Workloads, dmem.Workload{Name: "p", Program: &dmem.Program{Name: "chase", Divide: 32, Timing: dmem.TimingCompute, Fills: 7}})
	odd.Replay.Stretch = 0.1 + 0.2
	odd.Replay.Stagger = 9_999_999 * units.Nanosecond
	odd.Replay.Warmup = 12_345 * units.Picosecond
	odd.LocalDRAM.Device.Clock = units.Clock{}
	odd.LocalDRAM.Device.TCKNs = 0.9375
	odd.Seed = 1<<63 - 1
	got, err := dmem.ReadConfig(writeTOML(t, odd, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, odd) {
		t.Errorf("got %+v\nwant %+v", got, odd)
	}
}

// What cannot be read is an error that names file, line and key.
func TestTOMLFaults(t *testing.T) {
	replace := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("the file lacks %q", old)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	for _, c := range []struct {
		name string
		edit func(string) string
		want []string
	}{
		{"unknown key", replace("seed = 1", "seed = 1\nsead = 2"), []string{"rack.toml:3: ", "unknown key sead"}},
		{"two unknown keys", replace("[replay]", "[replay]\nlop = 'open'\nstrech = 1"), []string{"replay.lop", "replay.strech"}},
		{"number without unit", replace("chunk = '256KiB'", "chunk = 262144"), []string{"rack.toml:", "chunk", "unit", "MiB"}},
		{"numbers without unit, deeper", func(s string) string {
			return replace("footprint = '48MiB'", "footprint = 65536")(replace("delay = '20ns'", "delay = 20")(s))
		}, []string{"workloads[0].synthetic.footprint = 65536", "fabric.switch.delay = 20"}},
		{"number for a name", replace("loop = 'open'", "loop = 1"), []string{"replay.loop = 1"}},
		{"text without unit", replace("chunk = '256KiB'", "chunk = '262144'"), []string{"rack.toml:", "chunk", "unit", "MiB"}},
		{"unknown pool policy", replace("pool_policy = 'random'", "pool_policy = 'best'"), []string{"pool_policy", `"best"`, "round-robin", "smart-idle"}},
		{"unknown placement", replace("placement = 'alternate'", "placement = 'best'"), []string{"placement", `"best"`, "all-remote"}},
		{"syntax", replace("seed = 1", "seed ="), []string{"rack.toml:2"}},
		{"wrong type", replace("nodes = 8", "nodes = 'eight'"), []string{"rack.toml:", "nodes"}},
		{"missing keys", replace("seed = 1", ""), []string{"rack.toml", "missing keys: seed"}},
		{"a pool without memory", replace("pool_memory = '4GiB'", "pool_memory = '0B'"), []string{"rack.toml", "pool_memory = 0B", "a memory"}},
		{"all faults at once", func(s string) string {
			return replace("nodes = 8", "nodes = 0")(replace("stretch = 1.0", "stretch = 0.0")(replace("pools = 2", "pools = -1")(s)))
		}, []string{"nodes = 0", "pools = -1", "replay.stretch = 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := dmem.ReadConfig(writeTOML(t, dmem.Small(), c.edit), nil)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %q in it", err, want)
				}
			}
		})
	}
}

// A short file is laid over a base and leaves the rest of it alone.
func TestTOMLOverBase(t *testing.T) {
	path := writeTOML(t, dmem.Small(), func(string) string { return "nodes = 3\n[fabric.rmac]\ndelay = '11ns'\n" })
	base := dmem.Small()
	want := dmem.Small()
	want.Nodes, want.Fabric.RMAC.Delay = 3, 11*units.Nanosecond
	got, err := dmem.ReadConfig(path, &base)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, want) || !same(base, dmem.Small()) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	path = writeTOML(t, dmem.Small(), func(string) string { return "[[workloads]]\nname = 'a'\ntrace = 'a.csv'\n" })
	if got, err = dmem.ReadConfig(path, &base); err != nil || len(got.Workloads) != 1 || got.Workloads[0].Trace != "a.csv" {
		t.Errorf("workloads %+v, %v; want the file's", got.Workloads, err)
	}
}
