package jupyter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// output runs a program in dir with the given environment (nil: this process's) and returns
// what it writes to its standard output. When ctx ends the program and its children get
// SIGINT and, five seconds later, SIGKILL.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of the group
		}
		return "", ctx.Err()
	}
	if err != nil {
		text := strings.TrimSpace(stderr.String())
		if text == "" {
			text = strings.TrimSpace(stdout.String())
		}
		return "", &commandError{name: name, args: args, err: err, text: text}
	}
	return stdout.String(), nil
}

// commandError reports a program that failed.
type commandError struct {
	name string
	args []string
	err  error
	text string // what it wrote
}

func (e *commandError) Error() string {
	const most = 4000 // characters; the end tells why
	text := e.text
	if len(text) > most {
		text = "..." + text[len(text)-most:]
	}
	s := fmt.Sprintf("%s: %v", strings.Join(append([]string{e.name}, e.args...), " "), e.err)
	if text != "" {
		s += "\n" + indent(text)
	}
	return s
}

func (e *commandError) Unwrap() error { return e.err }

// indent puts four blanks before each line.
func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}

// missing reports whether a program is not there.
func missing(name string) bool {
	_, err := exec.LookPath(name)
	return err != nil && !errors.Is(err, exec.ErrDot)
}
