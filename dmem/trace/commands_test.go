package trace_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// commands returns the commands of a text that is known to be right.
func commands(t testing.TB, text string) (c trace.Commands) {
	t.Helper()
	if err := c.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return c
}

// packets returns a trace of gem5 with a packet of each command, at ticks from 1 on.
func packets(numbers ...byte) []byte {
	b := []byte("gem5\x02\x18\x01")
	for i, n := range numbers {
		b = append(b, 8, 8, byte(i+1), 0x10, n, 0x18, 0x40, 0x20, 0x40)
	}
	return b
}

// TestCommands: those that are told are read as told, those that are not are refused.
func TestCommands(t *testing.T) {
	told := commands(t, "25=load-fill,22=store-fill,7=write-back,10=skip,63=skip")
	if got, want := told.String(), "1=load-fill,4=write-back,7=write-back,10=skip,22=store-fill,25=load-fill,63=skip"; got != want || commands(t, want) != told {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (trace.Commands{}).String(); got != "1=load-fill,4=write-back" {
		t.Errorf("without any: %s", got)
	}
	got, err := decodeAs(t, packets(1, 25, 10, 22, 63, 7, 4), trace.Options{Commands: told})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []trace.Miss{
		{Cycle: 1, Addr: 0x40}, {Cycle: 2, Addr: 0x40}, {Cycle: 4, Addr: 0x40, Kind: trace.StoreFill},
		{Cycle: 6, Addr: 0x40, Kind: trace.WriteBack}, {Cycle: 7, Addr: 0x40, Kind: trace.WriteBack},
	})
	for _, number := range []byte{0, 8, 62, 64, 127} {
		if got, err := decodeAs(t, packets(1, number), trace.Options{Commands: told}); len(got) != 1 || !errors.Is(err, trace.ErrCorrupt) {
			t.Errorf("command %d: %d records, %v", number, len(got), err)
		}
	}
	// What is told goes before what is known.
	if got, err := decodeAs(t, packets(1, 4), trace.Options{Commands: commands(t, "4=store-fill,1=skip")}); err != nil || len(got) != 1 || got[0].Kind != trace.StoreFill {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestCommandsErrors: malformed texts, and a format without commands.
func TestCommandsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "7": `"7"`, "7=": `"7="`, "=skip": `"=skip"`, "64=skip": `"64=skip"`, "-1=skip": `"-1=skip"`, "7=read": "load-fill, store-fill, write-back or skip",
		"7=skip,": `: "": want a number from 0 to 63`, "7=skip,7=load-fill": "7 stands twice", "18446744073709551617=skip": "from 0 to 63", "7=SKIP": `"7=SKIP"`,
	} {
		var c trace.Commands
		if err := c.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || c != (trace.Commands{}) {
			t.Errorf("%q: %v, %v; want %q", text, c, err, want)
		}
	}
	if _, err := trace.Open(samplePath("csv.csv"), trace.Options{Commands: commands(t, "7=skip")}); !errors.Is(err, trace.ErrOption) || !strings.Contains(err.Error(), "want none, as csv") {
		t.Errorf("of CSV: %v", err)
	}
}
