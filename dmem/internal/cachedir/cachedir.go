// Package cachedir tells where the project keeps what can be made again.
package cachedir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Variable is the environment variable that names another folder than the usual one.
const Variable = "DMEMSYS_CACHE"

// Path returns the path of a folder in the project's cache: below the folder that [Variable]
// names, or else below dmemsys in the user's cache. It need not exist yet. The error tells
// what to set.
func Path(name string) (string, error) {
	root := os.Getenv(Variable)
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("cachedir: no folder for the cache: %w: set %s", err, Variable)
		}
		root = filepath.Join(user, "dmemsys")
	}
	return filepath.Join(root, name), nil
}
