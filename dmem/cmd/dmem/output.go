package main

import (
	"bufio"
	"io"
	"os"

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

// isTerminal reports whether w is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
