package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLabNotebook(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	for _, path := range []string{"notebooks/quickstart.ipynb", "notebooks/tutorials/1_why.ipynb", "mine/a b.ipynb", "mine/text.md"} {
		path = filepath.Join(root, path)
		os.MkdirAll(filepath.Dir(path), 0o777)
		os.WriteFile(path, nil, 0o666)
	}
	os.WriteFile(filepath.Join(outside, "stray.ipynb"), nil, 0o666)
	t.Chdir(filepath.Join(root, "mine"))
	for name, want := range map[string]string{
		"":                                    "notebooks/quickstart.ipynb",
		"1_why":                               "notebooks/tutorials/1_why.ipynb",
		"a b.ipynb":                           "mine/a b.ipynb",
		"../notebooks/quickstart.ipynb":       "notebooks/quickstart.ipynb",
		"nothing":                             `error: there is no notebook "nothing"; the notebooks are quickstart, tutorials/1_why`,
		"text.md":                             "error: text.md is no notebook: want a name that ends in .ipynb",
		filepath.Join(outside, "stray.ipynb"): "error: " + filepath.Join(outside, "stray.ipynb") + " lies outside of the clone",
	} {
		got, err := labNotebook(root, name)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want && (err == nil || !strings.HasPrefix(got, want)) {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestLabOutsideOfAClone(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, mod := range []string{"", "module example.com/other\n"} {
		if mod != "" {
			os.WriteFile("go.mod", []byte(mod), 0o666)
		}
		var stdout, stderr bytes.Buffer
		if code := dispatch(t.Context(), []string{"lab"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "go to a clone of dmemsys (git clone ") {
			t.Errorf("go.mod %q: code %d, %s", mod, code, stderr.String())
		}
	}
}
