package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

const configAbout = `
Config writes a preset as a TOML file: complete, with comments, to be edited and given to
"dmem run -config".

Examples:
  dmem config                            the small preset on stdout
  dmem config -preset paper -o rack.toml
  dmem config -preset scaled:16          the paper's rack and workloads, all sizes divided by 16
  dmem run -config rack.toml -trace data/traces/gnusort_500k_par4.csv.gz`

// config writes a configuration file.
func config(_ context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("config", flag.ContinueOnError)
	name := fs.String("preset", "small", "the preset `P`: "+strings.Join(presetNames(), ", ")+", scaled:S")
	path := fs.String("o", "-", "write to `FILE`, - for stdout")
	if err := parseFlags(fs, args, "[-preset P] [-o FILE]", configAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	c, err := preset(*name)
	if err != nil {
		return err
	}
	if err := checkFiles(nil, []named{{"-o", *path}}); err != nil {
		return err
	}
	return output(*path, stdout, func(w io.Writer) error {
		fmt.Fprintf(w, "# A rack for \"dmem run -config FILE\": the preset %s.\n", *name)
		fmt.Fprint(w, "# Quantities need their unit: '120ns', '4MiB', '100Gbps', '1.2GHz'.\n")
		if len(c.Workloads) == 0 {
			fmt.Fprint(w, "# It replays nothing yet: give traces with \"dmem run -trace\", or add at the end of the file\n"+
				"#   [[workloads]]\n#   name = 'sort'\n#   trace = 'data/traces/gnusort_500k_par4.csv.gz'\n")
		}
		fmt.Fprintln(w)
		return c.WriteTOML(w)
	})
}
