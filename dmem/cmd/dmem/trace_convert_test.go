package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// convertedTo converts the trace in with the given flags and returns the header and the records
// of the file.
func convertedTo(t *testing.T, out string, flagsAndIn ...string) (trace.Header, []trace.Miss) {
	t.Helper()
	succeed(t, append(append([]string{"trace", "convert"}, flagsAndIn...), out)...)
	f, err := trace.Open(out, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []trace.Miss
	buf := make([]trace.Miss, 64)
	for {
		n, err := f.Next(buf)
		if n == 0 {
			if err != nil && err.Error() != "EOF" {
				t.Fatal(err)
			}
			return f.Header(), all
		}
		all = append(all, buf[:n]...)
	}
}

// Stamps survive both kinds of DRAMSys's files; where no name tells which it is, -from does.
func TestConvertRelativeStamps(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	const csv = samples + "csv.csv" // stamps 0, 7, 7
	for name, want := range map[string]string{"a.stl": "0: read 0x1000\n7: write 0x2040\n7: ", "a.rstl": "0: read 0x1000\n7: write 0x2040\n0: "} {
		_, ms := convertedTo(t, path(name), csv)
		if text, err := os.ReadFile(path(name)); err != nil || !strings.HasPrefix(string(text), want) {
			t.Errorf("%s: %q, %v; want %q", name, text, err, want)
		}
		if len(ms) != 3 || ms[0].Cycle != 0 || ms[1].Cycle != 7 || ms[2].Cycle != 7 {
			t.Errorf("%s: %+v", name, ms)
		}
	}
	out := succeed(t, "trace", "convert", "-to", "dramsys-relative", csv, path("a.txt"))
	if !strings.Contains(out, "read it with -from dramsys-relative") {
		t.Errorf("a.txt: %q", out)
	}
	if out := succeed(t, "trace", "convert", csv, path("b.rstl")); strings.Contains(out, "-from") {
		t.Errorf("b.rstl: %q", out)
	}
	if _, ms := convertedTo(t, path("a.dmt"), "-from", "dramsys-relative", path("a.txt")); len(ms) != 3 || ms[2].Cycle != 7 {
		t.Errorf("a.txt: %+v", ms)
	}
}

// What a trace of references becomes is up to -timing, -scale and -fills, and the file tells
// with which of them it was made.
func TestConvertReferences(t *testing.T) {
	const refs = samples + "sample.champsimtrace.xz"
	dir := t.TempDir()
	last := map[string]trace.Miss{}
	for _, c := range []struct {
		name, origin string
		args         []string
		records      int
	}{
		{"default", "champsim references through caches of Table II (not the TLBs) divided by 1, tracer time", nil, 5},
		{"compute", "divided by 1, compute time", []string{"-timing", "compute"}, 5},
		{"small", "divided by 16, tracer time, up to 3 fills", []string{"-scale", "16", "-fills", "3"}, 3},
	} {
		h, ms := convertedTo(t, filepath.Join(dir, c.name+".dmt"), append(c.args, refs)...)
		if !strings.HasSuffix(h.Origin, c.origin) || len(ms) != c.records {
			t.Errorf("%s: origin %q, %d records; want %q, %d", c.name, h.Origin, len(ms), c.origin, c.records)
		}
		last[c.name] = ms[len(ms)-1]
	}
	// Before and with the last miss: in tracer time 5 misses of 60 cycles, of the TLB, and 4 hits
	// of 10. In compute time a fetch costs 1, and missing 60 + 12 + 41 more; an operand costs 4,
	// and missing as much more: 1 missing fetch, 3 others, 4 missing operands, 1 other.
	if a, b := last["default"].Cycle, last["compute"].Cycle; a != 5*60+4*10 || b != 114+3+4*117+4 {
		t.Errorf("the last miss is at %d in tracer time, at %d in compute time", a, b)
	}
	if out := succeed(t, "trace", "convert", "-fills", "9", refs, filepath.Join(dir, "a.csv")); !strings.Contains(out, "ends before 9 fills") || !strings.Contains(out, "tracer time") {
		t.Errorf("-fills 9: %q", out)
	}
}

// What gem5's commands do is told; of another format it is refused.
func TestConvertCommands(t *testing.T) {
	packet := writeFile(t, "l3.ptrc", []byte("gem5\x02\x18\x01\x08\x08\x05\x10\x07\x18\x40\x20\x40"))
	out := filepath.Join(t.TempDir(), "a.dmt")
	if _, ms := convertedTo(t, out, "-gem5-commands", "7=write-back", packet); len(ms) != 1 || ms[0].Kind != trace.WriteBack || ms[0].Cycle != 5 {
		t.Errorf("%+v", ms)
	}
	if code, _, stderr := dmemCommand("trace", "info", "-gem5-commands", "7=write-back", samples+"csv.csv"); code != 1 || !strings.Contains(stderr, "want none, as csv") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if code, _, stderr := dmemCommand("trace", "info", "-gem5-commands", "7=write", packet); code != 2 || !strings.Contains(stderr, "write-back or skip") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// A reference that no program makes is told with its place in the file.
func TestConvertAbsurdReference(t *testing.T) {
	text := "0x1: R 0x40\n0x1: W 0x200000000000000\n#eof\n"
	in, out := writeFile(t, "a.out", []byte(text)), filepath.Join(t.TempDir(), "a.dmt")
	const want = "record 1, byte 12, line 2: frontend: 0 bytes at 0x200000000000000: want a canonical address of 57 bits: invalid reference; -from NAME tells another format"
	if code, _, stderr := dmemCommand("trace", "convert", in, out); code != 1 || !strings.Contains(stderr, in+": read as pinatrace by its content: "+want) {
		t.Errorf("exit code %d, %q; want %q", code, stderr, want)
	}
	if code, _, stderr := withStdin(t, in, "trace", "convert", "-", out); code != 1 || !strings.Contains(stderr, stdinName+": read as pinatrace by its content: "+want) {
		t.Errorf("standard input: exit code %d, %q; want %q", code, stderr, want)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a failed conversion left a file")
	}
}
