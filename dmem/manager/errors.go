package manager

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// ErrNoSpace is wrapped by the error of a grant that no pool has room for.
var ErrNoSpace = errors.New("no space")

// noSpace says who asked for how much and what each pool has.
func (m *Manager) noSpace(node mem.NodeID) error {
	var b strings.Builder
	for i := range m.pools {
		fmt.Fprintf(&b, "pool %d has %v free of %v, ", i, m.pools[i].free(), m.pools[i].capacity)
	}
	return fmt.Errorf("manager: node %d asks %v, %s: %w", node, m.config.Chunk, strings.TrimSuffix(b.String(), ", "), ErrNoSpace)
}
