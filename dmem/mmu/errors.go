package mmu

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// LocalFullError reports a page that its placer put into local memory when none was left.
type LocalFullError struct {
	Node     mem.NodeID
	Capacity units.Bytes // of the node's local memory
}

func (e *LocalFullError) Error() string {
	return fmt.Sprintf("mmu: node %d: all %v of local memory are in use and the placement wants local memory: give the node more, or use a placement with remote memory (local-first, alternate)", e.Node, e.Capacity)
}

// PlaceError reports a placer's answer that is neither place.Local nor place.Remote.
type PlaceError struct {
	Node mem.NodeID
	Got  place.Where
}

func (e *PlaceError) Error() string {
	return fmt.Sprintf("mmu: node %d: the placement answers %v: want %v or %v", e.Node, e.Got, place.Local, place.Remote)
}
