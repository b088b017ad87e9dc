package record_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// standIn compiles testdata/qemu.c, once, and returns the folder it is in.
var standIn = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "record")
	if err != nil {
		return "", err
	}
	standInDir = dir
	out, err := exec.Command("gcc", "-rdynamic", "-o", filepath.Join(dir, "qemu-x86_64"), "testdata/qemu.c", "-ldl", "-pthread").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("gcc: %w\n%s", err, out)
	}
	return dir, nil
})

var standInDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if standInDir != "" {
		os.RemoveAll(standInDir)
	}
	os.Exit(code)
}

// fake puts a program in the PATH that stands for qemu-x86_64, and returns a program for it
// to run; its argument is the part it plays, see testdata/qemu.c.
func fake(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("records on Linux for x86-64")
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is missing: apt-get install gcc")
	}
	dir, err := standIn()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	self, err := os.Executable() // any program will do
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// all reads a recording to its end.
func all(t *testing.T, r *record.Recording) ([]trace.Reference, record.Outcome, error) {
	t.Helper()
	var refs []trace.Reference
	buf := make([]trace.Reference, 777)
	for {
		n, err := r.Next(buf)
		refs = append(refs, buf[:n]...)
		if err != nil {
			o, closeErr := r.Close()
			if err != io.EOF {
				return refs, o, err
			}
			return refs, o, closeErr
		}
	}
}

// run records a program to its end.
func run(t *testing.T, o record.Options, argv ...string) ([]trace.Reference, record.Outcome, error) {
	t.Helper()
	r, err := record.Start(t.Context(), argv, o)
	if err != nil {
		t.Fatal(err)
	}
	return all(t, r)
}

func TestKinds(t *testing.T) {
	self := fake(t)
	got, o, err := run(t, record.Options{Tool: record.QEMU}, self, "kinds")
	// By hand, from testdata/qemu.c: blocks of six instructions, of which the nth touches.
	want := []trace.Reference{
		{Addr: 0x1000, Size: 4, Instructions: 1},
		{Addr: 0x2000, Size: 16, Instructions: 3},
		{Addr: 0x2010, Size: 8, Kind: trace.Store},
		{Addr: 0x3004, Size: 4, Instructions: 2 + 6 + 2},
		{Addr: 0x3004, Size: 4, Kind: trace.Store},
		{Addr: 0x7fffffffffff, Size: 1, Instructions: 3, Kind: trace.Store},
		{Addr: 0x4000, Size: 8, Instructions: 1},
		{Addr: 0x4008, Size: 8, Instructions: 1},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	if want := (record.Outcome{Tool: record.QEMU, ExitCode: 42, References: 8, Instructions: 19, Threads: 1}); o != want {
		t.Errorf("outcome %+v, want %+v", o, want)
	}
}

// TestThreads: the references of each thread arrive once and in order, however many blocks
// they take, and more threads than there are blocks at the start do not block each other.
func TestThreads(t *testing.T) {
	self := fake(t)
	for _, c := range []struct {
		part           string
		threads, count int
	}{{"1:1", 1, 1}, {"1:300000", 1, 300000}, {"4:50000", 4, 50000}, {"200:3000", 200, 3000}} {
		refs, o, err := run(t, record.Options{}, self, c.part)
		if err != nil || len(refs) != c.threads*c.count || o.Threads != c.threads || o.Instructions != uint64(c.threads*(6*(c.count-1)+3)) {
			t.Errorf("%s: %d references, %+v, %v", c.part, len(refs), o, err)
		}
		seen := make([]int, c.threads)
		run, longest := 0, 0
		for i, r := range refs {
			if want := mem.VAddr(r.Thread)<<32 + 64*mem.VAddr(seen[r.Thread]); r.Addr != want || r.Size != 8 {
				t.Fatalf("%s: reference %d is %+v, want address %#x", c.part, i, r, want)
			}
			seen[r.Thread]++
			if run++; i > 0 && r.Thread != refs[i-1].Thread {
				run = 1
			}
			longest = max(longest, run)
		}
	}
}

// TestEnds: what was done before a crash, a signal, an exec is there, and told.
func TestEnds(t *testing.T) {
	self := fake(t)
	for _, c := range []struct {
		part string
		refs int
		want record.Outcome
	}{
		{"crash", 2500, record.Outcome{ExitCode: -1, Signal: syscall.SIGABRT}},
		{"fork", 10, record.Outcome{ExitCode: 42, Children: 1}},
		{"exec", 13, record.Outcome{ExitCode: 42}},
		{"unfollowed", 5, record.Outcome{ExitCode: 42, Replaced: true}},
	} {
		refs, o, err := run(t, record.Options{Stderr: os.Stderr}, self, c.part)
		if err != nil || len(refs) != c.refs || o.ExitCode != c.want.ExitCode || o.Signal != c.want.Signal || o.Replaced != c.want.Replaced || o.Children != c.want.Children || o.Stopped {
			t.Errorf("%s: %d references, %+v, %v; want %d and %+v", c.part, len(refs), o, err, c.refs, c.want)
		}
	}
	if refs, _, err := run(t, record.Options{}, self, "crowd"); err == nil || !strings.Contains(err.Error(), "4032 threads") || len(refs) != 0 {
		t.Errorf("5000 threads: %d references, %v", len(refs), err)
	}
	var diag bytes.Buffer
	if refs, o, err := run(t, record.Options{Stderr: &diag}, self, "refuse"); !errors.Is(err, record.ErrNotStarted) || len(refs) != 0 || o.ExitCode != 1 {
		t.Errorf("no plugin: %v, %+v, %v", refs, o, err)
	}
	if !strings.Contains(diag.String(), "memory=FILE") {
		t.Errorf("no plugin: the error output is %q", &diag)
	}
}

// TestStop: a program is ended while it waits for us, sleeps, or is killed by somebody else.
func TestStop(t *testing.T) {
	self := fake(t)
	t.Run("endless", func(t *testing.T) {
		r, err := record.Start(t.Context(), []string{self, "endless"}, record.Options{})
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]trace.Reference, 4096)
		for range 100 {
			if _, err := r.Next(buf); err != nil {
				t.Fatal(err)
			}
		}
		o, err := r.Close()
		if err != nil || !o.Stopped || o.Signal != syscall.SIGTERM {
			t.Errorf("%+v, %v", o, err)
		}
		if again, err := r.Close(); again != o || err != nil {
			t.Errorf("closed again: %+v, %v", again, err)
		}
	})
	t.Run("hang", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := record.Start(ctx, []string{self, "hang"}, record.Options{})
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]trace.Reference, 4096)
		n := 0
		for n < 10 {
			more, err := r.Next(buf)
			if err != nil {
				t.Fatal(err)
			}
			n += more
		}
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := r.Next(buf); err != io.EOF {
			t.Errorf("after the context's end: %v", err)
		}
		if o, err := r.Close(); err != nil || n != 10 || !o.Stopped {
			t.Errorf("%d references, %+v, %v", n, o, err)
		}
	})
}

func TestSkip(t *testing.T) {
	self := fake(t)
	// The references of kinds end at instructions 1, 4, 4, 14, 14, 17, 18, 19.
	for _, c := range []struct {
		skip uint64
		left int
	}{{0, 8}, {1, 7}, {3, 7}, {4, 5}, {13, 5}, {14, 3}, {18, 1}, {19, 0}, {1000, 0}} {
		refs, o, err := run(t, record.Options{Skip: c.skip}, self, "kinds")
		if err != nil || len(refs) != c.left || o.Skipped != uint64(8-c.left) {
			t.Errorf("skip %d: %d references, %+v, %v; want %d", c.skip, len(refs), o, err, c.left)
		}
	}
}

// TestCompileOnce: the plugin appears whole, with nothing beside it, and is used again.
func TestCompileOnce(t *testing.T) {
	self := fake(t)
	cache := filepath.Join(t.TempDir(), "new, with a comma")
	for range 2 {
		if refs, _, err := run(t, record.Options{Cache: cache}, self, "kinds"); err != nil || len(refs) != 8 {
			t.Errorf("%d references, %v", len(refs), err)
		}
		files, err := os.ReadDir(cache)
		if err != nil || len(files) != 1 || filepath.Ext(files[0].Name()) != ".so" {
			t.Errorf("the cache holds %v, %v", files, err)
		}
	}
}
