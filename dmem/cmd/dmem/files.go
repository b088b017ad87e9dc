package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
)

// named is a file of a command line and what names it there, such as "-json"; a path of "" is
// none, and "-" stands for the standard input or output.
type named struct{ by, path string }

// checkFiles is called by every command before its work begins. It returns an error if an
// output is the same file as an input or as another output, under whatever name or link, if
// its name promises a compression that is not written, or if it cannot be written.
func checkFiles(inputs, outputs []named) error {
	var seen []identity
	for _, in := range inputs {
		if in.path != "" && in.path != "-" {
			seen = append(seen, identify(in, in.path))
		}
	}
	for _, out := range outputs {
		path := out.path
		switch path {
		case "":
			continue
		case "-":
			path = stdoutPath
		}
		id := identify(out, path)
		for _, other := range seen {
			if id.same(other) {
				return usagef("%s %s and %s %s are one file: want two files", other.by, other.path, out.by, out.path)
			}
		}
		seen = append(seen, id)
		if _, err := compressionOf(out.path); err != nil {
			return usagef("%s %w", out.by, err)
		}
		if path != stdoutPath {
			if err := wholefile.Check(path); err != nil {
				return err
			}
		}
	}
	return nil
}

const stdoutPath = "/dev/stdout"

// identity tells a file from others: by what the file system says of it or, while it does not
// exist, of its folder.
type identity struct {
	named
	abs    string
	info   fs.FileInfo // nil: it does not exist
	folder fs.FileInfo // nil: that does not exist either
}

func identify(n named, path string) identity {
	id := identity{named: n, abs: path}
	if abs, err := filepath.Abs(path); err == nil {
		id.abs = abs
	}
	var err error
	if id.info, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		id.folder, _ = os.Stat(filepath.Dir(path))
	}
	return id
}

// same reports whether two names lead to one file. A device can serve several, the standard
// output cannot.
func (a *identity) same(b identity) bool {
	switch {
	case a.abs == stdoutPath && b.abs == stdoutPath:
		return true
	case a.info != nil && b.info != nil:
		return os.SameFile(a.info, b.info) && a.info.Mode()&fs.ModeDevice == 0
	}
	return a.folder != nil && b.folder != nil && os.SameFile(a.folder, b.folder) && filepath.Base(a.abs) == filepath.Base(b.abs)
}
