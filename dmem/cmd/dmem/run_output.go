package main

import (
	"bufio"
	"io"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
)

// output makes the file at path hold what write writes, whole or not at all; "" and "-"
// stand for stdout.
func output(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path != "" && path != "-" {
		return wholefile.Write(path, write)
	}
	b := bufio.NewWriter(stdout)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
