package dmem

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGeneratorSource: the names of stored traces change with each package that decides
// about misses: workload, frontend and all that they import but trace, which says how misses
// are written down.
func TestGeneratorSource(t *testing.T) {
	const prefix = "github.com/dmemsys/dmemsys/dmem/"
	folders := []string{"workload", "frontend"}
	for i := 0; i < len(folders); i++ {
		names, err := filepath.Glob(folders[i] + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, im := range file.Imports {
				if rel, ok := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), prefix); ok && rel != "trace" && !slices.Contains(folders, rel) {
					folders = append(folders, rel)
				}
			}
		}
	}
	got := map[string]bool{}
	hashSources(func(file string) bool {
		if generatorFile(file) {
			got[path.Dir(file)] = true
		}
		return false
	})
	for _, folder := range append(folders, ".") {
		if !got[folder] {
			t.Errorf("%s is no part of the names of stored traces", folder)
		}
	}
	for _, file := range []string{"generate.go", "program.go", "workload/lbm.go", "cache/array.go"} {
		if !generatorFile(file) {
			t.Errorf("%s is no part of the names of stored traces", file)
		}
	}
	for _, file := range []string{"rack.go", "trace/csv.go", "dram/config.go"} {
		if generatorFile(file) {
			t.Errorf("%s is part of the names of stored traces", file)
		}
	}
	if generatorSource() == fingerprint() || generatorSource() == hashSources(func(string) bool { return false }) {
		t.Error("the hash does not tell apart what is hashed")
	}
}
