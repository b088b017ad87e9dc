package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
)

const versionAbout = `
Version says what this program is made of: the version of the module ("devel" in a program
built from a checkout), the commit if the build knows it, the hash of the simulator's source
that the JSON of dmem run has, too, and Go's version. With one simulator, one configuration has
one result, bit by bit.

Examples:
  dmem version`

// versionCommand is the command "dmem version".
func versionCommand(_ context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	if err := parseFlags(fs, args, "", versionAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "version\t%s\n", dmem.Version())
	if commit := revision(); commit != "" {
		fmt.Fprintf(t, "commit\t%s\n", commit)
	}
	fmt.Fprintf(t, "simulator\t%s\ngo\t%s %s/%s\n", dmem.Fingerprint(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return t.Flush()
}

// revision returns the commit that this program was built of, with a plus sign if files
// differed from it; "" if the build does not know, as with "go run".
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}
