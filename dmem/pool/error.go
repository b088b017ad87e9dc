package pool

import "fmt"

// SelectError reports a policy that named a pool that does not exist.
type SelectError struct {
	Policy   string
	Got      ID
	NumPools int
}

func (e *SelectError) Error() string {
	return fmt.Sprintf("pool: policy %q names pool %d: want 0 to %d", e.Policy, e.Got, e.NumPools-1)
}
