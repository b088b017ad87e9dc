package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// ErrNotStarted is a qemu that ended before it ran the plugin; what it complains of stands
// in the program's error output.
var ErrNotStarted = errors.New("record: " + QEMUProgram + " did not start: its message stands above; want one that runs plugins (interface version 1), as Debian 12's qemu-user")

// processor is what the program runs on: all that qemu knows, but for the features by which
// libraries take a repeated string instruction for fast, as it would be a reference a byte.
const processor = "max,-erms,-fsrm"

// qemu is a program that runs under qemu-user.
type qemu struct {
	*channel
	file *os.File
}

// newQEMU returns a tap and what to run.
func newQEMU(ctx context.Context, path string, argv []string, o Options) (tap, *exec.Cmd, error) {
	program, err := look(QEMUProgram)
	if err != nil {
		return nil, nil, err
	}
	library, err := plugin(ctx, o.Cache)
	if err != nil {
		return nil, nil, err
	}
	b, file, err := shareMemory(sharedSize)
	if err != nil {
		return nil, nil, err
	}
	memory := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), file.Fd())
	spec := strings.ReplaceAll(library, ",", ",,") + ",memory=" + memory
	args := []string{"-cpu", processor, "-plugin", spec, "-0", argv[0], path} // the plugin knows that -0 is the last
	return &qemu{newChannel(b), file}, exec.CommandContext(ctx, program, append(args, argv[1:]...)...), nil
}

func (q *qemu) started() {}

func (q *qemu) close() error {
	q.file.Close()
	return unshareMemory(q.mem)
}
