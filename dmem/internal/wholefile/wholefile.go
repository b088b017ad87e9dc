// Package wholefile writes a file whole or not at all.
//
// The content goes to a file aside, in the same folder, which takes the name of the target
// only when everything is written. After an error, a panic or a cancelled context the old
// file stands as it was and nothing is left behind; a reader never sees half a file. A power
// failure is not guarded against: what this project writes can be made again.
//
// A target that exists and is no regular file (a pipe, a terminal, /dev/stdout) is written
// directly, as there is nothing to replace. A symbolic link is followed.
package wholefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Write makes the file at path hold what write writes to the (buffered) writer it is given.
// The error of write is returned as it is, so that a caller can tell a cancelled context.
// An existing file keeps its permissions; a new one gets the usual ones.
func Write(path string, write func(io.Writer) error) error {
	target, mode, direct, err := resolve(path)
	if err != nil {
		return fmt.Errorf("wholefile: %w", err)
	}
	if direct {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return fmt.Errorf("wholefile: %w", err)
		}
		return fill(f, write)
	}
	f, err := aside(target, mode)
	if err != nil {
		return fmt.Errorf("wholefile: %s: %w", path, cause(err))
	}
	defer os.Remove(f.Name()) // finds nothing after the rename
	if err := fill(f, write); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return fmt.Errorf("wholefile: %w", err)
	}
	return nil
}

// Check returns the error that [Write] would find before it writes: a folder that is missing or
// cannot be written to, a folder instead of a file. It leaves everything as it was. What is no
// regular file is not looked at.
func Check(path string) error {
	target, mode, direct, err := resolve(path)
	if err != nil {
		return fmt.Errorf("wholefile: %w", err)
	}
	if direct {
		return nil
	}
	f, err := aside(target, mode)
	if err != nil {
		return fmt.Errorf("wholefile: %s: %w", path, cause(err))
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("wholefile: %s: %w", path, cause(err))
	}
	return nil
}

// cause strips the name of the file aside, which nobody asked for.
func cause(err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// resolve follows symbolic links and tells whether path is to be written directly.
func resolve(path string) (target string, mode fs.FileMode, direct bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, 0, false, nil
	case err != nil:
		return "", 0, false, err
	case info.IsDir():
		return "", 0, false, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular():
		return path, 0, true, nil
	}
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", 0, false, err
	}
	// "/dev/stdout" may lead to a regular file which is open already: it cannot be replaced.
	return target, info.Mode().Perm(), strings.HasPrefix(path, "/dev/"), nil
}

// aside creates a new file in the folder of target; mode 0 stands for the usual permissions.
func aside(target string, mode fs.FileMode) (*os.File, error) {
	for {
		name := fmt.Sprintf("%s.%08x.tmp", target, rand.Uint32())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil && mode != 0 {
			if err = f.Chmod(mode); err != nil {
				f.Close()
				os.Remove(name)
			}
		}
		return f, err
	}
}

// fill writes and closes f.
func fill(f *os.File, write func(io.Writer) error) error {
	defer f.Close() // for a panic in write; a second Close does no harm
	b := bufio.NewWriterSize(f, 64<<10)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("wholefile: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("wholefile: %w", err)
	}
	return nil
}
