package experiment_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// TestMain keeps the tests away from the runs of the user's cache.
func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		sweepUntilKilled()
		return
	}
	dir, err := os.MkdirTemp("", "dmemsys-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv(dmem.CacheVariable, dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
