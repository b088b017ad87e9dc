package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const runsAbout = `
Experiments keep each finished run in a file, and take it when the same run is wanted again:
by the same code of the simulator, with the same configuration and the same traces. Runs list
shows what is kept, by version of the simulator; runs clean removes it.

The files are in runs below the folder that the environment variable ` + dmem.CacheVariable + `
names, or else below dmemsys in the user's cache.

Examples:
  dmem runs list
  dmem runs clean -old     those of other versions, which this program does not take
  dmem runs clean`

// runsCommand lists and removes kept runs.
func runsCommand(ctx context.Context, args []string, stdout, _ io.Writer) error {
	action, rest := "", args
	if len(args) > 0 {
		action, rest = args[0], args[1:]
	}
	set := flag.NewFlagSet("runs", flag.ContinueOnError)
	old := new(bool)
	switch action {
	case "list":
	case "clean":
		old = set.Bool("old", false, "clean: only runs of other versions of the simulator")
	default:
		if err := parseFlags(set, args, "list|clean [-old]", runsAbout, stdout); err != nil {
			return err
		}
		return usagef("want list or clean, not %q", action)
	}
	if err := parseFlags(set, rest, action+" [flags]", runsAbout, stdout); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return usagef("%s: unexpected argument %q", action, set.Arg(0))
	}
	dir, err := experiment.RunsDir()
	if err != nil {
		return err
	}
	all, err := experiment.Kept(dir)
	if err != nil {
		return err
	}
	if action == "list" {
		return listRuns(stdout, dir, all)
	}
	count, size := 0, units.Bytes(0)
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if *old && all[i].Current {
			continue
		}
		if err := all[i].Remove(); err != nil {
			return err
		}
		count += all[i].Runs
		size += all[i].Size
	}
	_, err = fmt.Fprintf(stdout, "removed %d runs, %d bytes, in %s\n", count, uint64(size), dir)
	return err
}

func listRuns(stdout io.Writer, dir string, all []experiment.KeptRuns) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "simulator\truns\tbytes\tlast written\t")
	for _, k := range all {
		current := ""
		if k.Current {
			current = "this program's"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", k.Fingerprint, k.Runs, uint64(k.Size), k.Last.Format(time.DateTime), current)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stdout, "in %s\n", dir)
	return err
}
