package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
)

// standIn writes a shell script under a program's name.
func standIn(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorSaysHowToMend(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv(dmem.CacheVariable, t.TempDir())
	standIn(t, bin, "go", `[ "$1" = version ] && echo go version go1.21.3 linux/amd64`)
	standIn(t, bin, "python3", "echo Python 3.9.2")
	standIn(t, bin, "git", "echo broken; exit 3")
	var stdout, stderr bytes.Buffer
	if code := dispatch(t.Context(), []string{"doctor"}, &stdout, &stderr); code != 1 {
		t.Errorf("code %d", code)
	}
	for _, want := range []string{
		"MISSING   Go", "is of version 1.21: want 1.26", "https://go.dev/dl",
		"is of version 3.9: want 3.10", "python3-venv",
		"there is no gcc in the PATH", "apt-get install gcc",
		"git --version: exit status 3", "MISSING   clone", "optional  QEMU", "there is no qemu-x86_64 in the PATH, nor valgrind", "apt-get install qemu-user, or valgrind",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
	if want := "dmem doctor: missing: Go, C compiler, git, Python, clone"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("%q, want %q", stderr.String(), want)
	}

	standIn(t, bin, "valgrind", "echo valgrind-3.19.0")
	standIn(t, bin, "go", `[ "$1" = env ] && echo off`)
	t.Setenv(dmem.CacheVariable, "cache")
	stdout.Reset()
	dispatch(t.Context(), []string{"doctor"}, &stdout, &stderr)
	for _, want := range []string{
		"optional  QEMU", "qemu-x86_64 in the PATH; valgrind-3.19.0 takes its place", "install qemu-user\n",
		`DMEMSYS_CACHE is "cache": want an absolute path`, `GOCACHE is "off"`,
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}

	stdout.Reset()
	dispatch(t.Context(), []string{"doctor", "-json"}, &stdout, &stderr)
	var findings []finding
	if err := json.Unmarshal(stdout.Bytes(), &findings); err != nil || len(findings) < 6 || findings[0].OK || findings[0].Mend == "" {
		t.Errorf("%v, %+v", err, findings)
	}
}

func TestDoctorInAClone(t *testing.T) {
	var stdout, stderr bytes.Buffer
	dispatch(t.Context(), []string{"doctor"}, &stdout, &stderr)
	for _, want := range []string{"ok        Go ", "ok        clone", "notebook kernel", "goimports", "jupyter lab", "disk"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s%s", want, stdout.String(), stderr.String())
		}
	}
}

// Whatever is kept lies in the folder that the environment names; the recorder's plugin is in
// TestRecordBadInput.
func TestOneFolderForAllCaches(t *testing.T) {
	want := t.TempDir()
	t.Setenv(dmem.CacheVariable, want)
	for what, folder := range map[string]func() (string, error){"": dmem.CacheDir, "the kernel": jupyter.Cache, "traces": dmem.TracesDir, "runs": experiment.RunsDir} {
		got, err := folder()
		if what == "traces" || what == "runs" {
			got = filepath.Dir(got)
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", what, got, err, want)
		}
	}
}

// Each file system is one finding, for all the folders on it.
func TestRoomForCaches(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	a, b := filepath.Join(dir, "a", "b"), filepath.Join(dir, "c")
	all := rooms([]cacheFolder{{a, "mend a"}, {file, "mend file"}, {b, "mend b"}})
	if len(all) != 2 || !strings.HasSuffix(all[0].Found, " for "+a+" and "+b) || all[1].OK || !strings.HasPrefix(all[1].Found, file+" is no folder") || all[1].Mend != "mend file" {
		t.Errorf("%+v", all)
	}
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("there is no /proc, which has no room")
	}
	all = rooms([]cacheFolder{{a, "mend a"}, {"/proc", "mend proc"}})
	if len(all) != 2 || all[1].OK || !strings.HasSuffix(all[1].Mend, "mend proc") {
		t.Errorf("%+v", all)
	}
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		version, oldest string
		want            bool
	}{{"1.26", "1.26", true}, {"1.9", "1.26", false}, {"2.0", "1.26", true}, {"3", "3.10", false}, {"x", "1", false}} {
		if got := atLeast(c.version, c.oldest); got != c.want {
			t.Errorf("%s at least %s: %v", c.version, c.oldest, got)
		}
	}
}
