package nb

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/dmemsys/dmemsys/dmem/internal/scale"
	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Save writes a figure into the folder "figures" of the module that the notebook (or the
// program's working directory) lies in, as name.svg, .pdf and .png; at another scale than
// small into a folder in it, "paper" or "paper-16". It panics on an error, so that the cell
// fails; see [Figure.Save].
func Save(f *Figure, name string) {
	root, err := Root()
	if err == nil {
		err = f.Save(filepath.Join(root, "figures", scale.Folder(Scale())), name)
	}
	if err != nil {
		panic(err)
	}
}

// SaveTable writes a table into the folder "data/results" of the module around the notebook,
// as name.csv: the numbers behind a figure, to be compared between runs. At another scale than
// small they go into a folder in it, "paper" or "paper-16". It panics on an error, so that
// the cell fails.
func SaveTable(t *stats.Table, name string) {
	dir := filepath.Join(Data(), "results", scale.Folder(Scale()))
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		err = wholefile.Write(filepath.Join(dir, name+".csv"), t.WriteCSV)
	}
	if err != nil {
		panic(err)
	}
}

// Root returns the folder of the module around the notebook, or around the working directory
// outside of one: the nearest folder upwards with a go.mod.
func Root() (string, error) {
	start := os.Getenv(protocol.GONB_DIR_ENV)
	if start == "" {
		var err error
		if start, err = os.Getwd(); err != nil {
			return "", fmt.Errorf("nb: %w", err)
		}
	}
	for dir := filepath.Clean(start); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("nb: there is no go.mod in %s or above: put the notebook into a clone of dmemsys or into a Go module of your own (go mod init)", start)
		}
	}
}

// Scales of the experiments in a notebook.
const (
	Small = scale.Small // minutes on a laptop, the default
	Paper = scale.Paper // as in the paper
)

// ScaleEnv is the environment variable through which "dmem figures -scale" reaches notebooks.
const ScaleEnv = scale.Env

// Scale returns the scale the notebook is to run at: Small, Paper, or what the paper's rack
// is divided by. It panics if the environment names another.
func Scale() string {
	s := os.Getenv(ScaleEnv)
	switch s {
	case "":
		return Small
	case Small, Paper:
		return s
	}
	if n, err := strconv.Atoi(s); err != nil || n < 1 {
		panic(fmt.Errorf("nb: %s is %q: want %q, %q or a divisor of the paper's rack", ScaleEnv, s, Small, Paper))
	}
	return s
}

// Data returns the folder "data" of the module around the notebook. It panics if there is
// no module.
func Data() string {
	root, err := Root()
	if err != nil {
		panic(err)
	}
	return filepath.Join(root, "data")
}
