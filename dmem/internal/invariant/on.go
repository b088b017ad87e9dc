//go:build invariants

package invariant

// Enabled reports whether the checks are compiled in.
const Enabled = true
