package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

func TestTraceConvertKeepsTheRun(t *testing.T) {
	const csv = "../../../data/traces/gnusort_500k_par4.csv.gz"
	dir := t.TempDir()
	dmt := filepath.Join(dir, "sort.dmt")
	var out, diag bytes.Buffer
	if code := dispatch(context.Background(), []string{"trace", "convert", csv, dmt}, &out, &diag); code != 0 {
		t.Fatalf("convert: exit code %d: %s", code, &diag)
	}
	if !strings.HasPrefix(out.String(), "120000 records") {
		t.Errorf("convert says %q", &out)
	}
	out.Reset()
	if code := dispatch(context.Background(), []string{"trace", "info", csv, dmt}, &out, &diag); code != 0 {
		t.Fatalf("info: exit code %d: %s", code, &diag)
	}
	overview, details, _ := strings.Cut(out.String(), "\n\n")
	lines := strings.Split(overview, "\n")
	if len(lines) != 3 {
		t.Fatalf("info prints %d lines of overview, want 3:\n%s", len(lines), &out)
	}
	first, second, found := strings.Cut(details, "\n\n")
	if first, second = afterName(first), afterName(second); !found || first != second || !strings.Contains(first, "####") {
		t.Errorf("details of the same misses:\n%s\n%s", first, second)
	}
	// data/traces/README.md: 59758 fills, 60242 write-backs, 4 threads, 1710 pages.
	// It is 55083781 cycles of 1.2 GHz long, 45.903 ms.
	for _, want := range []string{"120000", "59758", "60242", " 4 ", "6840KiB", "45.903 ms", "2.61/us", "50.2%"} {
		for _, line := range lines[1:] {
			if !strings.Contains(line, want) {
				t.Errorf("%q does not say %s", line, want)
			}
		}
	}
}

// afterName returns what follows the first colon.
func afterName(s string) string {
	_, rest, _ := strings.Cut(strings.TrimSpace(s), ":")
	return rest
}

// TestTraceInfoJSON: the samples' records are known by hand; see package trace.
func TestTraceInfoJSON(t *testing.T) {
	var got struct {
		Traces []struct {
			Name, Kind, Format string
			Records            struct {
				Count, Threads, Processes int
				Touched                   int     `json:"footprint_touched"`
				WriteShare                float64 `json:"write_share"`
			}
			Misses *struct {
				ClockHz   uint64 `json:"clock_hz"`
				GapCycles struct {
					P50, P99 float64
					Octaves  []trace.Bucket
				} `json:"gap_cycles"`
			}
			References *struct{ Loads, Stores, Fetches, Instructions int }
			Reuse      struct {
				Lines int
				Share float64
			}
		}
	}
	out := succeed(t, "trace", "info", "-json", "-", samples+"lackey.txt", samples+"k6_sample.trc")
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Traces) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	r := got.Traces[0]
	// 0x23c790 and 0x23c792 share a line, 0x25747c is used twice.
	if r.Kind != "references" || r.Format != "lackey" || r.Records.Count != 6 || r.References == nil || r.References.Fetches != 2 || r.References.Loads != 2 ||
		r.Records.WriteShare != 0.5 || r.Reuse.Lines != 4 || r.Reuse.Share != 2./6 || r.Misses != nil {
		t.Errorf("lackey: %+v", r)
	}
	r = got.Traces[1]
	if r.Kind != "misses" || r.Format != "dramsim2-k6" || r.Records.Count != 5 || r.Misses == nil || r.Records.WriteShare != 0.4 || r.Reuse.Lines != 5 || r.Reuse.Share != 0 ||
		r.Misses.GapCycles.P50 != 1 || r.Misses.GapCycles.P99 != 8 || len(r.Misses.GapCycles.Octaves) != 5 {
		t.Errorf("k6: %+v %+v", r, r.Misses)
	}
}

const samples = "../../trace/testdata/samples/"

// succeed runs a command that has to succeed and returns what it prints.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	var out, diag bytes.Buffer
	if code := dispatch(context.Background(), args, &out, &diag); code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, &diag)
	}
	return out.String()
}

// TestTraceConvertFormats: what the name of the output or -to says is written, and says what
// is not kept; a trace goes through other formats and back.
func TestTraceConvertFormats(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	const csv = samples + "csv.csv"
	succeed(t, "trace", "convert", csv, path("a.dmt"))
	if out := succeed(t, "trace", "convert", path("a.dmt"), path("a.csv")); out != "3 records, as csv at 1.2GHz\nnot kept: load and store fills are both R\n" {
		t.Errorf("to CSV: %q", out)
	}
	want, err := os.ReadFile(csv)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path("a.csv")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("CSV to ours and back: %q, %v, want %q", got, err, want)
	}
	if code, out, diag := dmemCommand("trace", "convert", "-to", "csv", path("a.dmt"), "-"); code != 0 || out != string(want) || !strings.HasPrefix(diag, "3 records, as csv") {
		t.Errorf("to stdout: exit code %d, %q, %q", code, out, diag)
	}
	if out := succeed(t, "trace", "convert", csv, path("a.trc")); !strings.Contains(out, "-trace-hz 1.2GHz") {
		t.Errorf("to another clock: %q", out)
	}
	if out := succeed(t, "trace", "info", path("a.trc")); !strings.Contains(out, "dracksim  3.6GHz") {
		t.Errorf("a.trc: %s", out)
	}
	succeed(t, "trace", "convert", "-from", "dramsim2-mase", "-to", "dramsim3", samples+"mase_sample.trc", path("b.trace.gz"))
	if out := succeed(t, "trace", "info", path("b.trace.gz")); !strings.Contains(out, "dramsim3") {
		t.Errorf("b.trace.gz: %s", out)
	}
	succeed(t, "trace", "convert", "-gap", "100", "-trace-hz", "1GHz", samples+"misc_sample.trc", path("c.csv.zst"))
	if out := succeed(t, "trace", "info", "-trace-hz", "1GHz", path("c.csv.zst")); !strings.Contains(out, "0.000 ms") || !strings.Contains(out, "csv") {
		t.Errorf("c.csv.zst: %s", out)
	}
	succeed(t, "trace", "info", "-mapping", "ro16,ba2,bg2,ra1,co7,ch1,by6", samples+"readwrite.trace")
}

// TestTraceReferences: references are told apart, and become misses of the caches.
func TestTraceReferences(t *testing.T) {
	out := succeed(t, "trace", "info", samples+"lackey.txt", samples+"csv.csv", samples+"sample.champsimtrace.xz")
	overview, _, _ := strings.Cut(out, "\n\n")
	lines := strings.Split(overview, "\n")
	if len(lines) != 5 || !strings.Contains(lines[1], "csv") || !strings.Contains(lines[3], "lackey") || !strings.Contains(lines[4], "champsim") {
		t.Errorf("info:\n%s", out)
	}
	// The 9 references of 4 instructions touch the lines 0x400500, 0x7ffd1000, 0x601040,
	// 0x602080 and 0x7fff00000000, each of which misses once.
	dmt := filepath.Join(t.TempDir(), "a.dmt")
	if out := succeed(t, "trace", "convert", samples+"sample.champsimtrace.xz", dmt); !strings.HasPrefix(out, "5 records") {
		t.Errorf("convert: %s", out)
	}
}

// TestTraceHead: the first records of either kind, as they stand in the file.
func TestTraceHead(t *testing.T) {
	out := strings.Join(strings.Fields(succeed(t, "trace", "head", samples+"csv.csv")), " ")
	if want := "cycle address kind thread process 0 0x1000 load-fill 0 0 7 0x2040 write-back 1 0 7 0xffffffffffffffc0 load-fill 3 0"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	out = strings.Join(strings.Fields(succeed(t, "trace", "head", samples+"loadstore.trace")), " ")
	if want := "address size kind instructions thread process 0x1000 0 load 1 0 0 0x2040 0 store 1 0 0 0x3080 0 load 1 0 0"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if out := succeed(t, "trace", "head", "../../../data/traces/gnusort_500k_par4.csv.gz"); strings.Count(out, "\n") != 11 {
		t.Errorf("got\n%s\nwant 10 records", out)
	}
}

// TestTraceFormats: all of them are listed.
func TestTraceFormats(t *testing.T) {
	out := succeed(t, "trace", "formats")
	for _, f := range trace.Formats() {
		if !strings.Contains(out, "\n"+f.String()+" ") {
			t.Errorf("%v is missing", f)
		}
	}
}

func TestTraceBadInput(t *testing.T) {
	dir := t.TempDir()
	bad, out := filepath.Join(dir, "bad.csv"), filepath.Join(dir, "out.dmt")
	if err := os.WriteFile(bad, []byte("cycle,hexaddr,rw,thread\n5,40,R,0\n4,40,R,0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"trace"}, 2, "info [flags] FILE"},
		{[]string{"trace", "show"}, 2, `"show"`},
		{[]string{"trace", "head", "-json", "-", samples + "csv.csv"}, 2, "-json is a flag of info"},
		{[]string{"trace", "info"}, 2, "at least one file"},
		{[]string{"trace", "convert", bad}, 2, "one to write"},
		{[]string{"trace", "info", filepath.Join(dir, "none")}, 1, "none"},
		{[]string{"trace", "convert", bad, out}, 1, "bad.csv"},
		{[]string{"trace", "convert", bad, out}, 1, "line 3"},
		{[]string{"trace", "convert", "-to", "gem5", samples + "csv.csv", out}, 2, "gem5 is not written: want binary, csv, dracksim,"},
		{[]string{"trace", "convert", samples + "csv.csv", filepath.Join(dir, "out.foo")}, 2, ".rstl (dramsys-relative), or the format told, one of binary, csv"},
		{[]string{"trace", "convert", samples + "csv.csv", filepath.Join(dir, "out.foo")}, 2, "-to NAME tells the format"},
		{[]string{"trace", "convert", "-to", "dramsys", samples + "csv.csv", filepath.Join(dir, "out.rstl")}, 2, "is read as dramsys-relative"},
		{[]string{"trace", "convert", "-timing", "compute", samples + "csv.csv", out}, 1, "csv.csv: -timing is for a trace of references"},
		{[]string{"trace", "convert", "-fills", "7", samples + "csv.csv", out}, 1, "one of misses (csv), with stamps of its own"},
		{[]string{"trace", "convert", "-scale", "3", samples + "lackey.txt", out}, 2, "power of two"},
		{[]string{"trace", "convert", "-scale", "65536", samples + "lackey.txt", out}, 2, "convert: -scale 65536"},
		{[]string{"trace", "info", "-scale", "4", samples + "lackey.txt"}, 2, "info: -scale is a flag of convert"},
		{[]string{"trace", "info", "-from", "pcap", bad}, 2, "want one of auto, binary, csv"},
		{[]string{"trace", "info", "-format", "gem5", samples + "csv.csv"}, 1, "magic"},
		{[]string{"trace", "info", "-gap", "7", samples + "csv.csv"}, 1, "dramsim2-misc, ramulator"},
		{[]string{"trace", "info", "-gap", "0", samples + "misc_sample.trc"}, 2, "want a whole number, 1 to "},
		{[]string{"trace", "info", samples + "readwrite.trace"}, 1, "could be any address"},
		{[]string{"trace", "info", "-mapping", "ro99", samples + "readwrite.trace"}, 2, "number of bits"},
		{[]string{"trace", "convert", "-mapping", "ro16,ba2", samples + "csv.csv", out}, 1, "ro16,ba2: want none, as csv"},
		{[]string{"trace", "info", "-from", "csv", "-format", "gem5", samples + "csv.csv"}, 2, "one flag"},
		{[]string{"trace", "gen", "-o", out, "lbm", "-o", out + "x"}, 2, "stands twice"},
		{[]string{"trace", "gen", "lbm", "-fills", "-1"}, 2, "want a whole number, 1 to"},
		{[]string{"trace", "gen", "lbm", "-scale", "3"}, 2, "power of two"},
		{[]string{"trace", "gen", "fft", "-scale", "8"}, 2, "-scale 8: want a power of four"},
		{[]string{"trace", "gen"}, 2, `"dmem trace gen -h"`},
		{[]string{"trace", "record", "-skip", "x"}, 2, `"dmem trace record -h"`},
		{[]string{"trace", "info", "-gap", "9223372036854775807", samples + "misc_sample.trc"}, 2, "1 to "},
		{[]string{"trace", "info", "-max-ratio", "0", samples + "misc_sample.trc"}, 2, "1 to "},
		{[]string{"lab", "-port", "x"}, 2, "want a whole number"},
		{[]string{"figures", "-jobs", "x"}, 2, "want a whole number"},
		{[]string{"figures", "-timeout", "foo"}, 2, "want a time with its unit"},
		{[]string{"calibrate", "-seed", "-1"}, 2, "want a whole number, 0 to"},
		{[]string{"dram", "-capacity", "-1"}, 2, "want a whole number, 0 to"},
		{[]string{"help", "-h"}, 0, ""},
		{[]string{"help", "trace", "gen"}, 0, ""},
		{[]string{"list", "policies", "-h"}, 0, ""},
		{[]string{"trace", "formats", "x"}, 2, "no files"},
		{[]string{"trace", "head"}, 2, "want a file"},
		{[]string{"trace", "head", bad}, 1, "line 3"},
	} {
		var stdout, diag bytes.Buffer
		if got := dispatch(context.Background(), c.args, &stdout, &diag); got != c.code || !strings.Contains(diag.String(), c.want) {
			t.Errorf("%v: exit code %d, %q; want %d and %q", c.args, got, &diag, c.code, c.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed conversion left a file")
	}
}
