package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem"
)

// summarise writes a report for people.
func summarise(r *dmem.Report, w io.Writer) error {
	partial := ""
	if r.Partial {
		partial = "PARTIAL: stopped before its end. "
	}
	fmt.Fprintf(w, "%s%d accesses of %d nodes and %d pools, %s simulated, seed %d\n", partial, r.Accesses, len(r.Nodes), len(r.Pools), simulated(float64(r.SimulatedNs)), r.Seed)
	fmt.Fprintf(w, "placement %v, pool policy %v; loaded in %s, simulated in %s (%s accesses/s)\n\n", r.Config["placement"], r.Config["pool_policy"],
		seconds(float64(r.LoadSeconds)), seconds(float64(r.WallSeconds)), decimals(float64(r.AccessesPerSecond), 0))
	fmt.Fprint(w, shares(r.Nodes))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "latency in ns\taccesses\tlocal mean\tremote mean\tmean\tp50\tp99\tmax\t>= 1000 ns\t")
	for _, name := range slices.Sorted(maps.Keys(r.Groups)) {
		group := r.Groups[name]
		sampleRow(t, name, &group)
	}
	sampleRow(t, "all", &r.SampleReport)
	sampleRow(t, "all, while all are active", &r.Active.SampleReport)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t.Init(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "pool\taccesses\tDRAM mean\tchunks\tDRAM used\tlink in used\tlink out used\t")
	for i := range r.Pools {
		p := &r.Pools[i]
		fmt.Fprintf(t, "%d\t%d\t%s\t%d\t%s\t%s\t%s\t\n", i, p.Accesses, decimals(float64(p.DRAMMeanNs), 1), p.Chunks,
			percent(float64(p.DRAMUtilization)), percent(float64(p.LinkInUtilization)), percent(float64(p.LinkOutUtilization)))
	}
	return t.Flush()
}

// shares returns lines that say how many nodes replay each workload, if not all are replayed
// by as many; else "".
func shares(nodes []dmem.NodeReport) string {
	var names []string
	count := map[string]int{}
	for i := range nodes {
		name := nodes[i].Group
		if count[name] == 0 {
			names = append(names, name)
		}
		count[name]++
	}
	even := true
	var parts []string
	for _, name := range names {
		even = even && count[name] == count[names[0]]
		parts = append(parts, fmt.Sprintf("%s on %s", name, plural(count[name], "node", "nodes")))
	}
	if even {
		return ""
	}
	return "nodes replay the workloads in turn: " + strings.Join(parts, ", ") + "\n\n"
}

func sampleRow(w io.Writer, name string, s *dmem.SampleReport) {
	o := &s.Overall
	ns := func(v dmem.Number) string { return decimals(float64(v), 1) }
	fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, o.Accesses, ns(s.Local.MeanNs), ns(s.Remote.MeanNs),
		ns(o.MeanNs), ns(o.P50Ns), ns(o.P99Ns), ns(o.MaxNs), percent(float64(o.Over1000ns)/float64(o.Accesses)))
}
