package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where a flag helps, the error names it, and what cannot be replayed leads to trace convert.
func TestAdvice(t *testing.T) {
	text := writeFile(t, "a.txt", []byte("hello world\n"))
	guessed := writeFile(t, "a.trc", []byte("0x40 READ 1\n0x40 READ 0\n"))
	bomb := writeFile(t, "b.gz", zipped(t, strings.Repeat("0x40 R\n", 10<<20)))
	packet := writeFile(t, "l3.ptrc", []byte("gem5\x02\x18\x01\x08\x08\x05\x10\x07\x18\x40\x20\x40"))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"trace", "info", packet}, "gem5 command 7: want 1 (ReadReq) or 4 (WriteReq)"},
		{[]string{"trace", "info", packet}, "; -gem5-commands LIST tells what it does"},
		{[]string{"run", "-trace", packet}, `"dmem trace convert -gem5-commands LIST ` + packet + ` OUT.dmt"`},
		{[]string{"run", "-trace", samples + "sample.champsimtrace.xz"}, `"dmem trace convert ` + samples + `sample.champsimtrace.xz OUT.dmt" puts it through caches`},
		{[]string{"run", "-trace", samples + "readwrite.trace"}, `"dmem trace convert -mapping FIELDS ` + samples + `readwrite.trace OUT.dmt"`},
		{[]string{"run", "-trace", text}, `"dmem trace convert -from NAME ` + text + ` OUT.dmt"`},
		{[]string{"run", "-trace", guessed}, `"dmem trace convert -from NAME ` + guessed + ` OUT.dmt"`},
		{[]string{"run", "-nodes", "1", "-offset", "seeded", "-trace", bomb}, `"dmem trace convert -max-ratio N ` + bomb + ` OUT.dmt"`},
		{[]string{"trace", "info", samples + "readwrite.trace"}, "; -mapping FIELDS tells it"},
		{[]string{"trace", "head", text}, `; "dmem trace formats" tells more; -from NAME tells the format`},
		{[]string{"trace", "info", guessed}, "; -from NAME tells another format"},
		{[]string{"trace", "convert", bomb, filepath.Join(t.TempDir(), "x.dmt")}, "; -max-ratio N allows more"},
	} {
		if code, stdout, stderr := dmemCommand(c.args...); code != 1 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want %q", c.args, code, stdout, stderr, c.want)
		}
	}
}

// CSV has a column for processes if there are others than 0.
func TestConvertProcesses(t *testing.T) {
	dir := t.TempDir()
	wide := "cycle,hexaddr,rw,thread,process\n0,40,R,0,0\n7,80,W,1,3\n"
	in, dmt, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "a.dmt"), filepath.Join(dir, "out.csv")
	for _, c := range []struct{ text, want string }{
		{wide, wide},
		{strings.Replace(wide, ",3\n", ",0\n", 1), csvHeader + "0,40,R,0\n7,80,W,1\n"},
	} {
		if err := os.WriteFile(in, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		succeed(t, "trace", "convert", in, dmt)
		succeed(t, "trace", "convert", dmt, out)
		if got, err := os.ReadFile(out); err != nil || string(got) != c.want {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
	}
}
