package nb

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestStaleKernel(t *testing.T) {
	kernel := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: gonb, Version: version}}
	}
	built := &debug.BuildInfo{Main: debug.Module{Path: "github.com/dmemsys/dmemsys"}, Deps: []*debug.Module{{Path: gonb, Version: "v0.11.4"}}}
	cell := &debug.BuildInfo{Main: debug.Module{Path: "gonb_1"}, Deps: []*debug.Module{{Path: gonb, Version: "v0.11.4"}}}
	for _, k := range []*debug.BuildInfo{kernel("v0.11.4"), built, kernel("(devel)"), {}} {
		if err := compareKernel(k, cell); err != nil {
			t.Errorf("%+v: %v", k.Main, err)
		}
	}
	err := compareKernel(kernel("v0.10.2"), cell)
	for _, want := range []string{"kernel is GoNB v0.10.2", "wants v0.11.4", "dmem lab"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
