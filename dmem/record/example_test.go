package record_test

import (
	"context"
	"fmt"
	"io"

	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

func Example() {
	r, err := record.Start(context.Background(), []string{"no-such-program"}, record.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	buf := make([]trace.Reference, 4096)
	for err == nil {
		_, err = r.Next(buf) // and do something with them
	}
	outcome, closeErr := r.Close()
	fmt.Println(outcome.References, outcome.ExitCode, err == io.EOF, closeErr)
	// Output: record: no-such-program: not found in the PATH: cannot be recorded
}
