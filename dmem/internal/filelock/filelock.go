// Package filelock keeps several processes, and several goroutines of one, from doing the same
// work at the same time. A lock is a file that is locked with flock: the system gives it back
// if its holder dies. Where there is no flock, every lock is free.
package filelock

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Try takes the lock at path, whose file it creates, and returns true; false if another holds
// it. Unlock gives it back and leaves the file.
func Try(path string) (unlock func(), ok bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, false, err
	}
	if ok, err = flock(f); err != nil {
		err = fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		f.Close()
		return nil, false, err
	}
	return func() { f.Close() }, true, nil
}

// Lock is [Try] that waits until nobody else holds the lock; it returns ctx's error if that
// ends first.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, ok, err := Try(path)
		if ok || err != nil {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
