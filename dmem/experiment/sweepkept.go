package experiment

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// KeptRuns is what a folder keeps of one version of the simulator.
type KeptRuns struct {
	Fingerprint string // of the simulator; see [dmem.Fingerprint]
	Current     bool   // that of this program
	Runs        int
	Size        units.Bytes
	Last        time.Time // when the last one was written
	files       []string  // with what killed processes left half-written
}

// The names that a sweep gives.
var (
	versionName = regexp.MustCompile(`^[0-9a-f]{32}$`)
	keptName    = regexp.MustCompile(`^[0-9a-f]{32}\` + extension + `(\.[0-9a-f]{8}\.tmp|\` + lockExtension + `)?$`)
)

// Kept returns the runs that a folder keeps, by version of the simulator, the one written to
// last first. Files that no sweep has written are left out. A folder that does not exist
// keeps nothing.
func Kept(dir string) ([]KeptRuns, error) {
	versions, err := readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("experiment: kept runs: %w", err)
	}
	var all []KeptRuns
	for _, v := range versions {
		if !v.IsDir() || !versionName.MatchString(v.Name()) {
			continue
		}
		k := KeptRuns{Fingerprint: v.Name(), Current: v.Name() == dmem.Fingerprint()}
		files, err := readDir(filepath.Join(dir, v.Name()))
		if err != nil {
			return nil, fmt.Errorf("experiment: kept runs: %w", err)
		}
		for _, f := range files {
			info, err := f.Info()
			if err != nil || !info.Mode().IsRegular() || !keptName.MatchString(f.Name()) { // removed meanwhile, or another's
				continue
			}
			if filepath.Ext(f.Name()) == extension {
				k.Runs++
			} else if time.Since(info.ModTime()) < 10*time.Minute {
				continue // perhaps being written
			}
			k.files = append(k.files, filepath.Join(dir, v.Name(), f.Name()))
			k.Size += units.Bytes(info.Size())
			if info.ModTime().After(k.Last) {
				k.Last = info.ModTime()
			}
		}
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b KeptRuns) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return all, nil
}

// Remove removes the runs, and what killed processes left half-written beside them.
func (k *KeptRuns) Remove() error {
	dirs := map[string]bool{}
	for _, f := range k.files {
		dirs[filepath.Dir(f)] = true
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("experiment: kept runs: %w", err)
		}
	}
	for d := range dirs {
		_ = os.Remove(d) // stays if there is something else in it
	}
	return nil
}

// readDir is os.ReadDir for which a folder that does not exist is empty.
func readDir(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
