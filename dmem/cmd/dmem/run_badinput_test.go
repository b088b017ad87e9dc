package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyOf copies the named files of a golden rack to a new folder.
func copyOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(goldenRacks, "8n2p_alternate_roundrobin_low", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// configWith returns the path of a configuration in which old is replaced.
func configWith(t *testing.T, presetName, old, text string) string {
	t.Helper()
	code, stdout, stderr := dmemCommand("config", "-preset", presetName)
	if code != 0 || !strings.Contains(stdout, old) {
		t.Fatalf("exit code %d, %s; want %q in the file", code, stderr, old)
	}
	return writeFile(t, "rack.toml", []byte(strings.Replace(stdout, old, text, 1)))
}

// Bad input ends in one clear error on stderr, with exit code 2 for the command line and 1
// for the rest, and leaves no output.
func TestRunBadInput(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(goldenRacks, "8n2p_alternate_roundrobin_low", "node01.trc.gz"))
	if err != nil {
		t.Fatal(err)
	}
	corrupt := append([]byte(nil), good...)
	corrupt[len(corrupt)/2] ^= 0x55
	for _, c := range []struct {
		name string
		code int
		args []string
		want []string
	}{
		{"truncated trace", 1, []string{"-trace", writeFile(t, "cut.trc.gz", good[:len(good)/2])}, []string{"cut.trc.gz", "record ", "truncated"}},
		{"corrupt trace", 1, []string{"-trace", writeFile(t, "bad.trc.gz", corrupt)}, []string{"bad.trc.gz", "record ", "corrupt trace"}},
		{"unsorted stamps", 1, []string{"-trace", writeFile(t, "x.csv", []byte(csvHeader+"5,40,R,0\n4,40,R,0\n"))}, []string{"x.csv", "record 1", "stamps decrease"}},
		{"no trace at all", 1, []string{"-trace", writeFile(t, "x.txt", []byte("hello world\n"))}, []string{"x.txt", "unknown trace format"}},
		{"missing file", 1, []string{"-trace", "nowhere.csv"}, []string{"nowhere.csv", "no such file"}},
		{"missing node file", 1, []string{"-trace", copyOf(t, "node01.trc.gz", "node02.trc.gz", "node04.trc.gz")}, []string{"missing node file", "node03.trc.gz"}},
		{"folder without node files", 1, []string{"-trace", t.TempDir()}, []string{"node01"}},
		{"a pool without memory", 1, []string{"-config", configWith(t, "small", "pool_memory = '4GiB'", "pool_memory = '0B'")}, []string{"rack.toml", "pool_memory = 0B"}},
		{"unit-less number in a file", 1, []string{"-config", configWith(t, "small", "chunk = '256KiB'", "chunk = 262144")}, []string{"rack.toml", "chunk = 262144", "unit"}},
		{"unknown key", 1, []string{"-config", configWith(t, "small", "seed = 1", "seed = 1\ncolour = 'red'")}, []string{"rack.toml:", "unknown key colour"}},
		{"all faults of a file", 1, []string{"-config", configWith(t, "small", "nodes = 8\n", "nodes = 0\n"), "-preset", "small"}, []string{"rack.toml", "nodes = 0"}},
		{"missing config file", 1, []string{"-config", "nowhere.toml"}, []string{"nowhere.toml"}},
		{"pools exhausted", 1, []string{"-config", configWith(t, "small", "pool_memory = '4GiB'", "pool_memory = '1MiB'")}, []string{"asks 256KiB", "pool 0 has 0B free of 1MiB", "pool 1", "no space"}},
		{"local memory exhausted", 1, []string{"-placement", "all-local", "-local-memory", "1MiB"}, []string{"local memory", "node"}},
		{"output into nowhere", 1, []string{"-json", filepath.Join(t.TempDir(), "no", "r.json")}, []string{"no such file"}},

		{"unknown pool policy", 2, []string{"-pool-policy", "best"}, []string{"-pool-policy", `"best"`, "random", "smart-idle-released"}},
		{"unknown placement", 2, []string{"-placement", "best"}, []string{"-placement", `"best"`, "local-first", "all-remote"}},
		{"unknown preset", 2, []string{"-preset", "big"}, []string{`"big"`, "dracksim", "paper", "small"}},
		{"unknown flag", 2, []string{"-speed", "1"}, []string{"-speed"}},
		{"argument", 2, []string{"trace.csv"}, []string{"trace.csv"}},
		{"unit-less size", 2, []string{"-chunk", "4"}, []string{"-chunk", "unit", "MiB"}},
		{"unit-less time", 2, []string{"-until", "100"}, []string{"-until", "unit", "us"}},
		{"no number", 2, []string{"-nodes", "many"}, []string{"-nodes", "whole number"}},
		{"negative number", 2, []string{"-limit", "-1"}, []string{"-limit", "whole number"}},
		{"number too large", 2, []string{"-seed", "9223372036854775808"}, []string{"-seed", "9223372036854775807"}},
		{"several bad values", 2, []string{"-warmup", "5us", "-until", "2us", "-stretch", "0"}, []string{"replay.until = 2us", "replay.stretch = 0"}},
		{"sizes that do not fit", 2, []string{"-chunk", "3MiB", "-local-memory", "5KiB"}, []string{"chunk = 3MiB", "local_memory = 5KiB"}},
		{"chunk larger than a pool", 2, []string{"-chunk", "8GiB"}, []string{"pool_memory = 4GiB", "chunk"}},
		{"unknown loop", 2, []string{"-loop", "ajar"}, []string{"-loop", "open or closed"}},
		{"more traces than nodes", 2, []string{"-nodes", "1", "-trace", "a.csv", "-trace", "b.csv"}, []string{"2 workloads on 1 nodes"}},
		{"more files than nodes", 2, []string{"-nodes", "3", "-trace", filepath.Join(goldenRacks, "8n2p_alternate_roundrobin_low")}, []string{"8 workloads on 3 nodes"}},
		{"more workloads in a file than nodes", 2, []string{"-config", configWith(t, "small", "nodes = 8\n", "nodes = 3\n")}, []string{"4 workloads on 3 nodes"}},
		{"outstanding in the open loop", 2, []string{"-loop", "open", "-outstanding", "5"}, []string{"-outstanding", "-loop closed"}},
		{"a flag twice", 2, []string{"-config", "a", "-config", "b"}, []string{"-config", "stands twice"}},
		{"negative nodes", 2, []string{"-nodes", "-3"}, []string{"-nodes", "1 to 65535"}},
		{"negative pools", 2, []string{"-pools", "-1"}, []string{"-pools", "1 to 65535"}},
		{"scaled by a negative number", 2, []string{"-preset", "scaled:-3"}, []string{"scaled:S", "1, 4, 16, 64, 256"}},
		{"scaled by what is no power of four", 2, []string{"-preset", "scaled:3"}, []string{"scaled:S", "1, 4, 16, 64, 256"}},
		{"log-every of nothing", 2, []string{"-log-every", "x"}, []string{"-log-every", "1 to"}},
		{"trace without a name", 2, []string{"-trace", ""}, []string{`-trace "": want`}},
		{"text for a number in a file", 1, []string{"-config", configWith(t, "small", "nodes = 8\n", "nodes = '8'\n")}, []string{"rack.toml:", "nodes = '8'", "want a whole number"}},
		{"range in a file", 1, []string{"-config", configWith(t, "small", "stretch = 1.0", "stretch = -1.0")}, []string{"rack.toml:", "replay.stretch = -1: want above 0"}},
		{"neither on nor off", 2, []string{"-write-backs", "yes"}, []string{"-write-backs", "on or off"}},
		{"frequency", 2, []string{"-trace-hz", "fast"}, []string{"-trace-hz", "GHz"}},
		{"frequency of zero", 2, []string{"-trace-hz", "0"}, []string{"-trace-hz", "hertz"}},
		{"frequency without a trace", 2, []string{"-trace-hz", "3.6GHz"}, []string{"-trace-hz"}},
		{"nothing to replay", 2, []string{"-preset", "paper"}, []string{"-trace"}},
		{"log and json in one file", 2, []string{"-log", "same", "-json", "same"}, []string{"same", "two files"}},
		{"log and json on stdout", 2, []string{"-log", "/dev/stdout", "-json", "-"}, []string{"two files"}},
		{"log on stdout", 2, []string{"-log", "-"}, []string{"-log"}},
		{"log-every without log", 2, []string{"-log-every", "10"}, []string{"-log"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.json")
			code, stdout, stderr := dmemCommand(append([]string{"run"}, unlessGiven(c.args, "-limit", "5000", "-json", out)...)...)
			if code != c.code || stdout != "" {
				t.Errorf("exit code %d, stdout %q; want %d and silence", code, stdout, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in %q", want, stderr)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("the output has been written")
			}
		})
	}
}
