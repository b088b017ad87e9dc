package trace

import (
	"errors"
	"fmt"
	"strings"
)

// Conditions to be tested with [errors.Is]. The second and third are cases of the first.
var (
	ErrCorrupt   = errors.New("corrupt trace")
	ErrTruncated = fmt.Errorf("%w: truncated", ErrCorrupt)
	ErrUnsorted  = fmt.Errorf("%w: stamps decrease", ErrCorrupt)
	ErrFormat    = errors.New("unknown trace format")
	ErrFamily    = errors.New("other kind of trace")     // of references, not misses, or the reverse
	ErrOption    = errors.New("option does not fit")     // an [Options] for this file
	ErrBomb      = errors.New("expands too far")         // beyond [Options.MaxRatio]
	ErrInvalid   = errors.New("record cannot be stored") // by a [Sink]
)

// Error tells where a trace is at fault. Err is one of the sentinels above, an error of the
// file system, or one of the test that [RefFile.Check] sets.
type Error struct {
	Path   string // the file as it was given to Open, or the name given to NewFile
	ReadAs string // the format, if the file's content or name suggests it without being sure; else empty
	Record int64  // number of the record at fault, or of the first one affected, from 0
	Offset int64  // where that record, line or block starts, in bytes of the decompressed data
	Line   int64  // number of the line, from 1, in a text; 0 elsewhere
	Field  string // what is wrong: "cycle", "block checksum"; may be empty
	Got    string // the offending value; may be empty
	Want   string // what is allowed; may be empty
	Err    error
}

// Error returns, on one line, the place, the value, what is allowed and the condition.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("trace: ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	if e.ReadAs != "" {
		b.WriteString("read as " + e.ReadAs + ": ")
	}
	if e.Err != ErrFamily && e.Err != ErrOption { // these are of the whole file
		fmt.Fprintf(&b, "record %d, byte %d", e.Record, e.Offset)
		if e.Line > 0 {
			fmt.Fprintf(&b, ", line %d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field)
		if e.Got != "" {
			b.WriteString(" " + e.Got)
		}
		b.WriteString(": ")
	}
	if e.Want != "" {
		b.WriteString("want " + e.Want + ": ")
	}
	return b.String() + e.Err.Error()
}

// Unwrap returns the condition.
func (e *Error) Unwrap() error { return e.Err }

// asError returns err as an Error of its own, to which a place can be added.
func asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Field: "reading", Err: err}
	}
	own := *e
	return &own
}

// quote shows text of a file in a message, shortened.
func quote(b []byte) string {
	const most = 40
	if len(b) > most {
		return fmt.Sprintf("%q...", b[:most])
	}
	return fmt.Sprintf("%q", b)
}
