package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// headRecords is how many records head prints of a file.
const headRecords = 10

// traceHead prints the first records of a trace.
func traceHead(ctx context.Context, path string, o trace.Options, stdout io.Writer) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	f, err := trace.Open(path, o)
	if errors.Is(err, trace.ErrFamily) {
		return traceHeadRefs(ctx, path, o, t)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(t, "cycle\taddress\tkind\tthread\tprocess\t\n")
	buf := make([]trace.Miss, headRecords)
	for left := buf; len(left) > 0; {
		n, err := stoppable{ctx, f}.Next(left)
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(t.Flush(), err)
		}
		for _, m := range left[:n] {
			fmt.Fprintf(t, "%d\t%#x\t%v\t%d\t%d\t\n", m.Cycle, uint64(m.Addr), m.Kind, m.Thread, m.Process)
		}
		left = left[n:]
	}
	return t.Flush()
}

// traceHeadRefs is traceHead for references.
func traceHeadRefs(ctx context.Context, path string, o trace.Options, t *tabwriter.Writer) error {
	f, err := trace.OpenRefs(path, o)
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(t, "address\tsize\tkind\tinstructions\tthread\tprocess\t\n")
	buf := make([]trace.Reference, headRecords)
	for left := buf; len(left) > 0; {
		n, err := stoppableRefs{ctx, f}.Next(left)
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(t.Flush(), err)
		}
		for _, r := range left[:n] {
			fmt.Fprintf(t, "%#x\t%d\t%v\t%d\t%d\t%d\t\n", uint64(r.Addr), r.Size, r.Kind, r.Instructions, r.Thread, r.Process)
		}
		left = left[n:]
	}
	return t.Flush()
}
