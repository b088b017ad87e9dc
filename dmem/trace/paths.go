package trace

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrMissingNode says that a directory lacks the file of a node.
var ErrMissingNode = errors.New("missing node file")

// nodeFile is a file name that starts with "node" and a number.
type nodeFile struct {
	name   string
	number uint64
	digits int
	suffix string // ".trc.gz"
}

// Directory returns the paths of a directory's node files in the order of their numbers:
// files named node and a number, with or without leading zeros, and an extension that does
// not matter (node01.trc.gz). Other files are ignored. The numbers start at 0 or 1 and
// leave none out: else the error is [ErrMissingNode] and names the file. Two files of one
// node, and a directory without any, are errors as well.
func Directory(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []nodeFile
	for _, e := range entries {
		if f, ok := parseNodeFile(e.Name()); ok && !e.IsDir() {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("trace: directory %s: want files named node01, node02, ... with any extension, found none of %d entries: %w", path, len(entries), ErrMissingNode)
	}
	slices.SortFunc(files, func(a, b nodeFile) int {
		return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.name, b.name))
	})
	next := min(files[0].number, 1)
	paths := make([]string, len(files))
	for i, f := range files {
		if i > 0 && f.number == files[i-1].number {
			return nil, fmt.Errorf("trace: directory %s: %s and %s: want one file a node", path, files[i-1].name, f.name)
		}
		if f.number != next {
			return nil, fmt.Errorf("trace: directory %s: %w node%0*d%s: found %s", path, ErrMissingNode, files[0].digits, next, f.suffix, f.name)
		}
		next++
		paths[i] = filepath.Join(path, f.name)
	}
	return paths, nil
}

func parseNodeFile(name string) (nodeFile, bool) {
	rest, ok := strings.CutPrefix(name, "node")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	number, err := strconv.ParseUint(rest[:digits], 10, 32)
	suffix := rest[digits:]
	if !ok || err != nil || suffix != "" && suffix[0] != '.' {
		return nodeFile{}, false
	}
	return nodeFile{name, number, digits, suffix}, true
}

// Extension is the customary end of the name of a file in our own format.
const Extension = ".dmt"

// compressions are the customary ends of the names of compressed files.
var compressions = []string{".gz", ".zst", ".zstd", ".xz"}

// extension returns the end of a file's name from its last dot on, in lower case, before the
// end of a compression; "" if there is none.
func extension(name string) string {
	name = strings.ToLower(filepath.Base(name))
	for _, c := range compressions {
		if stem, ok := strings.CutSuffix(name, c); ok {
			name = stem
			break
		}
	}
	return filepath.Ext(name)
}

// Name returns what a trace is called: the last element of its path without an extension
// of a compression (.gz, .zst, .zstd, .xz) and one of a format before it, which
// [Format.Extensions] lists. "data/traces/gnusort_500k_par4.csv.gz" is "gnusort_500k_par4".
func Name(path string) string {
	name := filepath.Base(path)
	for _, ext := range compressions {
		if stem, ok := strings.CutSuffix(name, ext); ok && stem != "" {
			name = stem
			break
		}
	}
	ext := filepath.Ext(name)
	if _, known := formatByExtension(ext); known && ext != name {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}
