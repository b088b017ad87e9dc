package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// traceHead prints the first so many records of a trace.
func traceHead(ctx context.Context, path string, o trace.Options, records int, stdout io.Writer) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	f, refs, err := openTrace(path, o)
	if err != nil {
		return err
	}
	if refs != nil {
		defer refs.Close()
		return traceHeadRefs(ctx, refs, records, t)
	}
	defer f.Close()
	fmt.Fprintf(t, "cycle\taddress\tkind\tthread\tprocess\t\n")
	buf := make([]trace.Miss, min(records, 4096))
	for left := records; left > 0; {
		n, err := stoppable{ctx, f}.Next(buf[:min(left, len(buf))])
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(t.Flush(), err)
		}
		for _, m := range buf[:n] {
			fmt.Fprintf(t, "%d\t%#x\t%v\t%d\t%d\t\n", m.Cycle, uint64(m.Addr), m.Kind, m.Thread, m.Process)
		}
		left -= n
	}
	return t.Flush()
}

// traceHeadRefs is traceHead for references.
func traceHeadRefs(ctx context.Context, f *trace.RefFile, records int, t *tabwriter.Writer) error {
	fmt.Fprintf(t, "address\tsize\tkind\tinstructions\tthread\tprocess\t\n")
	buf := make([]trace.Reference, min(records, 4096))
	for left := records; left > 0; {
		n, err := stoppableRefs{ctx, f}.Next(buf[:min(left, len(buf))])
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(t.Flush(), err)
		}
		for _, r := range buf[:n] {
			fmt.Fprintf(t, "%#x\t%d\t%v\t%d\t%d\t%d\t\n", uint64(r.Addr), r.Size, r.Kind, r.Instructions, r.Thread, r.Process)
		}
		left -= n
	}
	return t.Flush()
}
