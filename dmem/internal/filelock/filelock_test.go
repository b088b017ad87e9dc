package filelock_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/internal/filelock"
)

func TestOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, ok, err := filelock.Try(path)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := filelock.Try(path); ok || err != nil {
		t.Fatalf("a second holder: %v, %v", ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := filelock.Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting without end: %v", err)
	}
	go unlock()
	again, err := filelock.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
	if _, _, err := filelock.Try(filepath.Join(path, "x")); err == nil {
		t.Error("no error for a folder that is none")
	}
}
