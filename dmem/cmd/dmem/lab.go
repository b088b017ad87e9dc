package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
)

const labAbout = `
Opens JupyterLab 4 with the Go kernel, on 127.0.0.1 and with a token, at the notebook
NOTEBOOK: a name that "dmem figures" knows, or a path inside the clone; without one, at
quickstart. Run it inside a clone of dmemsys. Ctrl-C ends it, and its kernels with it.

What is missing on the machine is set up first, in the folder that the environment variable
` + dmem.CacheVariable + ` names, or else in dmemsys in the user's cache: the notebook kernel, and
JupyterLab from PyPI unless there is one. The folder also keeps the
settings of JupyterLab; those of another Jupyter on the machine are neither read nor changed.

On a machine far away, use -no-browser and bring the port over:
  ssh -L 8888:127.0.0.1:8888 MACHINE

Examples:
  dmem lab
  dmem lab fig2_random_pool
  dmem lab -no-browser -port 9000
  dmem lab -classic quickstart`

// labFlags is what the command line of "dmem lab" says.
type labFlags struct {
	classic, noBrowser bool
	port               int
	notebook           string
}

func parseLab(args []string, stdout io.Writer) (labFlags, error) {
	var f labFlags
	fs := flag.NewFlagSet("lab", flag.ContinueOnError)
	f.register(fs)
	if err := parseFlags(fs, args, "[flags] [NOTEBOOK]", labAbout, stdout); err != nil {
		return f, err
	}
	f.notebook = fs.Arg(0)
	switch {
	case fs.NArg() > 1:
		return f, usagef("unexpected argument %q", fs.Arg(1))
	case f.port < 0 || f.port > 65535:
		return f, usagef("-port is %d: want 1 to 65535, or 0 for the first free one from 8888", f.port)
	}
	return f, nil
}

func (f *labFlags) register(fs *flag.FlagSet) {
	fs.BoolVar(&f.classic, "classic", false, "open the classic notebook instead of JupyterLab")
	fs.BoolVar(&f.noBrowser, "no-browser", false, "only tell the address")
	fs.IntVar(&f.port, "port", 0, "listen on port `N`; 0 for the first free one from 8888")
}

// lab is the command "dmem lab".
func lab(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parseLab(args, stdout)
	if err != nil {
		return err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	notebook, err := labNotebook(root, f.notebook)
	if err != nil {
		return err
	}
	app := jupyter.Lab
	if f.classic {
		app = jupyter.Classic
	}
	say := func(s string) { fmt.Fprintln(stderr, s) }
	env, err := jupyter.Setup(ctx, root, app, say)
	if err != nil {
		return err
	}
	if err := buildPackages(ctx, root, say); err != nil {
		return err
	}
	cache, err := jupyter.Cache()
	if err != nil {
		return err
	}
	say("starting Jupyter")
	err = env.Serve(ctx, jupyter.Server{
		Root: root, Notebook: notebook, Port: f.port, Browser: !f.noBrowser, Settings: filepath.Join(cache, "lab"),
		Ready: func(a jupyter.Address) {
			fmt.Fprintf(stdout, "Jupyter is at\n    %s\nCtrl-C ends it. Save your notebooks first.\n", a.Page)
		},
	})
	if err == nil {
		say("Jupyter and its kernels have ended")
	}
	return err
}

// labNotebook returns the path of a notebook below root, with slashes: of the notebook with
// that name, or of the file at that path; quickstart for "".
func labNotebook(root, name string) (string, error) {
	if name == "" {
		name = "quickstart"
	}
	path := name
	if info, err := os.Stat(name); err != nil || info.IsDir() {
		found, err := notebooks(root, []string{name})
		if err != nil {
			return "", err
		}
		path = found[0]
	}
	// Both without symbolic links, to compare them.
	inside, err := filepath.Abs(path)
	if err == nil {
		inside, err = filepath.EvalSymlinks(inside)
	}
	if err != nil {
		return "", err
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, inside)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", usagef("%s lies outside of the clone %s: move it there, into a folder such as notebooks", name, root)
	}
	if filepath.Ext(rel) != ".ipynb" {
		return "", usagef("%s is no notebook: want a name that ends in .ipynb", name)
	}
	return filepath.ToSlash(rel), nil
}
