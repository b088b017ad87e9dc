package record

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shareMemory returns size zero bytes and the file that stands for them in another process.
// Only what is touched takes memory.
func shareMemory(size int) ([]byte, *os.File, error) {
	fd, err := unix.MemfdCreate("dmem-record", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("record: shared memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "dmem-record")
	if err := f.Truncate(int64(size)); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("record: shared memory: %w", err)
	}
	b, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("record: shared memory: %w", err)
	}
	return b, f, nil
}

func unshareMemory(b []byte) error { return unix.Munmap(b) }

// patience is how long the recorder sleeps at most before it looks for blocks itself.
const patience = 20 * time.Millisecond

const (
	futexWaitOp = 0 // of linux/futex.h
	futexWakeOp = 1
)

// futexWait sleeps while the word has the value, for some time at most.
func futexWait(word *atomic.Uint32, value uint32) {
	t := unix.NsecToTimespec(int64(patience))
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitOp, uintptr(value), uintptr(unsafe.Pointer(&t)), 0, 0)
}

// futexWake wakes all who wait at the word.
func futexWake(word *atomic.Uint32) {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakeOp, 1<<30, 0, 0, 0)
}
