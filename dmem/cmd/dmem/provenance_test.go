package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

// TestProvenance: what is written beside the numbers of a larger scale is TOML, and the
// configurations it names are those of the experiments.
func TestProvenance(t *testing.T) {
	root := t.TempDir()
	if err := writeProvenance(t.Context(), root, "tutorials/fig", "16", 90*time.Second); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "data", "results", "paper-16")
	text, err := os.ReadFile(filepath.Join(dir, "fig.run.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Notebook, Command, Version, Simulator, Go string
		Config                                    []string
		Seed, Processors                          int
		Stretch                                   float64
		WallTime                                  string `toml:"wall_time"`
	}
	if err := toml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if got.Notebook != "tutorials/fig" || got.Command != "dmem figures -scale 16 tutorials/fig" || got.Version != "unknown" ||
		got.Simulator != dmem.Fingerprint() || got.Stretch != experiment.Stretch(16) || got.WallTime != "1m30s" || got.Processors < 1 {
		t.Errorf("%+v", got)
	}
	for i, m := range experiment.Machines() {
		c, err := dmem.ReadConfig(filepath.Join(dir, got.Config[i]), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := experiment.Rack(16, m, experiment.Pairs()[2], 1)
		if c.Fabric != want.Fabric || c.LocalMemory != want.LocalMemory || c.Chunk != want.Chunk || c.Replay != want.Replay || c.PoolDRAM.Device.NumRows != want.PoolDRAM.Device.NumRows {
			t.Errorf("%s: %+v, want %+v", got.Config[i], c, want)
		}
	}
}
