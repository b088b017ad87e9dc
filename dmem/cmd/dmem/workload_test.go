package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// TestWorkloadReport holds the JSON of Table I to its fields, from made-up counts.
func TestWorkloadReport(t *testing.T) {
	table := &experiment.Tab1{Divisor: 1, Rows: []experiment.Tab1Row{{
		Paper: workload.TableI(1)[2], Fills: 10, WriteBacks: 5, References: 200, Touched: 4 * units.KiB, Allocated: 8 * units.KiB,
	}}}
	got, err := json.Marshal(newWorkloadReport(table))
	const want = `{"rows":[{"name":"fft","miss_rate":0.05,"fills":10,"write_backs":5,"references":200,"footprint_touched":4096,"footprint_allocated":8192}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	var text strings.Builder
	if err := printTableI(&text, table); err != nil || !strings.Contains(text.String(), "+20.2 %") {
		t.Errorf("%v; 5 %% is 20.2 %% above 4.16 %%, which is not in\n%s", err, &text)
	}
}

// TestWorkloadJSON runs the command for Table I.
func TestWorkloadJSON(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the four workloads at small scale")
	}
	var report struct {
		Rows []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal([]byte(succeed(t, "workload", "table1", "-json", "-")), &report); err != nil {
		t.Fatal(err)
	}
	want := workload.TableI(0.25)
	if len(report.Rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(report.Rows), len(want))
	}
	for i, row := range report.Rows {
		if row["name"] != want[i].Name || row["fills"] != float64(want[i].Fills) {
			t.Errorf("row %d: %v, want %s with %d fills", i, row, want[i].Name, want[i].Fills)
		}
		rate, fills, references := row["miss_rate"].(float64), row["fills"].(float64), row["references"].(float64)
		if rate != fills/references || rate < 0.03 || rate > 0.13 {
			t.Errorf("%s: miss rate %v of %v fills in %v references", row["name"], rate, fills, references)
		}
		for _, field := range []string{"write_backs", "footprint_touched", "footprint_allocated"} {
			if n, ok := row[field].(float64); !ok || n < 1e6 {
				t.Errorf("%s: %s is %v", row["name"], field, row[field])
			}
		}
		if len(row) != 7 {
			t.Errorf("%s: %d fields, want 7: %v", row["name"], len(row), row)
		}
	}
}

// TestWorkloadGenerate: what generate reports is what the trace holds, whichever the timing;
// the same again gives the same bytes, and the trace can be replayed.
func TestWorkloadGenerate(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, timing := range []string{"compute", "compute", "tracer"} {
		path := filepath.Join(dir, fmt.Sprintf("%d.dmt", i))
		out := succeed(t, "workload", "generate", "lbm", "-timing", timing, "-fills", "20000", "-o", path)
		f, err := trace.Open(path, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := trace.Scan(f, 4096)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if h := f.Header(); h.Name != "lbm" || !strings.Contains(h.Origin, timing) {
			t.Errorf("header %+v", h)
		}
		if want := fmt.Sprintf("%s: 20000 fills, %d write-backs,", path, s.WriteBacks); s.Fills() != 20000 || !strings.HasPrefix(out, want) {
			t.Errorf("the trace holds %d fills; the command says %q, want %q", s.Fills(), out, want)
		}
		if info := succeed(t, "trace", "info", path); !strings.Contains(info, fmt.Sprintf(" %d  20000 ", s.Records)) {
			t.Errorf("trace info: %s", info)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, text)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same command writes other bytes")
	}
	if bytes.Equal(files[0], files[2]) {
		t.Error("both timings write the same bytes")
	}
	if out := succeed(t, "run", "-trace", filepath.Join(dir, "0.dmt")); !strings.Contains(out, "160000 accesses") {
		t.Errorf("run: %s; want 20000 accesses on each of 8 nodes", out)
	}
	if out := succeed(t, "workload", "generate", "-fills", "100000000", "-o", filepath.Join(dir, "s.dmt"), "phases"); !strings.Contains(out, "ends before") {
		t.Errorf("more fills than there are: %s", out)
	}
}

// An interrupt is no failure of its own and leaves no file.
func TestWorkloadInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for _, args := range [][]string{{"workload", "table1"}, {"workload", "generate", "fmm", "-o", filepath.Join(dir, "a.dmt")}} {
		if code, stdout, stderr := dmemCommandWith(ctx, args...); code != 130 || stdout != "" || !strings.Contains(stderr, "interrupted") {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestWorkloadList(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(succeed(t, "workload", "list")), "\n")[1:]
	names := workload.Names()
	if len(lines) != len(names) {
		t.Fatalf("%d lines, want %d", len(lines), len(names))
	}
	for i, name := range names {
		if !strings.HasPrefix(lines[i], name) || !strings.HasSuffix(lines[i], workloadSummaries[name]) || workloadSummaries[name] == "" {
			t.Errorf("%q, want %s and its summary", lines[i], name)
		}
	}
}

func TestWorkloadBadInput(t *testing.T) {
	known := strings.Join(workload.Names(), ", ")
	for _, c := range []struct {
		args, want string
	}{
		{"", "table1"},
		{"table2", "generate"},
		{"table1 lbm", `unexpected argument "lbm"`},
		{"table1 -scale medium", "small or paper"},
		{"table1 -o x", "flag of generate"},
		{"list -json x", "flag of table1"},
		{"generate", "dmem workload list"},
		{"generate lbm fft", "one program"},
		{"generate sort", known},
		{"generate lbm -timing fast", "compute or tracer"},
		{"generate lbm -fills 0", "1 or more"},
		{"generate lbm -fills many", "whole number"},
	} {
		args := append([]string{"workload"}, strings.Fields(c.args)...)
		if code, stdout, stderr := dmemCommand(args...); code != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want 2 and %q", args, code, stdout, stderr, c.want)
		}
	}
}
