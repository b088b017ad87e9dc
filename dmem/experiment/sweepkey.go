package experiment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// extension ends the names of the files that keep runs, lockExtension comes behind it for those
// that keep two sweeps from making the same run.
const (
	extension     = ".run"
	lockExtension = ".lock"
)

// path returns the file that keeps the run of a configuration, "" if it is not to be kept.
// It reads the traces that the configuration names, and returns an error if one cannot be
// read.
func (w *sweeping) path(c *dmem.Config) (string, error) {
	key, err := configKey(c)
	if err != nil || w.dir == "" || !pool.IsBuiltin(c.Pool) || !place.IsBuiltin(c.Placement) {
		return "", err
	}
	return filepath.Join(w.dir, key+extension), nil
}

// configKey identifies what decides a result besides the simulator, in 32 hexadecimal digits:
// it is a hash of the configuration's TOML file, with the content of traces instead of their
// paths.
func configKey(c *dmem.Config) (string, error) {
	v := *c
	v.Workloads = slices.Clone(c.Workloads)
	for i := range v.Workloads {
		if t := &v.Workloads[i].Trace; *t != "" {
			content, err := contents.of(*t)
			if err != nil {
				return "", fmt.Errorf("workload %s: %w", v.Workloads[i].Name, err)
			}
			*t = "sha256:" + content
		}
	}
	var b bytes.Buffer
	if err := v.WriteTOML(&b); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:16]), nil
}

// contents spares reading a trace for each of a program's sweeps.
var contents fileHashes

// fileHashes remembers the hashes of files' contents, as long as size and time of
// modification stay. The zero value is ready for use, by several goroutines.
type fileHashes struct {
	mu    sync.Mutex
	known map[fileState]string
}

type fileState struct {
	path     string
	size     int64
	modified time.Time
}

// of returns the hash of a file's content.
func (h *fileHashes) of(path string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	state := fileState{path, info.Size(), info.ModTime()}
	if sum, ok := h.known[state]; ok {
		return sum, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if h.known == nil {
		h.known = map[fileState]string{}
	}
	h.known[state] = hex.EncodeToString(sum.Sum(nil))
	return h.known[state], nil
}
