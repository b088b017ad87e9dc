package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// complete is the file that marks a folder whose set-up came to its end.
const complete = "complete"

// once makes the folder dir with build, unless it is there already with all the files that
// it needs. Other processes that want it wait; what is left of an interrupted build, or of a
// folder that lost files, is removed first.
func once(ctx context.Context, dir string, needs []string, build func() error) error {
	if made(dir, needs) {
		return nil
	}
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if made(dir, needs) {
		return nil
	}
	if err := remove(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := build(); err != nil {
		return errors.Join(err, remove(dir))
	}
	return os.WriteFile(filepath.Join(dir, complete), nil, 0o666)
}

func remove(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remains of an earlier set-up: %w", err)
	}
	return nil
}

// lock takes a file lock, which the system gives back if the process dies.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
