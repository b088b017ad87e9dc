package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

const listAbout = `
List shows what a configuration can name, with a line on each.

Examples:
  dmem list policies      how the global manager chooses a pool for a chunk
  dmem list placements    how a node chooses between local and remote memory for a page
  dmem list presets       the configurations to start from`

// summaries has a line on each built-in policy and placement.
var summaries = map[string]string{
	pool.Random.Name:            "any pool with room, equally likely",
	pool.RoundRobin.Name:        "the pools in turn, whichever node asks",
	pool.PerNodeRoundRobin.Name: "the pools in turn for each node by itself",
	pool.SmartIdle.Name:         "the pool with the most free memory among the idlest, as the paper describes it",
	pool.SmartIdleReleased.Name: "smart-idle as the authors' released simulator chooses among the idlest",
	pool.MostFree.Name:          "the pool with the most free memory",
	pool.LeastLoaded.Name:       "the pool of least load to come, by a forecast; ours",
	pool.RoundRobinSkip.Name:    "round-robin that passes over pools whose load to come is above the mean; ours",

	place.LocalFirst.Name: "local memory until it is used up, then remote memory",
	place.Alternate.Name:  "local and remote in turn, remote once local memory is used up",
	place.AllLocal.Name:   "local memory only; it is an error if it does not suffice",
	place.AllRemote.Name:  "remote memory only",
}

// list prints the names a configuration can use.
func list(_ context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("list", flag.ContinueOnError)
	names, err := parseMixed(fs, args, "policies|placements|presets", listAbout, stdout)
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return usagef("want one of policies, placements, presets")
	}
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	switch what := names[0]; what {
	case "policies":
		for _, name := range pool.Names() {
			fmt.Fprintf(t, "%s\t%s\n", name, summaries[name])
		}
	case "placements":
		for _, name := range place.Names() {
			fmt.Fprintf(t, "%s\t%s\n", name, summaries[name])
		}
	case "presets":
		for _, p := range dmem.Presets() {
			fmt.Fprintf(t, "%s\t%s\n", p.Name, p.Summary)
		}
	default:
		return usagef("nothing to list called %q: want policies, placements or presets", what)
	}
	return t.Flush()
}
