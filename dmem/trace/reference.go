package trace

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/mem"
)

// RefKind is what a program does at an address.
type RefKind uint8

// The kinds of reference.
const (
	Load   RefKind = iota // data are read
	Store                 // data are written
	IFetch                // an instruction is fetched
	numRefKinds
)

var refKindNames = [numRefKinds]string{"load", "store", "ifetch"}

// String returns "load", "store" or "ifetch".
func (k RefKind) String() string {
	if k < numRefKinds {
		return refKindNames[k]
	}
	return fmt.Sprintf("RefKind(%d)", uint8(k))
}

// MarshalText implements [encoding.TextMarshaler]; a kind that does not exist is an error.
func (k RefKind) MarshalText() ([]byte, error) { return marshalName(k, refKindNames[:]) }

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (k *RefKind) UnmarshalText(b []byte) error {
	return unmarshalName(k, b, "kind of reference", refKindNames[:])
}

// Reference is one touch of a program at memory, before any cache: what package frontend
// turns into misses. It is no [Miss] and cannot be replayed as one. The zero value is a
// load of thread 0 at address 0.
//
// Instructions counts those the thread began since its reference before, up to the one
// that makes this reference; it is 0 for the second operand of an instruction, and for the
// operand of an instruction whose fetch is a reference too. The sum over a thread's
// references is what it executed.
type Reference struct {
	Addr         mem.VAddr // of the first byte
	Instructions uint32
	Thread       mem.ThreadID  // software thread, from 0
	Process      mem.ProcessID // whose address space it is, from 0
	Size         uint8         // in bytes; 0, not known, counts as 1
	Kind         RefKind
}

// RefSource yields references: those of a thread in its program's order, those of several
// threads interleaved in small quanta, about as they would run side by side.
//
// Next has the contract of [Source]: it fills buf from the front and returns n > 0 and a
// nil error, or 0 and [io.EOF] at the end, or 0 and the error that ended it; what precedes
// an error is delivered first, an error returns again, and an empty buf gives
// [io.ErrShortBuffer].
type RefSource interface {
	Next(buf []Reference) (n int, err error)
}
