package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
)

const figuresAbout = `
Executes the notebooks NAME (all, if none is named) of the folder "notebooks", several at a
time, and writes them back with their results; the notebooks write their figures as SVG, PDF
and PNG into the folder "figures". Run it inside a clone of dmemsys.

What is missing on the machine is set up first, in a private folder of the user's cache: the
notebook kernel, and Jupyter unless there is one. A cell that fails is shown with its source
and output, and its notebook stays as it was. Two executions give the same bytes.

Examples:
  dmem figures
  dmem figures -scale paper fig2_random_pool`

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
	fs.StringVar(&f.scale, "scale", "small", "`size` of the experiments: small (minutes) or paper (as in the paper)")
	fs.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "`number` of notebooks to execute at the same time")
	fs.DurationVar(&f.timeout, "timeout", 0, "longest `time` for one cell, such as 10m; 0 for no limit")
	if err := parseFlags(fs, args, "[flags] [NAME...]", figuresAbout, stdout); err != nil {
		return f, err
	}
	f.names = fs.Args()
	switch {
	case f.scale != "small" && f.scale != "paper":
		return f, usagef("-scale is %q: want small or paper", f.scale)
	case f.jobs < 1:
		return f, usagef("-jobs is %d: want at least 1", f.jobs)
	case f.timeout != 0 && f.timeout < time.Second:
		return f, usagef("-timeout is %v: want 1s or more, or 0 for no limit", f.timeout)
	}
	return f, nil
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
	paths, err := notebooks(root, f.names)
	if err != nil {
		return err
	}
	say := func(s string) { fmt.Fprintln(stderr, s) }
	env, err := jupyter.Setup(ctx, root, say)
	if err != nil {
		return err
	}
	// Once, before several notebooks compile the same packages at the same time.
	say("building the packages")
	cmd := exec.CommandContext(ctx, "go", "build", "./...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("go build ./...: %w\n%s", err, out))
	}
	o := jupyter.Options{Environ: []string{"DMEM_SCALE=" + f.scale}, Timeout: f.timeout}
	err = inParallel(ctx, paths, f.jobs, newReporter(stderr), func(ctx context.Context, path string) error {
		return env.Execute(ctx, path, o)
	})
	if err == nil {
		say("the figures are in " + filepath.Join(root, "figures"))
	}
	return err
}

// moduleRoot returns the folder of the module around the working directory.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("the working directory lies in no Go module: go to a clone of dmemsys")
	}
	return filepath.Dir(mod), nil
}

// notebooks returns the paths of the notebooks with the given names, of all without names.
func notebooks(root string, names []string) ([]string, error) {
	dir := filepath.Join(root, "notebooks")
	all, err := filepath.Glob(filepath.Join(dir, "*.ipynb"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there are no notebooks in %s", dir)
	}
	slices.Sort(all)
	if len(names) == 0 {
		return all, nil
	}
	var paths, known []string
	for _, path := range all {
		known = append(known, notebookName(path))
	}
	for _, name := range names {
		i := slices.Index(known, notebookName(name))
		if i < 0 {
			return nil, usagef("there is no notebook %q; the notebooks are %s", name, strings.Join(known, ", "))
		}
		if !slices.Contains(paths, all[i]) {
			paths = append(paths, all[i])
		}
	}
	return paths, nil
}

// notebookName returns the name of a notebook: its file's without folder and extension.
func notebookName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".ipynb") }

// inParallel runs execute on the paths, so many at a time, and reports to p. It returns all
// errors, after an interrupt only that of ctx.
func inParallel(ctx context.Context, paths []string, jobs int, p reporter, execute func(context.Context, string) error) error {
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
				p.done(notebookName(path), time.Since(began), errs[i])
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
