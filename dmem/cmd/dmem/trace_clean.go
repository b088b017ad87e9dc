package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const traceCleanAbout = `
Trace clean removes the traces of programs that runs have stored, and what runs that were
killed left of them. They are generated again when they are needed. It removes nothing else.

They are in traces below the folder that the environment variable ` + dmem.CacheVariable + `
names, or else below dmemsys in the user's cache.

Examples:
  dmem trace clean -n      what is stored
  dmem trace clean`

// recent is how long after its last change a half-written file is taken to be in use.
const recent = 10 * time.Minute

// traceClean removes stored traces.
func traceClean(ctx context.Context, args []string, stdout io.Writer) error {
	set := flag.NewFlagSet("trace clean", flag.ContinueOnError)
	show := set.Bool("n", false, "show what is stored and remove nothing")
	if err := parseFlags(set, args, "[-n]", traceCleanAbout, stdout); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return usagef("clean: unexpected argument %q", set.Arg(0))
	}
	dir, err := dmem.TracesDir()
	if err != nil {
		return err
	}
	files, err := dmem.Stored()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	count, size := 0, units.Bytes(0)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.HasSuffix(f.Name(), ".tmp") && time.Since(f.ModTime()) < recent {
			continue
		}
		if *show {
			fmt.Fprintf(t, "%d B\t  %s\t\n", f.Size(), f.Name())
		} else if err := os.Remove(filepath.Join(dir, f.Name())); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		count++
		size += units.Bytes(f.Size())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	what := "removed"
	if *show {
		what = "stored:"
	}
	_, err = fmt.Fprintf(stdout, "%s %d traces, %d bytes, in %s\n", what, count, uint64(size), dir)
	return err
}
