package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// output makes the file at path hold what write writes, whole or not at all, compressed if
// its name says so; "" and "-" stand for stdout.
func output(path string, stdout io.Writer, write func(io.Writer) error) error {
	_, err := outputSize(path, stdout, write)
	return err
}

// outputSize is output that returns how many bytes it wrote, after compression.
func outputSize(path string, stdout io.Writer, write func(io.Writer) error) (units.Bytes, error) {
	compress, err := compressionOf(path)
	if err != nil {
		return 0, err
	}
	var size counter
	fill := func(w io.Writer) error {
		z, err := compress(io.MultiWriter(w, &size))
		if err != nil {
			return err
		}
		return errors.Join(write(z), z.Close())
	}
	if path != "" && path != "-" {
		err := wholefile.Write(path, fill)
		return size.bytes(), err
	}
	b := bufio.NewWriter(stdout)
	if err := fill(b); err != nil {
		return 0, err
	}
	err = b.Flush()
	return size.bytes(), err
}

// compressionOf returns what compresses a file of that name: with gzip or zstd, or not at all.
// A name that promises another compression is an error.
func compressionOf(path string) (func(io.Writer) (io.WriteCloser, error), error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".gz":
		return func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }, nil
	case ".zst":
		return func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }, nil
	case ".xz", ".bz2", ".lz4", ".zstd", ".zip", ".7z", ".lzma", ".z":
		return nil, fmt.Errorf("%s: a file %s is not written: want a name that ends in .gz or .zst, for that compression, or in none", path, ext)
	}
	return func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil }, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func (c *counter) bytes() units.Bytes { return units.Bytes(*c) }

// isTerminal reports whether w is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
