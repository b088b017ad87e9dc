package trace

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Kind is why the last-level cache went to memory.
type Kind uint8

// The kinds of miss. For the memory both fills are reads: a cache that allocates on a
// write reads the line first and writes it back when it is evicted.
const (
	LoadFill  Kind = iota // a load missed: the line is read
	StoreFill             // a store missed: the line is read for ownership
	WriteBack             // a dirty line was evicted: the line is written
	numKinds
)

var kindNames = [numKinds]string{"load-fill", "store-fill", "write-back"}

// String returns "load-fill", "store-fill" or "write-back".
func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// IsFill reports whether the miss brings a line into the cache.
func (k Kind) IsFill() bool { return k == LoadFill || k == StoreFill }

// MarshalText implements [encoding.TextMarshaler]; a kind that does not exist is an error.
func (k Kind) MarshalText() ([]byte, error) { return marshalName(k, kindNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (k *Kind) UnmarshalText(b []byte) error { return unmarshalName(k, b, "kind", kindNames[:]) }

// Miss is one access of the last-level cache to memory. The zero value is a load fill of
// thread 0 at cycle 0 and address 0.
type Miss struct {
	Cycle   units.Cycles  // its stamp, in cycles of the trace's clock; 0 to MaxStamp
	Addr    mem.VAddr     // byte address, as a rule that of a line
	Thread  mem.ThreadID  // the core or software thread, from 0
	Process mem.ProcessID // whose address space it is, from 0
	Kind    Kind
}

// MaxStamp is the latest stamp a miss can have; [units.NeverCycles] stays free.
const MaxStamp = units.NeverCycles - 1

// Source yields misses in the order of their stamps.
//
// Next fills buf from the front and returns how many it wrote: n > 0 and a nil error, or
// 0 and [io.EOF] at the end, or 0 and the error that ended it. What precedes an error is
// delivered first. Once Next has returned an error it returns the same one again. Stamps
// never decrease, also from one call to the next. An empty buf gives [io.ErrShortBuffer].
type Source interface {
	Next(buf []Miss) (n int, err error)
}
