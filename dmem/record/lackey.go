package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// lackey is a program that runs under valgrind's lackey, which writes text to a pipe.
type lackey struct {
	read, write *os.File
	refs        *trace.RefFile
	begun       uint32 // instructions since the last data reference
	stopped     atomic.Bool
}

// logFD is the number of the first of exec.Cmd.ExtraFiles.
const logFD = 3

// newLackey returns a tap and what to run.
func newLackey(ctx context.Context, path string, argv []string) (tap, *exec.Cmd, error) {
	program, err := look(ValgrindProgram)
	if err != nil {
		return nil, nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	args := []string{"--tool=lackey", "--trace-mem=yes", "--basic-counts=no", fmt.Sprintf("--log-fd=%d", logFD), "--child-silent-after-fork=yes", path}
	cmd := exec.CommandContext(ctx, program, append(args, argv[1:]...)...)
	cmd.ExtraFiles = []*os.File{w}
	return &lackey{read: r, write: w}, cmd, nil
}

func (l *lackey) started() { l.write.Close() }

// stop ends the recording: valgrind ends when nobody reads.
func (l *lackey) stop() {
	l.stopped.Store(true)
	l.expire()
}

// expire ends reading. The pipe itself is closed later, as it may be in use.
func (l *lackey) expire() { _ = l.read.SetReadDeadline(time.Unix(1, 0)) }

// ended gives the rest in the pipe some time: children of the program may hold it open.
func (l *lackey) ended() { time.AfterFunc(2*time.Second, l.expire) }

// Next implements [trace.RefSource]. Fetches become counts of instructions.
func (l *lackey) Next(buf []trace.Reference) (int, error) {
	if len(buf) == 0 {
		return 0, io.ErrShortBuffer
	}
	if l.refs == nil {
		var err error
		if l.refs, err = trace.NewRefFile(l.read, "lackey's output", trace.Options{Format: trace.Lackey}); err != nil {
			return 0, l.end(err)
		}
	}
	for {
		n, err := l.refs.Next(buf)
		if err != nil {
			return 0, l.end(err)
		}
		if n = l.count(buf[:n]); n > 0 {
			return n, nil
		}
	}
}

// count puts the references to data in front, with the instructions that led to them, and
// returns how many they are.
func (l *lackey) count(refs []trace.Reference) int {
	n := 0
	for _, r := range refs {
		if r.Kind == trace.IFetch {
			if r.Instructions > 0 && l.begun < math.MaxUint32 {
				l.begun++
			}
			continue
		}
		r.Instructions, l.begun = l.begun, 0
		refs[n] = r
		n++
	}
	return n
}

// end returns io.EOF for the ways in which lackey's output may end.
func (l *lackey) end(err error) error {
	if l.stopped.Load() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, trace.ErrTruncated) {
		return io.EOF // killed within a line
	}
	return err
}

func (l *lackey) tell(*Outcome) {}

func (l *lackey) close() error {
	l.write.Close()
	if l.refs != nil {
		l.refs.Close()
	}
	return l.read.Close()
}
