package trace_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

func TestDirectory(t *testing.T) {
	for _, c := range []struct {
		name  string
		files string
		want  string // of the files, or of the error
		is    error
	}{
		{"in order", "node02.trc.gz node01.trc.gz meta.json README.md", "node01.trc.gz node02.trc.gz", nil},
		{"numeric order", "node1 node2 node3 node4 node5 node6 node7 node8 node9 node10", "node1 node2 node3 node4 node5 node6 node7 node8 node9 node10", nil},
		{"from zero", "node0.csv node1.trc", "node0.csv node1.trc", nil},
		{"a gap", "node01.trc.gz node03.trc.gz", "missing node file node02.trc.gz", trace.ErrMissingNode},
		{"no first", "node02.csv", "missing node file node01.csv", trace.ErrMissingNode},
		{"empty", "", "found none of 0", trace.ErrMissingNode},
		{"no node", "a.csv nodes.csv node.csv nodex1.csv node1x.csv", "found none of 5", trace.ErrMissingNode},
		{"twice", "node01.csv node1.trc node02.csv", "want one file a node", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range strings.Fields(c.files) {
				if err := os.WriteFile(filepath.Join(dir, f), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			paths, err := trace.Directory(dir)
			if err != nil {
				if !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
					t.Errorf("got error %v, want %q", err, c.want)
				}
				return
			}
			for i := range paths {
				paths[i] = filepath.Base(paths[i])
			}
			if got := strings.Join(paths, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, err := trace.Directory("does-not-exist"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

// TestOutputFormat: a name says what is written to it, and refuses what would be read as
// something else.
func TestOutputFormat(t *testing.T) {
	for _, c := range []struct {
		name string
		to   trace.Format
		want trace.Format
		err  string
		is   error
	}{
		{name: "-", want: trace.Binary},
		{name: "/dev/stdout", want: trace.Binary},
		{name: "some.dir/out", want: trace.Binary},
		{name: "out.gz", want: trace.Binary},
		{name: "out.dmt", want: trace.Binary},
		{name: "out.csv.gz", want: trace.CSV},
		{name: "OUT.CSV.ZST", want: trace.CSV},
		{name: "out.trc", want: trace.DRackSim},
		{name: "out.stl", want: trace.DRAMSys},
		{name: "out.rstl.zst", want: trace.DRAMSysRelative},
		{name: "out.foo", err: ".foo: want .dmt (binary), .csv (csv), .trc (dracksim), .stl (dramsys), .rstl (dramsys-relative), or the format told, one of binary, csv", is: trace.ErrFormat},
		{name: "out.champsimtrace", err: "champsim is not written: want binary, csv", is: trace.ErrFormat},
		{name: "out.foo", to: trace.CSV, want: trace.CSV},
		{name: "out.dmt", to: trace.CSV, want: trace.CSV},
		{name: "out.trc", to: trace.DRAMsim3, want: trace.DRAMsim3},
		{name: "out.txt", to: trace.DRAMSysRelative, want: trace.DRAMSysRelative},
		{name: "out.dmt", to: trace.Lackey, err: "lackey is not written", is: trace.ErrFormat},
		{name: "out.rstl", to: trace.DRAMSys, err: "read as dramsys-relative, for which dramsys would be taken", is: trace.ErrOption},
		{name: "out.stl", to: trace.DRAMSysRelative, err: "read as dramsys,", is: trace.ErrOption},
	} {
		got, err := trace.OutputFormat(c.name, c.to)
		if c.is == nil && (err != nil || got != c.want) {
			t.Errorf("%s, %v: %v, %v; want %v", c.name, c.to, got, err, c.want)
		} else if !errors.Is(err, c.is) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s, %v: %v; want %q", c.name, c.to, err, c.err)
		}
	}
}

func TestName(t *testing.T) {
	for path, want := range map[string]string{
		"data/traces/gnusort_500k_par4.csv.gz":  "gnusort_500k_par4",
		"node01.trc.gz":                         "node01",
		"a.b.dmt":                               "a.b",
		"x.csv.zst":                             "x",
		"x.csv.zstd":                            "x",
		"x.tar.gz":                              "x.tar",
		"x.rstl":                                "x",
		"600.perlbench_s-210B.champsimtrace.xz": "600.perlbench_s-210B",
		"x":                                     "x",
		".csv":                                  ".csv",
		"x.csv.csv":                             "x.csv",
	} {
		if got := trace.Name(path); got != want {
			t.Errorf("Name(%q) = %q, want %q", path, got, want)
		}
	}
}
