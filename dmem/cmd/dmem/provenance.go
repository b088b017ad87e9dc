package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/internal/scale"
	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// writeProvenance writes beside the numbers that a notebook made at another scale than small
// what made them, and beside all of them the configuration of each machine. Runs that had been
// kept took no time.
func writeProvenance(ctx context.Context, root, notebook, at string, took time.Duration) error {
	dir := filepath.Join(root, "data", "results", scale.Folder(at))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	divisor, err := experiment.Divisor(at)
	if err != nil {
		return err
	}
	for _, m := range experiment.Machines() {
		c := experiment.Rack(divisor, m, experiment.Pair{Placement: place.LocalFirst, Pool: pool.SmartIdle}, 1)
		if err := wholefile.Write(filepath.Join(dir, m.Short+".toml"), c.WriteTOML); err != nil {
			return err
		}
	}
	return wholefile.Write(filepath.Join(dir, path.Base(notebook)+".run.toml"), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `notebook = %q
command = "dmem figures -scale %s %s"
version = %q # of the code
simulator = %q # hash of the simulator's source
config = [%s] # as beside this file, but for the policies
seed = 1
stretch = %v
wall_time = %q # of the notebook; runs that had been kept took none of it
processors = %d
go = %q
`, notebook, at, notebook, version(ctx, root), dmem.Fingerprint(), configs(), experiment.Stretch(divisor),
			took.Round(time.Second), runtime.NumCPU(), runtime.Version())
		return err
	})
}

func configs() string {
	var names []string
	for _, m := range experiment.Machines() {
		names = append(names, fmt.Sprintf("%q", m.Short+".toml"))
	}
	return strings.Join(names, ", ")
}

// version returns the commit of the clone, with a plus sign if files differ from it.
func version(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--abbrev=12", "--dirty=+")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
