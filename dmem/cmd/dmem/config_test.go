package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A preset and its file give the same run.
func TestConfigRoundTrip(t *testing.T) {
	trace := filepath.Join(goldenRacks, "8n2p_alternate_roundrobin_low", "node01.trc.gz")
	for _, name := range presetNames() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rack.toml")
			code, stdout, stderr := dmemCommand("config", "-preset", name, "-o", path)
			if code != 0 || stdout != "" || stderr != "" {
				t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			args := []string{"-limit", "20"}
			if name != "small" {
				args = append(args, "-trace", trace)
			}
			fromFile := mustRun(t, append(args, "-config", path)...)
			fromPreset := mustRun(t, append(args, "-preset", name)...)
			if !reflect.DeepEqual(fromFile.Config, fromPreset.Config) || fromFile.Overall.MeanNs != fromPreset.Overall.MeanNs {
				t.Errorf("the file's run differs: %v, %v", fromFile.Config, fromPreset.Config)
			}
		})
	}
}

// Every key has a comment, but for those that explain themselves in a table that has one.
func TestConfigComments(t *testing.T) {
	_, stdout, _ := dmemCommand("config", "-preset", "small")
	comments, keys := 0, 0
	for line := range strings.Lines(stdout) {
		switch {
		case strings.HasPrefix(line, "#"):
			comments++
		case strings.Contains(line, " = "):
			keys++
		}
	}
	if keys < 100 || comments < keys*8/10 {
		t.Errorf("%d comments for %d keys", comments, keys)
	}
}

func TestConfigFaults(t *testing.T) {
	for _, args := range [][]string{{"-preset", "big"}, {"extra"}, {"-x"}} {
		if code, _, stderr := dmemCommand(append([]string{"config"}, args...)...); code != 2 || stderr == "" {
			t.Errorf("%v: exit code %d, stderr %q", args, code, stderr)
		}
	}
	if code, _, _ := dmemCommand("config", "-o", filepath.Join(t.TempDir(), "no", "x")); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if _, err := os.Stat("rack.toml"); err == nil {
		t.Error("rack.toml was written here")
	}
}
