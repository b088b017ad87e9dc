package trace_test

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// mapping reads an address mapping that is known to be good.
func mapping(text string) (m trace.Mapping) {
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return m
}

func TestMapping(t *testing.T) {
	for _, text := range []string{"ro16,ba2,bg2,ra1,co7,ch0,by6", "ro64"} {
		if got := mapping(text); got.String() != text || !got.Valid() {
			t.Errorf("%q read as %v", text, got)
		}
	}
	for _, text := range []string{"", "ro", "ro16,ro2", "xx3", "ro60,ba5", "ro-1", "ro16;ba2", "ro65"} {
		var m trace.Mapping
		if err := m.UnmarshalText([]byte(text)); err == nil || m.Valid() {
			t.Errorf("%q read as %v, %v", text, m, err)
		}
	}
	if (trace.Mapping{}).Valid() {
		t.Error("no mapping is valid")
	}
}
