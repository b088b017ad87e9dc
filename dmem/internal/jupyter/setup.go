package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dmemsys/dmemsys/dmem/internal/cachefolder"
)

// Env is what it takes to execute notebooks. It can be used by several goroutines.
type Env struct {
	app     App
	jupyter string // the program
	kernel  string // its folder
}

// Cache returns the folder that holds everything this package makes, that of
// [cachefolder.Path].
func Cache() (string, error) {
	cache, err := cachefolder.Path()
	if err != nil {
		return "", fmt.Errorf("jupyter: %w", err)
	}
	return cache, nil
}

// Setup finds or makes the kernel, for the module at root, and Jupyter with the app. It calls
// log, which must not be nil, with a line before what takes long. The error tells what to install.
func Setup(ctx context.Context, root string, app App, log func(string)) (*Env, error) {
	cache, err := Cache()
	if err != nil {
		return nil, err
	}
	var one sync.Mutex
	say := func(s string) {
		one.Lock()
		defer one.Unlock()
		log(s)
	}
	env := &Env{app: app}
	both, ctx := errgroup.WithContext(ctx) // one mostly waits for the network
	both.Go(func() (err error) { env.kernel, err = kernel(ctx, root, cache, say); return err })
	both.Go(func() (err error) { env.jupyter, err = find(ctx, app, cache, say); return err })
	if err := both.Wait(); err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	return env, nil
}

// find returns a jupyter with the app: the one of the PATH, or that of a private virtual
// environment, or Debian's.
func find(ctx context.Context, app App, cache string, log func(string)) (string, error) {
	const program = "jupyter"
	errPath := app.usable(ctx, program)
	if errPath == nil {
		return program, nil
	}
	venv, errVenv := virtual(ctx, app, cache, log)
	if errVenv == nil {
		return venv, nil
	}
	errDebian := debian(ctx, app, log)
	if errDebian == nil {
		if errDebian = app.usable(ctx, program); errDebian == nil {
			return program, nil
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", fmt.Errorf(`there is no %s; install it, for instance
%s
What was tried:
    the jupyter in the PATH: %s
    a private virtual environment: %s
    Debian's packages: %s`, apps[app].title, apps[app].advice, hang(errPath), hang(errVenv), hang(errDebian))
}

func hang(err error) string { return strings.ReplaceAll(err.Error(), "\n", "\n    ") }

// virtualFolder returns the folder of the private virtual environment for an app, whether it
// is there or not.
func virtualFolder(ctx context.Context, app App, cache string) (string, error) {
	if missing("python3") {
		return "", errors.New("there is no python3")
	}
	python, err := output(ctx, "", nil, "python3", "-c", "import sys; print(sys.version, sys.prefix)")
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "jupyter-"+key(apps[app].requirements, python)), nil
}

// virtualFiles returns the programs of a virtual environment: the interpreter, a link that
// breaks when the system's Python goes, and jupyter.
func virtualFiles(dir string) []string {
	return []string{filepath.Join(dir, "bin", "python"), filepath.Join(dir, "bin", "jupyter")}
}

// virtual returns the jupyter of a virtual environment in the cache, which it makes at need.
func virtual(ctx context.Context, app App, cache string, log func(string)) (string, error) {
	dir, err := virtualFolder(ctx, app, cache)
	if err != nil {
		return "", err
	}
	files := virtualFiles(dir)
	interpreter, jupyter := files[0], files[1]
	return jupyter, once(ctx, dir, files, func() error {
		log("setting up Jupyter in a private virtual environment")
		if _, err := output(ctx, "", nil, "python3", "-m", "venv", dir); err != nil {
			return err
		}
		list := filepath.Join(dir, "requirements.txt")
		if err := os.WriteFile(list, []byte(apps[app].requirements), 0o666); err != nil {
			return err
		}
		if _, err := output(ctx, "", nil, interpreter, "-m", "pip", "install", "--no-input",
			"--disable-pip-version-check", "--no-warn-script-location", "--requirement", list); err != nil {
			return err
		}
		return app.usable(ctx, jupyter)
	})
}

// debian installs Debian's packages, which only root can.
func debian(ctx context.Context, app App, log func(string)) error {
	packages := apps[app].debian
	switch {
	case len(packages) == 0:
		return errors.New("there are none of this version")
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
	_, err := output(ctx, "", env, "apt-get", append([]string{"install", "--yes", "--no-install-recommends"}, packages...)...)
	return err
}
