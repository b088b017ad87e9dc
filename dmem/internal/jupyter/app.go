package jupyter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// App is a program of Jupyter.
type App int

const (
	Convert App = iota // executes notebooks without a browser
	Lab                // JupyterLab
	Classic            // the classic notebook, as it was before version 7
)

//go:embed requirements.txt
var requirements string

//go:embed requirements-lab.txt
var requirementsLab string

// apps tells what Jupyter calls each App and how it can be had.
var apps = [...]struct {
	name, title  string
	oldest       int    // major version
	requirements string // of the private virtual environment
	debian       []string
	advice       string
}{
	Convert: {"nbconvert", "Jupyter to execute notebooks with", 6, requirements, []string{"jupyter-core", "jupyter-nbconvert"},
		"    pip install nbconvert             (needs Python 3.10 or later), or\n" +
			"    apt-get install jupyter-nbconvert (Debian, Ubuntu; as root)"},
	Lab:     {"lab", "JupyterLab 4", 4, requirementsLab, nil, "    pip install jupyterlab            (needs Python 3.10 or later)"},
	Classic: {"nbclassic", "the classic notebook", 1, requirementsLab, nil, "    pip install nbclassic             (needs Python 3.10 or later)"},
}

// usable returns why a program is no jupyter with an app that is new enough.
func (a App) usable(ctx context.Context, program string) error {
	if missing(program) {
		return errors.New("not there")
	}
	name := apps[a].name
	out, err := output(ctx, "", nil, program, name, "--version")
	if err != nil {
		return err
	}
	version := strings.TrimSpace(out)
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < apps[a].oldest {
		return fmt.Errorf("its %s is of version %q: want %d or later", name, version, apps[a].oldest)
	}
	return nil
}
