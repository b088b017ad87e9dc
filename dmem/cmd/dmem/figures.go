package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
	"github.com/dmemsys/dmemsys/dmem/internal/scale"
)

const figuresAbout = `
Executes the notebooks NAME (all, if none is named) of the folder "notebooks" and of the
folders in it, several at a time, and writes them back with their results; the notebooks
write their figures as SVG, PDF and PNG into the folder "figures". Run it inside a clone of
dmemsys. NAME is a path without ".ipynb", or its last part if only one notebook has it.

What is missing on the machine is set up first, in the folder that the environment variable
` + dmem.CacheVariable + ` names, or else in dmemsys in the user's cache: the notebook kernel, and
Jupyter unless there is one. A cell that fails is shown with its source
and output, and its notebook stays as it was. Two executions give the same bytes.

At another scale than small only the notebooks of the paper's Figures 2 to 5 are executed, and
stay as they are. Figures and numbers go into folders named after it, figures/paper and
data/results/paper for the paper's own, with a file for each notebook that says what was run,
and how long it took.

Examples:
  dmem figures
  dmem figures -scale paper fig2_random_pool
  dmem figures -scale 16 fig5_tail_and_breakdown`

// figuresFlags is what the command line of "dmem figures" says.
type figuresFlags struct {
	scale   string
	jobs    int
	timeout time.Duration
	names   []string
}

func parseFigures(args []string, stdout io.Writer) (figuresFlags, error) {
	var f figuresFlags
	fs := flag.NewFlagSet("figures", flag.ContinueOnError)
	f.register(fs)
	if err := parseFlags(fs, args, "[flags] [NAME...]", figuresAbout, stdout); err != nil {
		return f, err
	}
	f.names = fs.Args()
	_, err := experiment.Divisor(f.scale)
	switch {
	case err != nil || f.scale == "":
		return f, usagef("-scale is %q: want small, paper, or a divisor of the paper's rack: 1, 4, 16, 64 or 256", f.scale)
	case f.jobs < 1:
		return f, usagef("-jobs is %d: want at least 1", f.jobs)
	case f.timeout != 0 && f.timeout < time.Second:
		return f, usagef("-timeout is %v: want 1s or more, or 0 for no limit", f.timeout)
	}
	return f, nil
}

func (f *figuresFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.scale, "scale", "small", scaleUsage+"; small takes minutes, paper hours")
	fs.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "`number` of notebooks to execute at the same time")
	fs.DurationVar(&f.timeout, "timeout", 0, "longest `time` for one cell, such as 10m; 0 for no limit")
}

// figures is the command "dmem figures".
func figures(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parseFigures(args, stdout)
	if err != nil {
		return err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "notebooks")
	paths, err := notebooks(root, f.names)
	if err == nil && f.scale != scale.Small {
		paths, err = ofAnySize(dir, paths, len(f.names) > 0)
	}
	if err != nil {
		return err
	}
	say := func(s string) { fmt.Fprintln(stderr, s) }
	env, err := jupyter.Setup(ctx, root, jupyter.Convert, say)
	if err != nil {
		return err
	}
	if err := buildPackages(ctx, root, say); err != nil {
		return err
	}
	small := f.scale == scale.Small
	o := jupyter.Options{Environ: []string{scale.Env + "=" + f.scale}, Timeout: f.timeout, Discard: !small}
	err = inParallel(ctx, dir, paths, f.jobs, newReporter(stderr), func(ctx context.Context, path string) error {
		began := time.Now()
		err := env.Execute(ctx, path, o)
		if err == nil && !small {
			err = writeProvenance(ctx, root, notebookName(dir, path), f.scale, time.Since(began))
		}
		return err
	})
	if err == nil {
		say("the figures are in " + filepath.Join(root, "figures", scale.Folder(f.scale)))
	}
	return err
}

// buildPackages compiles the packages that cells import: once, before several notebooks do it
// at the same time and before someone waits for a first cell. Archives are all but commands,
// which nobody wants linked.
func buildPackages(ctx context.Context, root string, say func(string)) error {
	say("building the packages")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=archive", "./...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out))
	}
	return nil
}

// moduleRoot returns the folder of the clone around the working directory.
func moduleRoot(ctx context.Context) (string, error) {
	const advice = "go to a clone of dmemsys (git clone https://" + module + ")"
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}}\n{{.Dir}}")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no go in the PATH: install Go 1.26 or later from https://go.dev/dl")
	case err != nil && strings.Contains(stderr.String(), "go.mod file not found"), strings.HasPrefix(string(out), "command-line-arguments"):
		return "", errors.New("the working directory lies in no Go module: " + advice)
	case err != nil:
		return "", errors.Join(ctx.Err(), fmt.Errorf("go list -m: %w\n%s", err, stderr.String()))
	}
	path, dir, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if path != module {
		return "", fmt.Errorf("the working directory lies in the Go module %s: %s", path, advice)
	}
	return dir, nil
}

// module is the path of this Go module.
const module = "github.com/dmemsys/dmemsys"

// notebooks returns the paths of the notebooks below root/notebooks with the given names, of
// all without names.
func notebooks(root string, names []string) ([]string, error) {
	dir := filepath.Join(root, "notebooks")
	all, err := notebookFiles(dir)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no notebooks in %s", dir)
	}
	if len(names) == 0 {
		return all, nil
	}
	var paths, known []string
	for _, path := range all {
		known = append(known, notebookName(dir, path))
	}
	for _, name := range names {
		want := strings.TrimPrefix(strings.TrimSuffix(filepath.ToSlash(filepath.Clean(name)), ".ipynb"), "notebooks/")
		var found []int
		for i, k := range known {
			if k == want {
				found = []int{i}
				break
			}
			if strings.HasSuffix(k, "/"+want) {
				found = append(found, i)
			}
		}
		switch {
		case len(found) == 0:
			return nil, usagef("there is no notebook %q; the notebooks are %s", name, strings.Join(known, ", "))
		case len(found) > 1:
			return nil, usagef("there are several notebooks %q: want one of %s", name, strings.Join(known, ", "))
		}
		if path := all[found[0]]; !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// anySize are the notebooks whose racks have any size: what [writeProvenance] says holds of
// them.
var anySize = []string{"fig2_random_pool", "fig3_local_first", "fig4_alternate", "fig5_tail_and_breakdown"}

// ofAnySize returns those of the notebooks whose racks have any size. If the notebooks were
// named, another among them is an error.
func ofAnySize(dir string, paths []string, named bool) ([]string, error) {
	var of []string
	for _, path := range paths {
		name := notebookName(dir, path)
		if slices.Contains(anySize, name) {
			of = append(of, path)
		} else if named {
			return nil, usagef("-scale: %s has one size only; want small, or one of %s", name, strings.Join(anySize, ", "))
		}
	}
	return of, nil
}

// notebookFiles returns the paths of the notebooks in dir and the folders in it, in order,
// but not Jupyter's copies in hidden folders.
func notebookFiles(dir string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == dir:
			return nil
		case err != nil:
			return err
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".ipynb":
			all = append(all, path)
		}
		return nil
	})
	return all, err
}

// notebookName returns the name of a notebook: its path from dir, without extension.
func notebookName(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		path = rel
	}
	return strings.TrimSuffix(filepath.ToSlash(path), ".ipynb")
}

// inParallel runs execute on the paths of notebooks in dir, so many at a time, and reports to
// p. It returns all errors, after an interrupt only that of ctx.
func inParallel(ctx context.Context, dir string, paths []string, jobs int, p reporter, execute func(context.Context, string) error) error {
	p.start(len(paths))
	errs := make([]error, len(paths))
	slots := make(chan struct{}, jobs)
	var wg sync.WaitGroup
	for i, path := range paths {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			began := time.Now()
			errs[i] = execute(ctx, path)
			if ctx.Err() == nil {
				p.done(notebookName(dir, path), time.Since(began), errs[i])
			}
		})
	}
	wg.Wait()
	p.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(errs...)
}
