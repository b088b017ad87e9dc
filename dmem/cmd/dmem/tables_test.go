package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

func TestPrintTable(t *testing.T) {
	table := stats.NewTable("Loads", stats.Column{Name: "load"}, stats.Column{Name: "mean", Unit: "ns"})
	table.Append("a, b", 123.456789)
	var b bytes.Buffer
	if err := printTable(&b, table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if lines[0] != "Loads" || strings.Join(strings.Fields(lines[2]), " ") != "a, b 123.5" {
		t.Errorf("%q", lines)
	}
}
