package jupyter

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// notebooksDir is the folder of the project's notebooks.
var notebooksDir = filepath.Join("..", "..", "..", "notebooks")

// committed returns the project's notebooks by path below their folder.
func committed(t *testing.T) map[string]object {
	t.Helper()
	all := map[string]object{}
	err := filepath.WalkDir(notebooksDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".ipynb_checkpoints" {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".ipynb" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		nb, err := parse(data)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		rel, err := filepath.Rel(notebooksDir, path)
		all[filepath.ToSlash(rel)] = nb
		return err
	})
	if err != nil || len(all) < 5 {
		t.Fatalf("%d notebooks in %s (%v)", len(all), notebooksDir, err)
	}
	return all
}

// executed reports whether a cell of a notebook has been executed.
func executed(nb object) bool {
	for _, cell := range cellsOf(nb) {
		if cell["cell_type"] == "code" && cell["execution_count"] != nil {
			return true
		}
	}
	return false
}

// setUp is how the first code cell of every notebook begins.
const setUp = `%noautoget
!*test -f "$(cd "$GONB_DIR" && go env GOMOD)" || { echo "This notebook lies outside of dmemsys: move it into a clone, to notebooks/ for instance, and open it there."; exit 1; }
!*test -f go.work || go work init . "$(dirname "$(cd "$GONB_DIR" && go env GOMOD)")"
import (
`

var (
	duration = regexp.MustCompile(`\b(seconds?|minutes?)\b`)
	next     = regexp.MustCompile(`(?m)^## .*[Tt]ry next$`)
)

// TestNotebooksAreWhole: each notebook begins with a title, how long it takes and the set-up
// cell, and ends with what to try next; its outputs hold no failure, and it has been executed
// whole or not at all, pictures included.
func TestNotebooksAreWhole(t *testing.T) {
	for name, nb := range committed(t) {
		cells := cellsOf(nb)
		if len(cells) == 0 || cells[0]["cell_type"] != "markdown" || !strings.HasPrefix(textOf(cells[0]["source"]), "# ") {
			t.Errorf("%s: the first cell is no title", name)
			continue
		}
		if !duration.MatchString(textOf(cells[0]["source"])) {
			t.Errorf("%s: the first cell does not say how many seconds or minutes the notebook takes", name)
		}
		if last := cells[len(cells)-1]; last["cell_type"] != "markdown" || !next.MatchString(textOf(last["source"])) {
			t.Errorf("%s: the last cell does not say what to try next", name)
		}
		first := true
		for i, cell := range cells {
			if cell["cell_type"] != "code" {
				continue
			}
			if first && !strings.HasPrefix(textOf(cell["source"]), setUp) {
				t.Errorf("%s: cell %d, the first with code, is not the set-up cell of the other notebooks", name, i+1)
			}
			first = false
			if strings.Contains(textOf(cell["source"]), "git ") {
				t.Errorf("%s: cell %d calls git: a copy of the project need not be a clone", name, i+1)
			}
			if executed(nb) && cell["execution_count"] == nil && strings.TrimSpace(textOf(cell["source"])) != "" {
				t.Errorf("%s: cell %d has not been executed, others have", name, i+1)
			}
		}
		if err := failure(name, nb); err != nil && executed(nb) {
			t.Error(err)
		}
	}
}

var (
	linked = regexp.MustCompile(`\]\(([^)]+\.ipynb)\)`)
	shown  = regexp.MustCompile(`<img src="([^"]+)"`)
)

// TestGallery: notebooks/README.md has each notebook once, with a question and a running time,
// and no other; its pictures are there, but for those of notebooks that wait for their first
// execution.
func TestGallery(t *testing.T) {
	all := committed(t)
	data, err := os.ReadFile(filepath.Join(notebooksDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		link := linked.FindStringSubmatch(line)
		if link == nil {
			continue
		}
		name := link[1]
		nb, ok := all[name]
		switch columns := strings.Split(strings.Trim(line, "|"), "|"); {
		case !ok:
			t.Errorf("the gallery has %s, which does not exist", name)
			continue
		case seen[name]:
			t.Errorf("the gallery has %s twice", name)
		case len(columns) != 4 || strings.TrimSpace(columns[2]) == "" || !regexp.MustCompile(`\d (s|min)`).MatchString(columns[3]):
			t.Errorf("the gallery's row of %s has no question or no running time: %s", name, line)
		}
		seen[name] = true
		for _, img := range shown.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join(notebooksDir, filepath.FromSlash(img[1]))); err != nil && executed(nb) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for name := range all {
		if !seen[name] {
			t.Errorf("the gallery, notebooks/README.md, has no row for %s", name)
		}
	}
}
