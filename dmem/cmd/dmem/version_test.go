package main

import (
	"runtime"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// The command and the results of runs tell the same simulator.
func TestVersion(t *testing.T) {
	for _, name := range []string{"version", "--version"} {
		out := succeed(t, name)
		for _, want := range []string{dmem.Version(), dmem.Fingerprint(), runtime.Version()} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in %q", name, want, out)
			}
		}
	}
	if r := mustRun(t, "-limit", "10"); r.Simulator != dmem.Fingerprint() {
		t.Errorf("a run tells the simulator %q, want %q", r.Simulator, dmem.Fingerprint())
	}
}
