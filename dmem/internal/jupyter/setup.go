package jupyter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed requirements.txt
var requirements string

// oldest is the oldest major version of nbconvert that is used.
const oldest = 6

// Env is what it takes to execute notebooks. It can be used by several goroutines.
type Env struct {
	jupyter string // the program
	kernel  string // its folder
}

// Setup finds or makes the kernel, for the module at root, and Jupyter. It calls log, which
// must not be nil, with a line before what takes long. The error tells what to install.
func Setup(ctx context.Context, root string, log func(string)) (*Env, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("jupyter: no folder for the kernel: %w", err)
	}
	cache = filepath.Join(cache, "dmemsys")
	k, err := kernel(ctx, root, cache, log)
	if err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	j, err := find(ctx, cache, log)
	if err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	return &Env{jupyter: j, kernel: k}, nil
}

// find returns a jupyter with nbconvert: the one of the PATH, or that of a private virtual
// environment, or Debian's.
func find(ctx context.Context, cache string, log func(string)) (string, error) {
	const program = "jupyter"
	errPath := usable(ctx, program)
	if errPath == nil {
		return program, nil
	}
	venv, errVenv := virtual(ctx, cache, log)
	if errVenv == nil {
		return venv, nil
	}
	errDebian := debian(ctx, log)
	if errDebian == nil {
		if errDebian = usable(ctx, program); errDebian == nil {
			return program, nil
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", fmt.Errorf(`no Jupyter to execute notebooks with; install one, for instance
    pip install nbconvert             (needs Python 3.10 or later), or
    apt-get install jupyter-nbconvert (Debian, Ubuntu; as root)
What was tried:
    the jupyter in the PATH: %s
    a private virtual environment: %s
    Debian's packages: %s`, hang(errPath), hang(errVenv), hang(errDebian))
}

func hang(err error) string { return strings.ReplaceAll(err.Error(), "\n", "\n    ") }

// usable returns why a program is no jupyter with an nbconvert that is new enough.
func usable(ctx context.Context, program string) error {
	if missing(program) {
		return errors.New("not there")
	}
	out, err := output(ctx, "", nil, program, "nbconvert", "--version")
	if err != nil {
		return err
	}
	version := strings.TrimSpace(out)
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldest {
		return fmt.Errorf("its nbconvert is of version %q: want %d or later", version, oldest)
	}
	return nil
}

// virtual returns the jupyter of a virtual environment in the cache, which it makes at need.
func virtual(ctx context.Context, cache string, log func(string)) (string, error) {
	if missing("python3") {
		return "", errors.New("there is no python3")
	}
	python, err := output(ctx, "", nil, "python3", "-c", "import sys; print(sys.version, sys.prefix)")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "jupyter-"+key(requirements, python))
	jupyter := filepath.Join(dir, "bin", "jupyter")
	return jupyter, once(ctx, dir, func() error {
		log("setting up Jupyter in a private virtual environment")
		if _, err := output(ctx, "", nil, "python3", "-m", "venv", dir); err != nil {
			return err
		}
		list := filepath.Join(dir, "requirements.txt")
		if err := os.WriteFile(list, []byte(requirements), 0o666); err != nil {
			return err
		}
		if _, err := output(ctx, "", nil, filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--no-input",
			"--disable-pip-version-check", "--no-warn-script-location", "--requirement", list); err != nil {
			return err
		}
		return usable(ctx, jupyter)
	})
}

// debian installs Debian's packages, which only root can.
func debian(ctx context.Context, log func(string)) error {
	switch {
	case missing("apt-get"):
		return errors.New("there is no apt-get")
	case os.Geteuid() != 0:
		return errors.New("only root can install them")
	}
	log("installing Debian's packages of Jupyter")
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if _, err := output(ctx, "", env, "apt-get", "update"); err != nil {
		return err
	}
	_, err := output(ctx, "", env, "apt-get", "install", "--yes", "--no-install-recommends", "jupyter-core", "jupyter-nbconvert")
	return err
}
