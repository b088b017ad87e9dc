package record

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// ErrProgram is a program that cannot be recorded; the error that wraps it tells why.
var ErrProgram = errors.New("cannot be recorded")

// mostInterpreters is how many scripts may be each other's interpreters, as for Linux.
const mostInterpreters = 4

// command returns what to run for argv: the path of an x86-64 program and its arguments,
// the first of which is its name. A script becomes its interpreter, as under Linux.
func command(argv []string) (string, []string, error) {
	if len(argv) == 0 || argv[0] == "" {
		return "", nil, fmt.Errorf("record: no program: %w", ErrProgram)
	}
	path, err := find(argv[0])
	if err != nil {
		return "", nil, err
	}
	for range mostInterpreters {
		words, err := interpreter(path)
		if err != nil {
			return "", nil, err
		}
		if words == nil {
			return path, argv, checkELF(path)
		}
		script := path
		if path = words[0]; !strings.Contains(path, "/") {
			path = "./" + path // the PATH is not searched
		}
		if path, err = find(path); err != nil {
			return "", nil, fmt.Errorf("record: interpreter of %s: %w", script, err)
		}
		argv = append(append(words, script), argv[1:]...)
	}
	return "", nil, fmt.Errorf("record: %s: more than %d interpreters: %w", path, mostInterpreters, ErrProgram)
}

// find returns the file that a shell would run.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch info, statErr := os.Stat(name); {
	case err == nil || errors.Is(err, exec.ErrDot):
		return path, nil
	case !strings.Contains(name, "/"):
		return "", fmt.Errorf("record: %s: not found in the PATH: %w", name, ErrProgram)
	case errors.Is(statErr, fs.ErrNotExist):
		return "", fmt.Errorf("record: %s: there is no such file: %w", name, ErrProgram)
	case statErr == nil && info.IsDir():
		return "", fmt.Errorf("record: %s: is a folder: %w", name, ErrProgram)
	case statErr == nil && info.Mode()&0o111 == 0:
		return "", fmt.Errorf("record: %s: is not executable: %w", name, ErrProgram)
	}
	return "", fmt.Errorf("record: %w", err)
}

// interpreter returns the words of a script's first line, nil for what is no script.
func interpreter(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	defer f.Close()
	const longest = 256 // as for Linux
	line, err := bufio.NewReaderSize(io.LimitReader(f, longest), longest).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("record: %w", err)
	}
	rest, script := bytes.CutPrefix(line, []byte("#!"))
	if !script {
		return nil, nil
	}
	name, argument, _ := strings.Cut(strings.TrimSpace(string(rest)), " ")
	if name == "" || len(line) == longest {
		return nil, fmt.Errorf("record: %s: a script whose first line names no interpreter: %w", path, ErrProgram)
	}
	if argument = strings.TrimSpace(argument); argument != "" {
		return []string{name, argument}, nil
	}
	return []string{name}, nil
}

// checkELF returns why a file is no program for x86-64 Linux.
func checkELF(path string) error {
	refuse := func(what string) error {
		return fmt.Errorf("record: %s: is %s: want an x86-64 program of Linux (ELF) or a script: %w", path, what, ErrProgram)
	}
	f, err := elf.Open(path)
	var format *elf.FormatError
	if errors.As(err, &format) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse("no ELF file")
	}
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	defer f.Close()
	switch {
	case f.Machine != elf.EM_X86_64 || f.Class != elf.ELFCLASS64:
		return refuse(fmt.Sprintf("for %v, %v", f.Machine, f.Class))
	case f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN:
		return refuse(fmt.Sprintf("an ELF file of type %v", f.Type))
	}
	return nil
}
