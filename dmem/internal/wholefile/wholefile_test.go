package wholefile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
)

func Example() {
	dir, _ := os.MkdirTemp("", "wholefile")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "result.csv")
	_ = wholefile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "policy,mean_ns\n")
		return err
	})
	err := wholefile.Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of it")
		return errors.New("cancelled")
	})
	kept, _ := os.ReadFile(path)
	fmt.Printf("%v, %q stays\n", err, kept)
	// Output: cancelled, "policy,mean_ns\n" stays
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// onlyFile fails unless dir holds exactly the file name with the given content.
func onlyFile(t *testing.T, dir, name, want string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Fatalf("folder holds %v (%v), want only %s", entries, err, name)
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
		t.Errorf("content %q (%v), want %q", got, err, want)
	}
}

func TestReplaceKeepsPermissions(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("old, and longer"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := wholefile.Write(path, text("new")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "a", "new")
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, want 0640", info.Mode().Perm())
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	cause := errors.New("cancelled")
	for name, write := range map[string]func(string) error{
		"error": func(path string) error {
			return wholefile.Write(path, func(w io.Writer) error { text("half")(w); return cause })
		},
		"panic": func(path string) (err error) {
			defer func() { recover(); err = cause }()
			return wholefile.Write(path, func(w io.Writer) error { text("half")(w); panic("fault") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			os.WriteFile(path, []byte("old"), 0o666)
			if err := write(path); !errors.Is(err, cause) {
				t.Errorf("error %v, want %v", err, cause)
			}
			onlyFile(t, dir, "a", "old")
		})
	}
}

func TestLinkIsFollowed(t *testing.T) {
	dir, links := t.TempDir(), t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(links, "b")
	os.WriteFile(path, []byte("old"), 0o666)
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if err := wholefile.Write(link, text("new")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "a", "new")
	if info, _ := os.Lstat(link); info.Mode().IsRegular() {
		t.Error("the link was replaced by a file")
	}
}

func TestPipeIsWrittenDirectly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	got := make(chan string)
	go func() {
		b, _ := os.ReadFile(path)
		got <- string(b)
	}()
	if err := wholefile.Write(path, text("through")); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "through" {
		t.Errorf("read %q from the pipe", s)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe was replaced: %v %v", info, err)
	}
}

func TestBadTargets(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "no", "such", "folder")} {
		if err := wholefile.Write(path, text("x")); err == nil {
			t.Errorf("writing to %s succeeds", path)
		}
		if err := wholefile.Check(path); err == nil {
			t.Errorf("the check of %s succeeds", path)
		}
	}
}

// Check leaves no trace, of an old file and of a new one.
func TestCheckChangesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, filepath.Join(dir, "b"), "/dev/null"} {
		if err := wholefile.Check(path); err != nil {
			t.Errorf("check of %s: %v", path, err)
		}
	}
	onlyFile(t, dir, "a", "old")
}
