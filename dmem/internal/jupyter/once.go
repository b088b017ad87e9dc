package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dmemsys/dmemsys/dmem/internal/filelock"
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
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	unlock, err := filelock.Lock(ctx, dir+".lock")
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
