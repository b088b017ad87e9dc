package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/internal/cachefolder"
)

//go:embed plugin
var sources embed.FS

const sourceFolder = "plugin"

var compilerFlags = []string{"-O2", "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread"}

// plugin returns the path of the compiled plugin, which it makes at need: whole, or not at
// all. Its name tells what it was made from.
func plugin(ctx context.Context, cache string) (string, error) {
	if cache == "" {
		var err error
		if cache, err = cachefolder.Path(); err != nil {
			return "", fmt.Errorf("record: %w", err)
		}
	}
	files, err := sources.ReadDir(sourceFolder)
	if err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	hash := sha256.New()
	fmt.Fprintln(hash, compilerFlags, runtime.GOARCH)
	text := map[string][]byte{}
	for _, f := range files {
		if text[f.Name()], err = sources.ReadFile(sourceFolder + "/" + f.Name()); err != nil {
			return "", fmt.Errorf("record: %w", err)
		}
		fmt.Fprintf(hash, "%s %q\n", f.Name(), text[f.Name()])
	}
	path := filepath.Join(cache, fmt.Sprintf("record-%x.so", hash.Sum(nil)[:8]))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	gcc, err := look(compiler)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	dir, err := os.MkdirTemp(cache, "record-*.tmp")
	if err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	defer os.RemoveAll(dir)
	aside := filepath.Join(dir, "record.so")
	args := append(slices.Clone(compilerFlags), "-o", aside)
	for _, f := range files {
		name := filepath.Join(dir, f.Name())
		if err := os.WriteFile(name, text[f.Name()], 0o666); err != nil {
			return "", fmt.Errorf("record: %w", err)
		}
		if filepath.Ext(name) == ".c" {
			args = append(args, name)
		}
	}
	cmd := exec.CommandContext(ctx, gcc, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("record: compile the plugin: %w\n%s", err, bytes.TrimSpace(out))
	}
	if err := os.Rename(aside, path); err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	return path, nil
}
