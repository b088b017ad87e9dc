package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed plugin/record.c
var source []byte

var compilerFlags = []string{"-O2", "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread"}

// plugin returns the path of the compiled plugin, which it makes at need: whole, or not at
// all. Its name tells what it was made from.
func plugin(ctx context.Context, cache string) (string, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("record: no folder for the compiled plugin: %w", err)
		}
		cache = filepath.Join(user, "dmemsys")
	}
	sum := sha256.Sum256(append([]byte(strings.Join(compilerFlags, " ")+"\n"), source...))
	path := filepath.Join(cache, "record-"+hex.EncodeToString(sum[:8])+".so")
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
	text, aside := filepath.Join(dir, "record.c"), filepath.Join(dir, "record.so")
	if err := os.WriteFile(text, source, 0o666); err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	cmd := exec.CommandContext(ctx, gcc, append(append([]string(nil), compilerFlags...), "-o", aside, text)...)
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
