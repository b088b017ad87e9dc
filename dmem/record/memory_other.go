//go:build !linux

package record

import (
	"errors"
	"os"
	"sync/atomic"
)

func shareMemory(int) ([]byte, *os.File, error) {
	return nil, nil, errors.New("record: qemu-user runs programs on Linux only")
}

func unshareMemory([]byte) error { return nil }

func futexWait(*atomic.Uint32, uint32) {}

func futexWake(*atomic.Uint32) {}
