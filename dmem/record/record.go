package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// Options says how to run a program. The zero value runs it under [Auto] with nothing to
// read and its output thrown away.
type Options struct {
	Tool Tool
	// Skip is how many instructions, of all threads together, run before recording begins.
	Skip uint64
	// Dir is the program's working folder; "" stands for that of the caller.
	Dir string
	// Stdin, Stdout and Stderr are the program's, as in [exec.Cmd]: a file is passed on as it
	// is. What the tool complains of goes to Stderr as well.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Cache is the folder for the compiled plugin; "" stands for what the environment variable
	// DMEMSYS_CACHE names, or else dmemsys in the user's cache.
	Cache string
}

// grace is how long a program that is told to end may take.
const grace = 5 * time.Second

// tap is where the references of a running program come from.
type tap interface {
	// Next returns io.EOF behind the last reference, and soon after stop.
	trace.RefSource
	started()      // the program runs
	ended()        // the program runs no more
	stop()         // no more references are wanted
	tell(*Outcome) // adds what it knows
	close() error
}

// Recording is a program that runs, and the [trace.RefSource] of what it touches. The
// program waits if it is not read. It is for one goroutine, but for Stop.
type Recording struct {
	tap     tap
	cmd     *exec.Cmd
	cancel  context.CancelFunc
	skip    uint64 // instructions still to be skipped
	skips   bool
	done    chan struct{} // closed when the program has ended
	waitErr error
	outcome Outcome
	err     error // of Next
	closed  bool
}

// Outcome tells how a recording went.
type Outcome struct {
	Tool Tool // that ran the program
	// ExitCode is that of a program that ended by itself; -1 if a signal ended it.
	ExitCode int
	// Signal is what ended the program; 0 if it ended by itself.
	Signal syscall.Signal
	// Stopped reports that it was told to end before it did so itself.
	Stopped bool
	// Replaced reports that the program became another one by exec, which is not recorded.
	Replaced bool
	// Children is how many processes it made, which are not recorded; 0 under Lackey, where
	// they are not counted.
	Children uint32
	// Skipped is how many references were passed over for Options.Skip.
	Skipped uint64
	// References and Instructions are what Next delivered; Threads is one more than the
	// highest thread among them.
	References, Instructions uint64
	Threads                  int
}

// Start runs a program: argv[0] is its path, or its name in the PATH, the rest its
// arguments. When ctx ends the program is ended as by Stop. A script is run by its
// interpreter.
//
// The errors are [ErrProgram] for a program that cannot be recorded, [ErrMissing] for a
// tool that is not installed, and those of the compiler and the system. The caller closes
// the recording.
func Start(ctx context.Context, argv []string, o Options) (*Recording, error) {
	path, argv, err := command(argv)
	if err != nil {
		return nil, err
	}
	tool, err := choose(o.Tool)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var t tap
	var cmd *exec.Cmd
	if tool == Lackey {
		t, cmd, err = newLackey(ctx, path, argv)
	} else {
		t, cmd, err = newQEMU(ctx, path, argv, o)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Dir, o.Stdin, o.Stdout, o.Stderr
	cmd.WaitDelay = grace
	r := &Recording{tap: t, cmd: cmd, cancel: cancel, skip: o.Skip, skips: o.Skip > 0, done: make(chan struct{}), outcome: Outcome{Tool: tool}}
	cmd.Cancel = func() error {
		t.stop()
		err := cmd.Process.Signal(syscall.SIGTERM)
		r.outcome.Stopped = err == nil // read behind done
		return err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("record: %w", err), t.close())
	}
	t.started()
	go func() {
		r.waitErr = cmd.Wait()
		t.ended()
		close(r.done)
	}()
	return r, nil
}

// Stop tells the program to end, and Next to return [io.EOF] soon. It may be called at any
// time, by any goroutine.
func (r *Recording) Stop() { r.cancel() }

// Next implements [trace.RefSource]. It returns [io.EOF] when the program has ended or was
// told to, [ErrNotStarted] or [ErrCorrupt].
func (r *Recording) Next(buf []trace.Reference) (int, error) {
	for r.err == nil {
		n, err := r.tap.Next(buf)
		if err != nil {
			r.err = err
			break
		}
		if n = r.pass(buf[:n]); n > 0 {
			return n, nil
		}
	}
	return 0, r.err
}

// pass counts references and drops those to be skipped; it returns how many are left.
func (r *Recording) pass(refs []trace.Reference) int {
	first := 0
	for first < len(refs) && r.skips {
		instructions := uint64(refs[first].Instructions)
		if r.skips = instructions <= r.skip; !r.skips {
			break
		}
		r.skip -= instructions
		r.outcome.Skipped++
		first++
	}
	n := copy(refs, refs[first:])
	o := &r.outcome
	o.References += uint64(n)
	for i := range refs[:n] {
		o.Instructions += uint64(refs[i].Instructions)
		o.Threads = max(o.Threads, int(refs[i].Thread)+1)
	}
	return n
}

// Close ends the program if it still runs, waits for it and returns how it went. An exit
// code or a signal is no error.
func (r *Recording) Close() (Outcome, error) {
	if r.closed {
		return r.outcome, nil
	}
	r.closed = true
	if r.err != io.EOF {
		r.cancel() // there is more that nobody will read
	}
	<-r.done
	r.cancel()
	o := &r.outcome
	o.ExitCode = r.cmd.ProcessState.ExitCode()
	if status, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		o.Signal = status.Signal()
	}
	r.tap.tell(o)
	err := r.tap.close()
	var exit *exec.ExitError
	if r.waitErr != nil && !errors.As(r.waitErr, &exit) && !errors.Is(r.waitErr, context.Canceled) && !errors.Is(r.waitErr, exec.ErrWaitDelay) {
		err = errors.Join(r.waitErr, err)
	}
	return *o, err
}
