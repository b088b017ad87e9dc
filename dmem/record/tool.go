package record

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Tool is what runs the program.
type Tool uint8

// The tools.
const (
	Auto   Tool = iota // QEMU, or Lackey if that or gcc is missing
	QEMU               // qemu-user with a plugin of ours
	Lackey             // valgrind's tool
	numTools
)

var toolNames = [numTools]string{"auto", "qemu", "lackey"}

// String returns "auto", "qemu" or "lackey".
func (t Tool) String() string {
	if t < numTools {
		return toolNames[t]
	}
	return fmt.Sprintf("Tool(%d)", uint8(t))
}

// MarshalText implements [encoding.TextMarshaler]; a tool that does not exist is an error.
func (t Tool) MarshalText() ([]byte, error) {
	if t >= numTools {
		return nil, fmt.Errorf("record: tool %d: want 0 to %d", uint8(t), numTools-1)
	}
	return []byte(toolNames[t]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (t *Tool) UnmarshalText(b []byte) error {
	for i, name := range toolNames {
		if string(b) == name {
			*t = Tool(i)
			return nil
		}
	}
	return fmt.Errorf("record: unknown tool %q: want one of %s", b, strings.Join(toolNames[:], ", "))
}

// ErrMissing is a tool that is not installed; the error that wraps it names the package.
var ErrMissing = errors.New("not installed")

// The programs that run others, of [QEMU] and of [Lackey]. What is recorded is a program for
// x86-64, whatever the machine.
const (
	QEMUProgram     = "qemu-x86_64"
	ValgrindProgram = "valgrind"
)

const compiler = "gcc" // of QEMU's plugin

// packages has Debian's package of each program.
var packages = map[string]string{QEMUProgram: "qemu-user", compiler: "gcc", ValgrindProgram: "valgrind"}

// look returns where a program is, or an error that names its package.
func look(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("record: %s is %w: apt-get install %s (Debian, Ubuntu)", program, ErrMissing, packages[program])
	}
	return path, nil
}

// choose returns the tool that runs the program.
func choose(t Tool) (Tool, error) {
	missing := func(programs ...string) (err error) {
		for _, p := range programs {
			_, e := look(p)
			err = errors.Join(err, e)
		}
		return err
	}
	switch t {
	case QEMU:
		return t, missing(QEMUProgram, compiler)
	case Lackey:
		return t, missing(ValgrindProgram)
	case Auto:
		noQEMU := missing(QEMUProgram, compiler)
		if noQEMU == nil {
			return QEMU, nil
		}
		if noLackey := missing(ValgrindProgram); noLackey != nil {
			return t, errors.Join(noQEMU, noLackey)
		}
		return Lackey, nil
	}
	return t, fmt.Errorf("record: unknown tool %v: want one of %s", t, strings.Join(toolNames[:], ", "))
}
