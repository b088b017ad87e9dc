package dmem_test

import (
	"encoding"
	"fmt"
	"io"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
)

// enumeration is a value of one, and where to read it back.
type enumeration struct {
	value interface {
		encoding.TextMarshaler
		fmt.Stringer
	}
	read encoding.TextUnmarshaler
	want string // "": it has no name
	text string // what String says then
	err  string // and MarshalText
}

// What has a name is read back from it; what has none is no other's, and no error of the reader
// changes what stood there.
func TestNamesOfEnumerations(t *testing.T) {
	loop, stores, offset := dmem.Closed, dmem.StoresWrite, dmem.OffsetSeeded
	for _, e := range []enumeration{
		{value: dmem.Open, read: &loop, want: "open"},
		{value: dmem.Closed, read: &loop, want: "closed"},
		{value: dmem.StoresRead, read: &stores, want: "read"},
		{value: dmem.StoresWrite, read: &stores, want: "write"},
		{value: dmem.OffsetNone, read: &offset, want: "none"},
		{value: dmem.OffsetSeeded, read: &offset, want: "seeded"},
		{value: dmem.Loop(2), read: &loop, text: "Loop(2)", err: "dmem: loop is 2: want open or closed"},
		{value: dmem.Loop(3), read: &loop, text: "Loop(3)", err: "dmem: loop is 3: want open or closed"},
		{value: dmem.Stores(255), read: &stores, text: "Stores(255)", err: "dmem: stores is 255: want read or write"},
		{value: dmem.Offset(2), read: &offset, text: "Offset(2)", err: "dmem: offset is 2: want none or seeded"},
	} {
		b, err := e.value.MarshalText()
		if e.want == "" {
			if err == nil || err.Error() != e.err || len(b) > 0 || e.value.String() != e.text {
				t.Errorf("%T(%d): %q, %v, %v; want %s and the error %q", e.value, e.value, b, err, e.value, e.text, e.err)
			}
			if err := e.read.UnmarshalText([]byte(e.text)); err == nil {
				t.Errorf("%q was read", e.text)
			}
			continue
		}
		if err != nil || string(b) != e.want || e.value.String() != e.want {
			t.Errorf("%T: %q, %v, %q; want %q", e.value, b, err, e.value, e.want)
		}
		if err := e.read.UnmarshalText(b); err != nil {
			t.Errorf("%q: %v", b, err)
		}
	}
	if loop != dmem.Closed || stores != dmem.StoresWrite || offset != dmem.OffsetSeeded {
		t.Errorf("read back: %v, %v, %v; want the last ones with a name", loop, stores, offset)
	}

	// A configuration with such a value is neither valid nor written.
	c := dmem.Small()
	c.Replay.Loop = dmem.Loop(3)
	if err := c.Validate(); err == nil {
		t.Error("a configuration with loop 3 is valid")
	}
	if err := c.WriteTOML(io.Discard); err == nil {
		t.Error("a configuration with loop 3 was written")
	}
}
