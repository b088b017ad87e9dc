package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const doctorAbout = `
Looks at what this machine has of all that dmemsys needs, and says how to mend what is
missing: programs, the notebook kernel and its goimports, Jupyter, memory, and the room for each
cache in use. It changes nothing. Run it inside a clone of dmemsys. What "dmem figures" and "dmem
lab" set up by themselves is not missing; what only some commands need is marked "optional".

The exit code is 1 if something needed is missing.

Examples:
  dmem doctor
  dmem doctor -json`

// What a machine should have at least, for the notebooks at small scale.
const (
	enoughMemory = 4 * units.GiB
	enoughDisk   = 3 * units.GiB
)

// finding is what doctor says of one thing.
type finding struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"`
	Found    string `json:"found"`
	Mend     string `json:"mend,omitempty"`
}

// doctor is the command "dmem doctor".
func doctor(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("doctor", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "write JSON")
	if err := parseFlags(fs, args, "[-json]", doctorAbout, stdout); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	findings := examine(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if *asJSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(findings); err != nil {
			return err
		}
	} else if err := prescribe(stdout, findings); err != nil {
		return err
	}
	var missing []string
	for _, f := range findings {
		if !f.OK && !f.Optional {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > 0 {
		return errors.New("missing: " + strings.Join(missing, ", "))
	}
	return nil
}

// examine looks at everything.
func examine(ctx context.Context) []finding {
	all := []finding{
		tool(ctx, "Go", `go(1\.\d+)`, "1.26", "install Go 1.26 or later: https://go.dev/dl", "go", "version"),
		tool(ctx, "C compiler", `(\d+\.\d+)`, "", "apt-get install gcc libc6-dev", "gcc", "--version"),
		tool(ctx, "git", `(\d+\.\d+)`, "", "apt-get install git", "git", "--version"),
		tool(ctx, "Python", `(\d+\.\d+)`, "3.10", "install Python 3.10 or later: apt-get install python3 python3-venv", "python3", "--version"),
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		all = append(all, finding{Name: "clone", Found: err.Error(), Mend: "run dmem doctor inside a clone of dmemsys"})
	} else {
		all = append(all, finding{Name: "clone", OK: true, Found: root})
		for _, s := range jupyter.Inspect(ctx, root) {
			all = append(all, finding{Name: s.Name, OK: s.OK, Found: s.Found, Mend: s.Mend, Optional: s.Optional})
		}
	}
	all = append(all, recorderTool(ctx))
	if f, ok := memory(); ok {
		all = append(all, f)
	}
	return append(all, disks(ctx)...)
}

// tool looks for a program whose version, as the pattern finds it in what the program says, is
// at least oldest.
func tool(ctx context.Context, name, pattern, oldest, mend string, command ...string) finding {
	f := finding{Name: name, Mend: mend}
	path, err := exec.LookPath(command[0])
	if err != nil {
		f.Found = "there is no " + command[0] + " in the PATH"
		return f
	}
	out, err := exec.CommandContext(ctx, path, command[1:]...).CombinedOutput()
	if err != nil {
		f.Found = fmt.Sprintf("%s %s: %v", path, strings.Join(command[1:], " "), err)
		return f
	}
	first, _, _ := strings.Cut(string(out), "\n")
	match := regexp.MustCompile(pattern).FindStringSubmatch(string(out))
	if match == nil {
		f.Found = fmt.Sprintf("%s tells no version: %q", path, first)
		return f
	}
	if oldest != "" && !atLeast(match[1], oldest) {
		f.Found = fmt.Sprintf("%s is of version %s: want %s or later", path, match[1], oldest)
		return f
	}
	return finding{Name: name, OK: true, Found: first}
}

// atLeast compares two versions of the form 1.26.
func atLeast(version, oldest string) bool {
	a, b := strings.Split(version, "."), strings.Split(oldest, ".")
	for i := range b {
		if i >= len(a) {
			return false
		}
		x, errX := strconv.Atoi(a[i])
		y, errY := strconv.Atoi(b[i])
		if errX != nil || errY != nil {
			return false
		}
		if x != y {
			return x > y
		}
	}
	return true
}

// recorderTool looks for what "dmem trace record" runs programs under.
func recorderTool(ctx context.Context) finding {
	const version = `(\d+\.\d+)`
	f := tool(ctx, "QEMU (recorder)", version, "", "apt-get install qemu-user", record.QEMUProgram, "--version")
	f.Optional = true
	if f.OK {
		return f
	}
	if v := tool(ctx, "", version, "", "", record.ValgrindProgram, "--version"); v.OK {
		f.Found += "; " + strings.TrimSpace(v.Found) + " takes its place, fifty times slower and with all threads as one"
	} else {
		f.Found += ", nor " + record.ValgrindProgram + ", its fallback"
		f.Mend += ", or valgrind, fifty times slower and with all threads as one"
	}
	return f
}

// memory looks at the memory that is free for programs, where the system tells (Linux).
func memory() (f finding, ok bool) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return f, false
	}
	match := regexp.MustCompile(`(?m)^MemAvailable: +(\d+) kB`).FindSubmatch(data)
	if match == nil {
		return f, false
	}
	kib, err := strconv.ParseUint(string(match[1]), 10, 50)
	if err != nil {
		return f, false
	}
	return enough("memory", units.Bytes(kib)*units.KiB, enoughMemory, "", "end other programs, or run notebooks one at a time: dmem figures -jobs 1"), true
}

// cacheFolder is a folder of caches in use, and how to use another.
type cacheFolder struct{ path, mend string }

// disks looks at the room for caches, once a file system.
func disks(ctx context.Context) []finding {
	const wanted = "want a folder of yours, by an absolute path"
	var all []finding
	var folders []cacheFolder
	if dir, err := dmem.CacheDir(); err != nil {
		all = append(all, finding{Name: "disk", Found: err.Error(), Mend: "set " + dmem.CacheVariable + ": " + wanted})
	} else {
		folders = append(folders, cacheFolder{dir, "set " + dmem.CacheVariable + " to another folder; dmem trace clean and dmem runs clean empty it"})
	}
	// Without go, which is said already, there is nothing to ask.
	if out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output(); err == nil {
		if dir := strings.TrimSpace(string(out)); !filepath.IsAbs(dir) {
			all = append(all, finding{Name: "disk", Found: fmt.Sprintf("GOCACHE is %q", dir), Mend: "set GOCACHE: " + wanted})
		} else {
			folders = append(folders, cacheFolder{dir, "set GOCACHE to another folder; go clean -cache empties it"})
		}
	}
	return append(all, rooms(folders)...)
}

// rooms returns a finding for each file system that the folders lie on, and one for each folder
// that cannot be written.
func rooms(folders []cacheFolder) []finding {
	var all []finding
	at := map[uint64]int{} // by file system: the finding
	for _, f := range folders {
		dir := nearest(f.path)
		var on unix.Stat_t
		var s unix.Statfs_t
		if err := errors.Join(unix.Stat(dir, &on), unix.Statfs(dir, &s), unix.Access(dir+"/", unix.W_OK)); err != nil {
			all = append(all, finding{Name: "disk", Found: fmt.Sprintf("%s is no folder to write to: %v", dir, err), Mend: f.mend})
			continue
		}
		i, seen := at[uint64(on.Dev)]
		if !seen {
			at[uint64(on.Dev)] = len(all)
			all = append(all, enough("disk", units.Bytes(s.Bavail)*units.Bytes(s.Bsize), enoughDisk, " for "+f.path, "make room; "+f.mend))
			continue
		}
		all[i].Found += " and " + f.path
		if all[i].Mend != "" {
			all[i].Mend += "; " + f.mend
		}
	}
	return all
}

// nearest returns the folder itself, or the nearest above that exists.
func nearest(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// enough compares what there is with what is wanted.
func enough(name string, have, want units.Bytes, what, mend string) finding {
	f := finding{Name: name, OK: have >= want, Found: fmt.Sprintf("%.1f GiB free", float64(have)/float64(units.GiB))}
	if !f.OK {
		f.Found += fmt.Sprintf(" (want %v)", want)
		f.Mend = mend
	}
	f.Found += what
	return f
}

// prescribe writes the findings as text.
func prescribe(w io.Writer, findings []finding) error {
	var b strings.Builder
	for _, f := range findings {
		mark := "ok"
		switch {
		case !f.OK && f.Optional:
			mark = "optional"
		case !f.OK:
			mark = "MISSING"
		}
		fmt.Fprintf(&b, "%-9s %-17s %s\n", mark, f.Name, strings.ReplaceAll(strings.TrimSpace(f.Found), "\n", "\n"+strings.Repeat(" ", 28)))
		if f.Mend != "" && !f.OK {
			fmt.Fprintf(&b, "%27s ->%s\n", "", strings.ReplaceAll(" "+f.Mend, "\n", "\n"+strings.Repeat(" ", 31)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
