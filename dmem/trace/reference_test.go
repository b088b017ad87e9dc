package trace_test

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

func TestRefKindText(t *testing.T) {
	for kind, name := range map[trace.RefKind]string{trace.Load: "load", trace.Store: "store", trace.IFetch: "ifetch"} {
		text, err := kind.MarshalText()
		if err != nil || string(text) != name || kind.String() != name {
			t.Errorf("%d: %q, %v, %q, want %q", kind, text, err, kind, name)
		}
		var back trace.RefKind
		if err := back.UnmarshalText(text); err != nil || back != kind {
			t.Errorf("%q read as %v, %v", text, back, err)
		}
	}
	if _, err := trace.RefKind(3).MarshalText(); err == nil {
		t.Error("a kind that does not exist has a name")
	}
	if got := trace.RefKind(3).String(); got != "RefKind(3)" {
		t.Errorf("String() = %q", got)
	}
	var k trace.RefKind
	if err := k.UnmarshalText([]byte("read")); err == nil || !strings.Contains(err.Error(), "load, store, ifetch") {
		t.Errorf("unknown name: %v, want the known ones", err)
	}
}

// TestRefFileCheck: a reference that does not pass a test is told with its place, behind those
// before it.
func TestRefFileCheck(t *testing.T) {
	odd := errors.New("odd")
	for _, c := range []struct {
		file, text, want string
		records          int
	}{
		{"a.out", "0x1: R 0x40\n0x1: R 0x41\n#eof\n", "trace: a.out: read as pinatrace by its content: record 1, byte 12, line 2: odd", 1},
		{"a.txt", "I  40,2\n\n M 40,600\n", "trace: a.txt: read as lackey by its content: record 2, byte 9, line 3: odd", 1}, // the second piece of the load is at 0x13f
		{"a.txt", "I  40,2\n M 40,4\n", "", 3},
	} {
		f, err := trace.NewRefFile(strings.NewReader(c.text), c.file, trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.Check(func(r *trace.Reference) error {
			if r.Addr%2 == 1 {
				return odd
			}
			return nil
		})
		refs, err := readRefs(t, f)
		if len(refs) != c.records || (c.want == "") != (err == nil) || err != nil && (!errors.Is(err, odd) || err.Error() != c.want) {
			t.Errorf("%q: %d records, %v; want %d and %q", c.text, len(refs), err, c.records, c.want)
		}
	}
}

// TestReferenceSize keeps the record small: hundreds of millions pass in a run.
func TestReferenceSize(t *testing.T) {
	if got := unsafe.Sizeof(trace.Reference{}); got > 24 {
		t.Errorf("a reference takes %d bytes, want at most 24", got)
	}
}
