package jupyter

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// kernelName is the name by which notebooks ask for the kernel.
const kernelName = "gonb"

// Programs of the kernel, pinned by the tool lines of go.mod.
const (
	gonb      = "github.com/janpfeifer/gonb"
	goimports = "golang.org/x/tools/cmd/goimports"
)

// kernelFolder returns the folder of the kernel for the module at root, whether it is there
// or not.
func kernelFolder(ctx context.Context, root, cache string) (string, error) {
	versions, err := output(ctx, root, nil, "go", "list", "-m", "-f", "{{.Path}} {{.Version}}", gonb, "golang.org/x/tools")
	if err != nil {
		return "", fmt.Errorf("the kernel's version: %w", err)
	}
	goVersion, err := output(ctx, root, nil, "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "kernel-"+key(versions, goVersion, runtime.GOARCH)), nil
}

// kernelFiles returns the files of the kernel in its folder.
func kernelFiles(dir string) []string {
	return []string{filepath.Join(dir, "bin", "gonb"), filepath.Join(dir, "bin", importer), specPath(dir)}
}

// kernel returns the folder of the kernel for the module at root, which it builds at need.
func kernel(ctx context.Context, root, cache string, log func(string)) (string, error) {
	dir, err := kernelFolder(ctx, root, cache)
	if err != nil {
		return "", err
	}
	return dir, once(ctx, dir, kernelFiles(dir), func() error {
		log("building the notebook kernel")
		bin := filepath.Join(dir, "bin") + string(filepath.Separator) // a folder, for go build
		if err := os.MkdirAll(bin, 0o777); err != nil {
			return err
		}
		if _, err := output(ctx, root, nil, "go", "build", "-o", bin, gonb, goimports); err != nil {
			return fmt.Errorf("building the notebook kernel (without a network it needs a full module cache: go mod download): %w", err)
		}
		return describe(dir)
	})
}

// describe writes the file by which Jupyter finds the kernel. Errors of the compiler come as
// text (raw_error): as HTML they would not reach a log.
func describe(dir string) error {
	spec, err := json.MarshalIndent(map[string]any{
		"argv":           []string{filepath.Join(dir, "bin", "gonb"), "--kernel", "{connection_file}", "--raw_error"},
		"display_name":   "Go (gonb)",
		"language":       "go",
		"interrupt_mode": "message",
	}, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(specPath(dir)), 0o777); err != nil {
		return err
	}
	return os.WriteFile(specPath(dir), spec, 0o666)
}

// specPath returns the path of the kernel's description in its folder.
func specPath(dir string) string {
	return filepath.Join(dir, "share", "kernels", kernelName, "kernel.json")
}

// key returns a short name for what the parts say.
func key(parts ...string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, "\n"))))[:12]
}
