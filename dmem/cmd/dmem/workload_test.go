package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/units"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// TestWorkloadReport holds the JSON of Table I to its fields, from made-up counts.
func TestWorkloadReport(t *testing.T) {
	table := &experiment.Tab1{Divisor: 1, Rows: []experiment.Tab1Row{{
		Paper: workload.TableI(1)[2], Fills: 10, WriteBacks: 5, References: 200, Touched: 4 * units.KiB, Allocated: 8 * units.KiB,
	}}}
	got, err := json.Marshal(newWorkloadReport(table).Rows)
	const want = `[{"name":"fft","miss_rate":0.05,"fills":10,"write_backs":5,"references":200,"footprint_touched":4096,"footprint_allocated":8192}]`
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

// An interrupt is no failure of its own.
func TestWorkloadInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, stdout, stderr := dmemCommandWith(ctx, "workload", "table1"); code != 130 || stdout != "" || !strings.Contains(stderr, "interrupted") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
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
	for _, c := range []struct {
		args, want string
	}{
		{"", "table1"},
		{"table2", "list"},
		{"generate lbm", "list"},
		{"table1 lbm", `unexpected argument "lbm"`},
		{"table1 -scale medium", "small or paper"},
		{"list -json x", "flag of table1"},
	} {
		args := append([]string{"workload"}, strings.Fields(c.args)...)
		if code, stdout, stderr := dmemCommand(args...); code != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want 2 and %q", args, code, stdout, stderr, c.want)
		}
	}
}
