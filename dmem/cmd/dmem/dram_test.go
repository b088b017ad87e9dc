package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oracle = "../../dram/testdata/oracle"

func gunzip(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	text, err = io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The command's output for every golden case is the reference's, byte for byte.
func TestDRAMGolden(t *testing.T) {
	metas, err := filepath.Glob(filepath.Join(oracle, "*", "meta.json"))
	if err != nil || len(metas) != 38 {
		t.Fatalf("%d golden cases, %v; want 38", len(metas), err)
	}
	for _, meta := range metas {
		dir := filepath.Dir(meta)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(meta)
			if err != nil {
				t.Fatal(err)
			}
			var m struct {
				CapacityMiB int     `json:"capacity_mib"`
				CPUHz       uint64  `json:"cpu_hz"`
				MeanLatency float64 `json:"mean_latency"`
				Requests    int
				Front       string
			}
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "done.csv.gz")
			args := []string{
				"dram", "-device", filepath.Join(dir, "device.ini"), "-system", filepath.Join(dir, "system.ini"), "-trace", filepath.Join(dir, "trace.csv.gz"),
				"-capacity", fmt.Sprint(m.CapacityMiB), "-o", out, "-json", "-",
			}
			if m.Front != "fifo" {
				args = append(args, "-front", m.Front)
			}
			if m.CPUHz != 0 {
				args = append(args, "-cpu-hz", fmt.Sprint(m.CPUHz))
			}
			code, stdout, stderr := dmemCommand(args...)
			beyond := strings.Contains(stderr, "at or beyond the capacity") // these two cases are made of such
			if code != 0 || (stderr != "") != beyond || beyond != (filepath.Base(dir) == "open_small_capacity" || filepath.Base(dir) == "core_odd_addresses_4g") {
				t.Fatalf("exit code %d, stderr %q", code, stderr)
			}
			if !bytes.Equal(gunzip(t, out), gunzip(t, filepath.Join(dir, "complete.csv.gz"))) {
				t.Error("the output differs from the reference's")
			}
			var r dramReport
			if err := json.Unmarshal([]byte(stdout), &r); err != nil {
				t.Fatal(err)
			}
			if r.Requests != m.Requests || !(r.RequestsPerSecond > 0 && r.EngineSeconds > 0 && r.EnergyJoules > 0 && r.Bandwidth > 0) {
				t.Errorf("report %+v", r)
			}
			if m.CPUHz == 0 && math.Abs(float64(r.MeanCycles)-m.MeanLatency) > 1e-3 {
				t.Errorf("mean %v cycles, want %v", r.MeanCycles, m.MeanLatency)
			}
		})
	}
}

// Without -json there is a summary, unless the completions take stdout; unknown keys are
// warnings on stderr.
func TestDRAMOutput(t *testing.T) {
	dir := filepath.Join(oracle, "core_raw_4g")
	device, err := os.ReadFile(filepath.Join(dir, "device.ini"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(device string, more ...string) []string {
		return append([]string{"dram"}, unlessGiven(more, "-device", device, "-system", filepath.Join(dir, "system.ini"), "-trace", filepath.Join(dir, "trace.csv.gz"), "-capacity", "4096")...)
	}
	code, stdout, stderr := dmemCommand(with(writeFile(t, "d.ini", append(device, "\nCOLOUR=3\nCL=16\n"...)))...)
	if code != 0 || !strings.Contains(stdout, "row hits") || !strings.Contains(stderr, "d.ini:") || !strings.Contains(stderr, "COLOUR") || !strings.Contains(stderr, "CL: counts instead of") {
		t.Errorf("exit code %d, stdout %q, stderr %q; want a summary and a warning", code, stdout, stderr)
	}
	plain := filepath.Join(dir, "device.ini")
	want := gunzip(t, filepath.Join(dir, "complete.csv.gz"))
	if code, stdout, _ = dmemCommand(with(plain, "-o", "-")...); code != 0 || stdout != string(want) {
		t.Errorf("-o -: exit code %d, stdout not the completions", code)
	}
	beyond := writeFile(t, "t.csv", []byte("arrival,address,op\n1,40,R\n1,100000000,R\n"))
	if code, _, stderr = dmemCommand(with(plain, "-trace", beyond)...); code != 0 || !strings.Contains(stderr, "1 of 2 requests") || !strings.Contains(stderr, "line 3, address 100000000") {
		t.Errorf("an address beyond the capacity: exit code %d, stderr %q; want a warning", code, stderr)
	}
	unsorted := writeFile(t, "t.csv", []byte("arrival,address,op\n5,40,R\n4,40,R\n"))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"dram"}, 2, "-device is missing"},
		{with(plain, "-front", "back"), 2, "fifo"},
		{with(plain, "-o", "-", "-json", "-"), 2, "want two files"},
		{with(plain, "-cpu-hz", "0"), 2, "-cpu-hz"},
		{with(plain, "-capacity", "x"), 2, "-capacity"},
		{with(plain, "more"), 2, "more"},
		{with(plain, "-capacity", "0"), 1, "capacity"},
		{with(plain, "-capacity", "3000"), 1, "capacity"},
		{with(plain, "-trace", unsorted), 1, "line 3"},
		{with(plain, "-trace", writeFile(t, "t.csv", nil)), 1, "want the header"},
		{with(plain, "-trace", writeFile(t, "t.csv", []byte("arrival,address,op\n9000000000000000000,40,R\n"))), 1, "0 to 1152921504606846975"},
		{with("nowhere.ini"), 1, "nowhere.ini"},
		{with(writeFile(t, "d.ini", bytes.Replace(device, []byte("CL="), []byte("CLX="), 1))), 1, "missing key CL"},
	} {
		if code, stdout, stderr := dmemCommand(c.args...); code != c.code || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want %d and %q", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
}
