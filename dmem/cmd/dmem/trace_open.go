package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// stdinName stands for the standard input, "-", in messages.
const stdinName = "standard input"

// openTrace opens a trace of misses or of references, whichever it is; "-" stands for the
// standard input. One of the two is not nil unless there is an error.
func openTrace(path string, o trace.Options) (*trace.File, *trace.RefFile, error) {
	if path != "-" {
		f, err := trace.Open(path, o)
		if !errors.Is(err, trace.ErrFamily) {
			return f, nil, err
		}
		r, err := trace.OpenRefs(path, o)
		return nil, r, err
	}
	// It can be read once only: what the first try took is kept for the second.
	stdin := &keeper{os.Stdin, new(bytes.Buffer)}
	f, err := trace.NewFile(stdin, stdinName, o)
	if !errors.Is(err, trace.ErrFamily) {
		stdin.kept = nil
		return f, nil, err
	}
	r, err := trace.NewRefFile(io.MultiReader(stdin.kept, os.Stdin), stdinName, o)
	return nil, r, err
}

// traceName returns what a trace is called by its path.
func traceName(path string) string {
	if path == "-" {
		return stdinName
	}
	return trace.Name(path)
}

// keeper keeps what is read, until kept is nil.
type keeper struct {
	r    io.Reader
	kept *bytes.Buffer
}

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if k.kept != nil {
		k.kept.Write(p[:n])
	}
	return n, err
}
