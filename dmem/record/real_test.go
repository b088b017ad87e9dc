package record_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// need skips a test for which a program is missing.
func need(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is missing: apt-get install %s", program, pkg)
	}
}

// compile returns the path of a program in testdata, compiled with the flags.
func compile(t *testing.T, name string, flags ...string) string {
	t.Helper()
	need(t, "gcc", "gcc")
	out := filepath.Join(t.TempDir(), name)
	args := append([]string{"-O2", "-o", out, "testdata/" + name + ".c", "-pthread"}, flags...)
	if text, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	return out
}

// counts is what a recording holds.
type counts struct {
	loads, stores, instructions uint64
	byThread                    map[mem.ThreadID]uint64 // stores
}

func tally(refs []trace.Reference) counts {
	c := counts{byThread: map[mem.ThreadID]uint64{}}
	for _, r := range refs {
		c.instructions += uint64(r.Instructions)
		if r.Kind == trace.Load {
			c.loads++
		} else {
			c.stores++
			c.byThread[r.Thread]++
		}
	}
	return c
}

// TestCounts: between a run of 1000 lines and one of 4000, three rounds each, there are 9000
// stores and 36000 instructions, and nothing else, under either tool; and the tools, which
// have nothing in common, agree on the whole within what start-up makes of two processors.
func TestCounts(t *testing.T) {
	program := compile(t, "touch", "-static")
	var whole []counts
	for _, tool := range []record.Tool{record.QEMU, record.Lackey} {
		t.Run(tool.String(), func(t *testing.T) {
			if tool == record.QEMU {
				need(t, "qemu-x86_64", "qemu-user")
			} else {
				need(t, "valgrind", "valgrind")
			}
			var c [2]counts
			for i, lines := range []string{"1000", "4000"} {
				refs, o, err := run(t, record.Options{Tool: tool, Stderr: os.Stderr}, program, "1", lines, "3")
				if err != nil || o.ExitCode != 7 || o.Tool != tool {
					t.Fatalf("%+v, %v", o, err)
				}
				c[i] = tally(refs)
			}
			// The argument's last digits are read alike: both have four.
			if loads, stores, instructions := c[1].loads-c[0].loads, c[1].stores-c[0].stores, c[1].instructions-c[0].instructions; loads != 0 || stores != 9000 || instructions != 36000 {
				t.Errorf("the difference is %d loads, %d stores, %d instructions; want 0, 9000, 36000", loads, stores, instructions)
			}
			whole = append(whole, c[1])
		})
	}
	if len(whole) == 2 {
		q, l := whole[0], whole[1]
		t.Logf("qemu: %+v; lackey: %+v", q, l)
		// 12000 stores are the program's; what else there is differs by what libc does on either processor.
		if q.loads*10 < l.loads*5 || q.loads*5 > l.loads*10 || q.stores*10 < l.stores*8 || q.stores*8 > l.stores*10 {
			t.Errorf("qemu: %+v; lackey: %+v", q, l)
		}
	}
}

// TestRealThreads: each of eight threads has its stores, in a static and in a dynamically
// linked program.
func TestRealThreads(t *testing.T) {
	need(t, "qemu-x86_64", "qemu-user")
	for _, flags := range [][]string{{"-static"}, nil} {
		program := compile(t, "touch", flags...)
		refs, o, err := run(t, record.Options{Tool: record.QEMU, Stderr: os.Stderr}, program, "8", "2000", "5")
		if err != nil || o.ExitCode != 7 || o.Threads != 8 {
			t.Fatalf("%+v, %v", o, err)
		}
		c := tally(refs)
		for thread := range mem.ThreadID(8) {
			if n := c.byThread[thread]; n < 10000 || thread > 0 && n > 10300 {
				t.Errorf("%v: thread %d has %d stores, want 10000 and few more", flags, thread, n)
			}
		}
	}
}

// TestShell: input and output pass, children are counted, an exec is followed, a crash told.
func TestShell(t *testing.T) {
	need(t, "qemu-x86_64", "qemu-user")
	record1 := func(stdin string, argv ...string) (string, int, record.Outcome) {
		t.Helper()
		var out, diag bytes.Buffer
		refs, o, err := run(t, record.Options{Tool: record.QEMU, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &diag}, argv...)
		if err != nil {
			t.Fatalf("%q: %v: %s", argv, err, &diag)
		}
		return out.String(), len(refs), o
	}
	if out, _, o := record1("b\na\n", "sort"); out != "a\nb\n" || o.ExitCode != 0 || o.Replaced {
		t.Errorf("sort: %q, %+v", out, o)
	}
	_, before, _ := record1("", "/bin/sh", "-c", ":; :")
	_, cat, _ := record1("", "/bin/cat")
	out, n, o := record1("through\n", "/bin/sh", "-c", "ls / > /dev/null; exec cat")
	if out != "through\n" || o.Children != 1 || o.Replaced || n < before+cat/2 {
		t.Errorf("exec: %q, %d references (sh has %d, cat %d), %+v", out, n, before, cat, o)
	}
	if _, _, o := record1("", "/bin/sh", "-c", "kill -SEGV $$"); o.Signal != syscall.SIGSEGV || o.Stopped {
		t.Errorf("crash: %+v", o)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#! /usr/bin/env sh\necho \"$0\" \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, _, o := record1("", script, "x", "y z"); out != script+" x y z\n" || o.Replaced {
		t.Errorf("script: %q, %+v", out, o)
	}
}

// TestRealPrograms: an interpreter and a database answer as they do alone, and what they do
// beyond starting is in the recording.
func TestRealPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	need(t, "qemu-x86_64", "qemu-user")
	for _, c := range []struct {
		pkg        string
		less, more []string
		want       string // of more
		grows      uint64 // references, at least
	}{
		{"python3",
			[]string{"python3", "-IS", "-c", "print(0)"},
			[]string{"python3", "-IS", "-c", "print(sum({i: str(i) for i in range(20000)}.keys()))"},
			"199990000\n", 20 * 20_000},
		{"sqlite3",
			[]string{"sqlite3", ":memory:", "select 0"},
			[]string{"sqlite3", ":memory:", "with recursive n(i) as (select 1 union all select i+1 from n where i < 20000) select sum(i) from n"},
			"200010000\n", 20 * 20_000},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			need(t, c.less[0], c.pkg)
			less, _ := countReferences(t, c.less)
			more, out := countReferences(t, c.more)
			if out != c.want || more < less+c.grows {
				t.Errorf("%q with %d references, %d of them before the work; want %q and %d more", out, more, less, c.want, c.grows)
			}
		})
	}
}

// countReferences records a program to its end and returns how many references there are, and
// what it wrote.
func countReferences(t *testing.T, argv []string) (references uint64, out string) {
	t.Helper()
	var stdout, diag bytes.Buffer
	r, err := record.Start(t.Context(), argv, record.Options{Tool: record.QEMU, Stdout: &stdout, Stderr: &diag})
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]trace.Reference, 4096)
	for err == nil {
		var n int
		n, err = r.Next(buf)
		references += uint64(n)
	}
	if err != io.EOF {
		t.Errorf("%q: %v", argv, err)
	}
	if o, err := r.Close(); err != nil || o.ExitCode != 0 || o.Signal != 0 || o.Stopped {
		t.Fatalf("%q: %+v, %v: %s", argv, o, err, &diag)
	}
	return references, stdout.String()
}

// TestLackeyStop: what valgrind had written when it was ended is there; a crash is told.
func TestLackeyStop(t *testing.T) {
	need(t, "valgrind", "valgrind")
	program := compile(t, "touch", "-static")
	r, err := record.Start(t.Context(), []string{program, "1", "1000", "1000000"}, record.Options{Tool: record.Lackey})
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]trace.Reference, 4096)
	for range 10 {
		if n, err := r.Next(buf); n == 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	if o, err := r.Close(); err != nil || !o.Stopped || o.Signal == 0 {
		t.Errorf("stopped: %+v, %v", o, err)
	}
	if refs, o, err := run(t, record.Options{Tool: record.Lackey}, "/bin/sh", "-c", "kill -KILL $$"); err != nil || len(refs) == 0 || o.Signal != syscall.SIGKILL || o.Stopped {
		t.Errorf("killed: %d references, %+v, %v", len(refs), o, err)
	}
}
