package main

import (
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// Every name has a line of its own with a summary.
func TestList(t *testing.T) {
	for what, names := range map[string][]string{"policies": pool.Names(), "placements": place.Names(), "presets": presetNames()} {
		code, stdout, stderr := dmemCommand("list", what)
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", what, code, stderr)
		}
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		if len(lines) != len(names) {
			t.Fatalf("%s: %d lines, want %d", what, len(lines), len(names))
		}
		for i, name := range names {
			if fields := strings.Fields(lines[i]); fields[0] != name || len(fields) < 3 {
				t.Errorf("%s: line %q, want %s and its summary", what, lines[i], name)
			}
		}
	}
	for _, args := range [][]string{{"list"}, {"list", "pools"}, {"list", "policies", "presets"}} {
		if code, _, stderr := dmemCommand(args...); code != 2 || !strings.Contains(stderr, "policies, placements") {
			t.Errorf("%v: exit code %d, stderr %q", args, code, stderr)
		}
	}
}

// -h of every command shows usage, examples and flags, and is no failure.
func TestHelp(t *testing.T) {
	for _, name := range names() {
		code, stdout, stderr := dmemCommand(name, "-h")
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", name, code, stderr)
		}
		for _, want := range []string{"Usage: dmem " + name, "Example"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s -h: no %q in\n%s", name, want, stdout)
			}
		}
	}
}
