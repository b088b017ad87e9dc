package trace_test

import (
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

// TestReferenceSize keeps the record small: hundreds of millions pass in a run.
func TestReferenceSize(t *testing.T) {
	if got := unsafe.Sizeof(trace.Reference{}); got > 24 {
		t.Errorf("a reference takes %d bytes, want at most 24", got)
	}
}
