package dram

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Probe observes a memory. A nil func costs one comparison.
type Probe struct {
	OnCommand func(*Command) // each command on a command bus; the argument is valid during the call only
}

// Op is a DRAM command.
type Op uint8

// The commands.
const (
	OpACT Op = iota // activate: open a row
	OpRD            // read
	OpWR            // write
	OpRDA           // read with auto-precharge
	OpWRA           // write with auto-precharge
	OpPRE           // precharge: close a bank's row
	OpREF           // refresh a rank
)

var opNames = []string{"ACT", "RD", "WR", "RDA", "WRA", "PRE", "REF"}

// String returns the command's JEDEC name.
func (o Op) String() string { return name(opNames, uint8(o)) }

// Command is one command as the controller issues it. Bank and Row are zero for REF; Tag
// is that of the request a column command serves or an ACT is for.
type Command struct {
	Cycle               units.Cycles
	Channel, Rank, Bank int
	Op                  Op
	Row                 uint32
	Tag                 uint32
}

// CollisionError reports two writes of a channel whose data would overlap on the bus. The
// reference ends the process ("Data Bus Collision"). It happens with a large AL and
// several ranks, where the controller does not keep writes of different ranks apart.
type CollisionError struct {
	Channel       int
	First, Second units.Cycles // the write commands
	Burst         units.Cycles // cycles of data of each
}

func (e *CollisionError) Error() string {
	return fmt.Sprintf("dram: data bus collision in channel %d: writes at cycles %d and %d, %d cycles of data each", e.Channel, e.First, e.Second, e.Burst)
}

// AddressError reports an address whose fields name a channel, rank or bank that does not
// exist, which happens only where their number is no power of two.
type AddressError struct {
	Addr                mem.PAddr
	Channel, Rank, Bank int
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("dram: address %#x selects channel %d, rank %d, bank %d, which does not exist", uint64(e.Addr), e.Channel, e.Rank, e.Bank)
}
