package dmem

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFingerprintCoversTheSimulator follows the imports from this package: every package of
// the module that it is built of must be among the embedded sources, and no other, with all
// its files, as they are on disk, and nothing else compiled in.
func TestFingerprintCoversTheSimulator(t *testing.T) {
	const prefix = "github.com/dmemsys/dmemsys/dmem"
	want := []string{"."}
	for i := 0; i < len(want); i++ {
		entries, err := os.ReadDir(want[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := path.Join(want[i], e.Name())
			switch filepath.Ext(name) {
			case ".s", ".c", ".h", ".syso":
				t.Errorf("%s is compiled in, but no part of the fingerprint", name)
			case ".go":
			default:
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if embedded, err := sources.ReadFile(name); err != nil || !bytes.Equal(embedded, text) {
				t.Errorf("%s is no part of the fingerprint, or it has changed since this test was compiled: add its folder to the sources in fingerprint.go (%v)", name, err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if name != "fingerprint.go" && bytes.Contains(text, []byte("\n//go:embed")) {
				t.Errorf("%s embeds files, which are no part of the fingerprint", name)
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, im := range file.Imports {
				p, _ := strconv.Unquote(im.Path.Value)
				if rel, ok := strings.CutPrefix(p, prefix+"/"); ok && !slices.Contains(want, rel) {
					// They decide how and where a file is written, not what stands in it.
					if rel != "internal/wholefile" && rel != "internal/cachefolder" {
						want = append(want, rel)
					}
				}
			}
		}
	}
	err := fs.WalkDir(sources, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.Contains(want, path.Dir(p)) {
			t.Errorf("%s is no part of the simulator: take its folder out of the sources in fingerprint.go", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFingerprintIgnoresComments and white space, but neither code nor directives.
func TestFingerprintIgnoresComments(t *testing.T) {
	tokens := func(text string) string {
		var b strings.Builder
		writeTokens(&b, []byte(text))
		return b.String()
	}
	const text = "//go:build linux\n\n// Package p.\npackage p\n\nvar x = 1 // one\n"
	for changed, same := range map[string]bool{
		"//go:build linux\n\npackage p\nvar   x = 1\n":     true,
		"//go:build linux\n\npackage p\nvar x = 2\n":       false,
		"//go:build windows\n\npackage p\nvar x = 1\n":     false,
		"//go:build linux\n\npackage p\nvar x = `1`\n":     false,
		"//go:build linux\n\npackage p\nvar x, y = 1, 1\n": false,
	} {
		if (tokens(changed) == tokens(text)) != same {
			t.Errorf("%q: the same tokens as %q: want %v", changed, text, same)
		}
	}
}
