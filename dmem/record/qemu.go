package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// ErrNotStarted is a qemu that ended before it ran the plugin; what it complains of stands
// in the program's error output.
var ErrNotStarted = errors.New("record: " + qemuProgram + " did not start: its message stands above; want one that runs plugins (interface version 1), as Debian 12's qemu-user")

// processor is what the program runs on: all that qemu knows, but for the features by which
// libraries take a repeated string instruction for fast, as it would be a reference a byte.
const processor = "max,-erms,-fsrm"

// sharedFD is the number of the first of exec.Cmd.ExtraFiles.
const sharedFD = 3

// qemu is a program that runs under qemu-user.
type qemu struct {
	*channel
	file *os.File
}

// newQEMU returns a tap and what to run.
func newQEMU(ctx context.Context, path string, argv []string, o Options) (tap, *exec.Cmd, error) {
	program, err := look(qemuProgram)
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
	args := []string{"-cpu", processor, "-0", argv[0], "-plugin", fmt.Sprintf("%s,fd=%d", library, sharedFD), path}
	cmd := exec.CommandContext(ctx, program, append(args, argv[1:]...)...)
	cmd.ExtraFiles = []*os.File{file}
	return &qemu{newChannel(b), file}, cmd, nil
}

func (q *qemu) started() { q.file.Close() }

func (q *qemu) close() error {
	q.file.Close()
	return unshareMemory(q.mem)
}
