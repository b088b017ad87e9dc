package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// An output that is an input or another output, under whatever name, is refused before
// anything is written.
func TestOutputIsInput(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	before := map[string][]byte{}
	put := func(name string, text []byte) string {
		before[name] = text
		if err := os.WriteFile(path(name), text, 0o666); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	a := put("a.csv", []byte(csvHeader+"0,40,R,0\n7,80,W,0\n"))
	node := put("node01.csv", []byte(csvHeader+"0,40,R,0\n"))
	_, preset, _ := dmemCommand("config")
	config := put("r.toml", []byte(preset))
	ini := filepath.Join(oracle, "core_raw_4g")
	requests := put("t.csv", gunzip(t, filepath.Join(ini, "trace.csv.gz")))
	device, err := os.ReadFile(filepath.Join(ini, "device.ini"))
	if err != nil {
		t.Fatal(err)
	}
	put("d.ini", device)
	soft, hard := path("soft"), path("hard")
	if err := os.Symlink(a, soft); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(a, hard); err != nil {
		t.Fatal(err)
	}
	dram := func(more ...string) []string {
		return append([]string{"dram", "-device", path("d.ini"), "-system", filepath.Join(ini, "system.ini"), "-trace", requests, "-capacity", "4096"}, more...)
	}
	for _, args := range [][]string{
		{"run", "-limit", "10", "-trace", a, "-json", a},
		{"run", "-limit", "10", "-trace", a, "-log", a},
		{"run", "-limit", "10", "-trace", soft, "-json", a},
		{"run", "-limit", "10", "-trace", a, "-json", soft},
		{"run", "-limit", "10", "-trace", a, "-json", hard},
		{"run", "-limit", "10", "-trace", a, "-json", dir + "/../" + filepath.Base(dir) + "/a.csv"},
		{"run", "-limit", "10", "-trace", dir, "-json", node},
		{"run", "-limit", "10", "-config", config, "-json", config},
		{"run", "-limit", "10", "-log", path("new"), "-json", path("new")},
		{"run", "-limit", "10", "-log", path("new"), "-json", dir + "/./new"},
		{"run", "-limit", "10", "-log", "/dev/stdout", "-json", "-"},
		{"trace", "convert", "-to", "ramulator", a, a},
		{"trace", "convert", a, soft},
		{"trace", "info", "-json", a, samples + "csv.csv", a},
		{"trace", "record", "-o", a, "--", "cat", a},
		dram("-o", path("new"), "-json", path("new")),
		dram("-o", requests),
		dram("-json", path("d.ini")),
		dram("-o", "-", "-json", "-"),
	} {
		code, stdout, stderr := dmemCommand(args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "are one file") {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
		for name, text := range before {
			if now, err := os.ReadFile(path(name)); err != nil || !bytes.Equal(now, text) {
				t.Fatalf("%v: %s was changed", args, name)
			}
		}
		if _, err := os.Stat(path("new")); err == nil {
			t.Fatalf("%v: an output was written", args)
		}
	}
	// A device can take several.
	if code, _, stderr := dmemCommand("run", "-limit", "10", "-log", "/dev/null", "-json", "/dev/null"); code != 0 {
		t.Errorf("two outputs into /dev/null: exit code %d, %s", code, stderr)
	}
}

// What cannot be written is told at once, and not after the work: where the work would fail,
// too, this error comes first.
func TestOutputUnwritable(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "no", "x.json")
	ini := filepath.Join(oracle, "core_raw_4g")
	unsorted := writeFile(t, "x.csv", []byte(csvHeader+"5,40,R,0\n4,40,R,0\n"))
	for _, args := range [][]string{
		{"run", "-trace", unsorted, "-json", nowhere},
		{"run", "-trace", unsorted, "-log", nowhere},
		{"workload", "table1", "-scale", "paper", "-json", nowhere},
		{"claims", "-scale", "paper", "-json", nowhere},
		{"claims", "-scale", "paper", "-json", t.TempDir()},
		{"trace", "info", "-json", nowhere, unsorted},
		{"trace", "convert", unsorted, nowhere},
		{"trace", "gen", "lbm", "-o", nowhere},
		{"trace", "record", "-o", nowhere, "--", "true"},
		{"dram", "-device", filepath.Join(ini, "device.ini"), "-system", filepath.Join(ini, "system.ini"), "-trace", unsorted, "-capacity", "4096", "-json", nowhere},
	} {
		code, stdout, stderr := dmemCommand(args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, "no such file") && !strings.Contains(stderr, "is a directory") {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// The name of an output tells how it is compressed, whichever the command; a compression that
// is not written is refused.
func TestOutputCompression(t *testing.T) {
	a := writeFile(t, "a.csv", []byte(csvHeader+"0,40,R,0\n7,80,W,0\n"))
	ini := filepath.Join(oracle, "core_raw_4g")
	for _, c := range []struct {
		name  string
		args  []string
		start string // of what is compressed
	}{
		{"log.csv", []string{"run", "-limit", "10", "-json", "/dev/null", "-log"}, "node,pool,"},
		{"r.json", []string{"run", "-limit", "10", "-json"}, "{"},
		{"out.csv", []string{"trace", "convert", a}, csvHeader + "0,40,"},
		{"out.dmt", []string{"trace", "convert", a}, "DMEMTRC"},
		{"gen.csv", []string{"trace", "gen", "lbm", "-scale", "256", "-fills", "1000", "-o"}, csvHeader},
		{"info.json", []string{"trace", "info", "-json"}, "{"},
		{"rack.toml", []string{"config", "-o"}, "# A rack"},
		{"done.csv", []string{"dram", "-device", filepath.Join(ini, "device.ini"), "-system", filepath.Join(ini, "system.ini"), "-trace", filepath.Join(ini, "trace.csv.gz"), "-capacity", "4096", "-o"}, "latency\n"},
	} {
		for _, ext := range []string{"", ".gz", ".zst", ".xz", ".bz2"} {
			path := filepath.Join(t.TempDir(), c.name+ext)
			args := append(c.args, path)
			if c.name == "info.json" { // the files stand behind the flags
				args = append(args, a)
			}
			code, _, stderr := dmemCommand(args...)
			if ext == ".xz" || ext == ".bz2" {
				if code != 2 || !strings.Contains(stderr, ext) || !strings.Contains(stderr, ".gz or .zst") {
					t.Errorf("%v: exit code %d, %q; want it refused", args, code, stderr)
				}
				continue
			}
			if code != 0 {
				t.Errorf("%v: exit code %d, %q", args, code, stderr)
				continue
			}
			if got := decompressed(t, path); !strings.HasPrefix(string(got), c.start) {
				t.Errorf("%v: starts with %.20q, want %q", args, got, c.start)
			}
		}
	}
}

// decompressed returns the content of a file as its name says it is compressed.
func decompressed(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	switch filepath.Ext(path) {
	case ".gz":
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		_, err = b.ReadFrom(z)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	case ".zst":
		z, err := zstd.NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		defer z.Close()
		if _, err = b.ReadFrom(z); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	default:
		return text
	}
	return b.Bytes()
}

// gen writes the format that -to or the name says, with the same misses.
func TestTraceGenFormat(t *testing.T) {
	dir := t.TempDir()
	records := int64(0)
	for _, c := range []struct {
		args   string
		format trace.Format
	}{
		{"-o l.dmt", trace.Binary}, {"-o l.csv", trace.CSV}, {"-o l.csv.gz", trace.CSV}, {"-o l.trc", trace.DRackSim}, {"-o l.trace -to ramulator", trace.Ramulator},
	} {
		args := strings.Fields(c.args)
		args[1] = filepath.Join(dir, args[1])
		out := succeed(t, append([]string{"trace", "gen", "lbm", "-scale", "256", "-fills", "1000"}, args...)...)
		f, err := trace.Open(args[1], trace.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		s, err := trace.Scan(f, 4096)
		f.Close()
		if records == 0 {
			records = s.Records
		}
		if err != nil || f.Format() != c.format || s.Records != records || !strings.Contains(out, "1000 fills") {
			t.Errorf("%s: %v of %d records, %v; want %v of %d", c.args, f.Format(), s.Records, err, c.format, records)
		}
	}
	if code, _, stderr := dmemCommand("trace", "gen", "lbm", "-to", "gem5", "-o", filepath.Join(dir, "x")); code != 2 || !strings.Contains(stderr, "gem5 is not written") {
		t.Errorf("-to gem5: exit code %d, %q", code, stderr)
	}
}
