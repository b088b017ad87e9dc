package nb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

func ExampleShow() {
	t := stats.NewTable("", stats.Column{Name: "policy"}, stats.Column{Name: "mean", Unit: "ns"})
	t.Append("random", 1523.25)
	t.Append("smart-idle", 412.5)
	nb.Show(t) // an HTML table in a notebook
	// Output:
	// policy      mean (ns)
	// random         1523.2
	// smart-idle      412.5
}

func ExampleFigure_Save() {
	fig := nb.Bars("Mean latency (ns)", []string{"lbm", "fft"},
		nb.Bar{Name: "random", Values: []float64{1523, 640}},
		nb.Bar{Name: "smart-idle", Values: []float64{420, 320}})
	dir, _ := os.MkdirTemp("", "figures")
	defer os.RemoveAll(dir)
	if err := fig.Save(dir, "latency"); err != nil {
		panic(err)
	}
	files, _ := filepath.Glob(dir + "/*")
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// latency.pdf
	// latency.png
	// latency.svg
}

// panicked returns the text of the panic in f.
func panicked(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() {
		if err, ok := recover().(error); ok {
			text = err.Error()
		}
	}()
	f()
	t.Error("no panic")
	return ""
}

func TestShowFailsLoudly(t *testing.T) {
	for want, arg := range map[string]any{
		"a int cannot be shown": 3,
		"no data":               nb.CDF("Latency"),
		"nil *Figure":           (*nb.Figure)(nil),
		"nil *stats.Table":      (*stats.Table)(nil),
	} {
		if got := panicked(t, func() { nb.Show(arg) }); !strings.Contains(got, want) {
			t.Errorf("panic %q, want one with %q", got, want)
		}
	}
}

func TestSaveFindsTheFiguresFolder(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "notebooks", "tutorials")
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GONB_DIR", deep)
	fig := nb.Bars("y", []string{"a"}, nb.Bar{Values: []float64{1}})
	if got := panicked(t, func() { nb.Save(fig, "f") }); !strings.Contains(got, "no go.mod") {
		t.Errorf("outside of a module: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for scale, folder := range map[string]string{"small": "", "paper": "paper", "16": "paper-16"} {
		t.Setenv(nb.ScaleEnv, scale)
		nb.Save(fig, "f")
		if _, err := os.Stat(filepath.Join(root, "figures", folder, "f.pdf")); err != nil {
			t.Error(err)
		}
	}
}

func TestScale(t *testing.T) {
	for env, want := range map[string]string{"": nb.Small, "small": nb.Small, "paper": nb.Paper, "16": "16"} {
		t.Setenv(nb.ScaleEnv, env)
		if got := nb.Scale(); got != want {
			t.Errorf("%q: scale %q, want %q", env, got, want)
		}
	}
	t.Setenv(nb.ScaleEnv, "huge")
	if got := panicked(t, func() { nb.Scale() }); !strings.Contains(got, `"huge": want "small", "paper" or`) {
		t.Errorf("panic %q", got)
	}
}

func TestProgressIsSilentOutsideOfANotebook(t *testing.T) {
	report := nb.Progress("runs")
	for i := range 5 {
		report(i, 4)
	}
	report(0, 0)
}
