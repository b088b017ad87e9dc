// Package cachefolder decides where everything lies that can be made again: the misses of
// programs, finished runs, the plugin of the recorder, and the notebook kernel with Jupyter.
package cachefolder

import (
	"fmt"
	"os"
	"path/filepath"
)

// Variable is the environment variable that names the folder of [Path].
const Variable = "DMEMSYS_CACHE"

// Path returns the absolute path of the folder: what [Variable] says, else dmemsys in
// [os.UserCacheDir], whose error it returns. It need not exist. A relative path is an error:
// notebooks and their kernel run in folders of their own, and would each have another cache.
func Path() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("%s is %q: want an absolute path", Variable, dir)
		}
		return filepath.Clean(dir), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for what can be made again: %w: set %s to one", err, Variable)
	}
	return filepath.Join(dir, "dmemsys"), nil
}
