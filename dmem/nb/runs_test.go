package nb_test

import (
	"context"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

func TestFiguresOfRuns(t *testing.T) {
	dir := flag.Lookup("figures").Value.String()
	if dir == "" {
		dir = t.TempDir()
	}
	cfg := dmem.Small()
	cfg.Placement = place.Alternate
	runs := nb.Of(dmem.Compare(cfg, pool.Random, pool.SmartIdle))
	if strings.Join(runs.Names, " ") != "random smart-idle" {
		t.Errorf("names %q", runs.Names)
	}
	one := nb.Of(runs.Results[0])
	for name, f := range map[string]*nb.Figure{
		"runs-cdf": runs.CDF(), "runs-tail": runs.Tail(), "runs-bands": runs.Bands(), "runs-bandstacks": runs.BandStacks(),
		"runs-means": runs.Means(), "runs-breakdown": runs.Breakdown(), "runs-overtime": runs.OverTime(),
		"runs-pools": one.Pools(), "runs-poolheat": one.PoolHeat(),
	} {
		if err := f.Save(dir, name); err != nil {
			t.Error(err)
		}
	}
	if err := runs.Pools().Save(t.TempDir(), "f"); err == nil || !strings.Contains(err.Error(), "one run") {
		t.Errorf("pools of two runs: error %v", err)
	}
}

func TestOfFailsLoudly(t *testing.T) {
	for want, args := range map[string][]any{
		"no room":              {nil, errors.New("no room")},
		"a int":                {3},
		"result 1 is nil":      {(*dmem.Result)(nil)},
		"nil *dmem.Comparison": {(*dmem.Comparison)(nil)},
	} {
		if got := panicked(t, func() { nb.Of(args...) }); !strings.Contains(got, want) {
			t.Errorf("panic %q, want one with %q", got, want)
		}
	}
	if got := panicked(t, func() { nb.Of(dmem.Run(context.Background(), dmem.Config{})) }); got == "" {
		t.Error("an invalid configuration is accepted")
	}
}
