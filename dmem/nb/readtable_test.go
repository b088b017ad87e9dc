package nb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/dmemsys/dmemsys/dmem/nb"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

func TestReadTable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.org/x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv(protocol.GONB_DIR_ENV, dir)
	table := stats.NewTable("", stats.Column{Name: "policy"}, stats.Column{Name: "mean", Unit: "ns"})
	table.Append("random", 12.5)
	table.Append("a, b", 3.25)
	nb.SaveTable(table, "t")
	df := nb.ReadTable("t")
	if rows, cols := df.Dims(); rows != 2 || cols != 2 {
		t.Fatalf("%d rows of %d", rows, cols)
	}
	if got := df.Col("mean_ns").Float(); got[0] != 12.5 || got[1] != 3.25 || df.Col("policy").Records()[1] != "a, b" {
		t.Errorf("read %v", df)
	}
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(error).Error(), "none.csv") {
			t.Errorf("a missing table: %v", p)
		}
	}()
	nb.ReadTable("none")
}
