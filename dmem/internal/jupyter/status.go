package jupyter

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/internal/cachefolder"
)

// Status says whether something that notebooks need is there.
type Status struct {
	Name     string // what it is
	OK       bool
	Optional bool   // notebooks can do without it
	Found    string // a version or a path, or what is wrong
	Mend     string // if it is not OK: what to do about it
}

// Inspect looks at the kernel for the module at root and at the jupyters that "dmem figures"
// and "dmem lab" would use, and changes nothing. What [Setup] would make of itself is OK too.
func Inspect(ctx context.Context, root string) []Status {
	var all []Status
	cache, err := Cache()
	if err != nil {
		return []Status{{Name: "cache", Found: err.Error(), Mend: "set " + cachefolder.Variable + " to a folder of yours, by an absolute path"}}
	}
	all = append(all, inspectKernel(ctx, root, cache)...)
	all = append(all, inspectInstalled(ctx, root)...)
	for _, app := range []App{Convert, Lab} {
		all = append(all, inspectApp(ctx, app, cache))
	}
	return all
}

// inspectKernel looks at our kernel, and at the goimports that it needs for every cell and finds
// beside itself.
func inspectKernel(ctx context.Context, root, cache string) []Status {
	s := Status{Name: "notebook kernel"}
	dir, err := kernelFolder(ctx, root, cache)
	switch {
	case err != nil:
		s.Found, s.Mend = err.Error(), "go mod download, in the clone and with a network"
		return []Status{s}
	case !made(dir, kernelFiles(dir)):
		s.OK, s.Found = true, "not built yet: the first \"dmem figures\" or \"dmem lab\" builds it"
		return []Status{s, {Name: importer, OK: true, Found: "not built yet: it is built with the notebook kernel"}}
	}
	s.OK, s.Found = true, "built for this clone, in "+dir
	i := Status{Name: importer, OK: true, Found: filepath.Join(dir, "bin", importer)}
	if _, err := exec.LookPath(i.Found); err != nil { // a path: is it a program?
		i.OK, i.Found, i.Mend = false, err.Error(), "rm -r "+dir+": the next \"dmem figures\" or \"dmem lab\" builds the kernel anew"
	}
	return []Status{s, i}
}

// importer is the program goimports, without which the kernel runs no cell.
const importer = "goimports"

// inspectInstalled looks at a kernel that another Jupyter would find by our kernel's name, and
// at its goimports.
func inspectInstalled(ctx context.Context, root string) []Status {
	if missing("jupyter") {
		return nil
	}
	out, err := output(ctx, "", nil, "jupyter", "kernelspec", "list", "--json")
	if err != nil {
		return nil // a jupyter without kernels
	}
	var list struct {
		Kernelspecs map[string]struct {
			Spec struct {
				Argv []string
				Env  map[string]string
			}
		}
	}
	if json.Unmarshal([]byte(out), &list) != nil {
		return nil
	}
	k, ok := list.Kernelspecs[kernelName]
	if !ok || len(k.Spec.Argv) == 0 {
		return nil
	}
	s := Status{Name: "installed kernel", Optional: true, Mend: "open notebooks with \"dmem lab\", or install the kernel anew, in the clone: go install " + gonb + " && gonb --install"}
	wanted, err := output(ctx, root, nil, "go", "list", "-m", "-f", "{{.Version}}", gonb)
	if err != nil {
		return nil // said of the kernel already
	}
	wanted = strings.TrimSpace(wanted)
	program := k.Spec.Argv[0]
	switch version, err := programVersion(program); {
	case err != nil:
		s.Found = fmt.Sprintf("%s is no kernel: %v", program, err)
	case version != wanted:
		s.Found = fmt.Sprintf("%s is stale: it is of version %s, go.mod has %s", program, version, wanted)
	default:
		s.OK, s.Found, s.Mend = true, program+" "+version, ""
	}
	return []Status{s, inspectImporter(k.Spec.Env["PATH"])}
}

// inspectImporter looks for the goimports of an installed kernel in the PATH that its description
// gives it; without one, it has that of its Jupyter, which is ours if it is started as we are.
func inspectImporter(path string) Status {
	s := Status{Name: "its " + importer, Optional: true}
	where := "the PATH that the kernel's description gives it"
	if path == "" {
		path, where = "$PATH", "the PATH, which a Jupyter started from here hands to the kernel"
	}
	for _, dir := range filepath.SplitList(os.ExpandEnv(path)) {
		if found, err := exec.LookPath(filepath.Join(dir, importer)); err == nil && filepath.IsAbs(found) {
			s.OK, s.Found = true, found
			return s
		}
	}
	s.Found = "there is no " + importer + " in " + where + ": it runs no cell without"
	s.Mend = "open notebooks with \"dmem lab\", or, in the clone, go install " + goimports + ", with the folder bin of go env GOPATH in that PATH"
	return s
}

// programVersion returns the version of the module that a Go program was built from.
func programVersion(path string) (string, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "", err
	}
	for _, m := range info.Deps { // built in another module by its tool line
		if m.Path == gonb {
			return m.Version, nil
		}
	}
	if info.Main.Path != gonb {
		return "", fmt.Errorf("built from %s", info.Main.Path)
	}
	return info.Main.Version, nil
}

func inspectApp(ctx context.Context, app App, cache string) Status {
	s := Status{Name: "jupyter " + apps[app].name}
	errPath := app.usable(ctx, "jupyter")
	if errPath == nil {
		s.OK, s.Found = true, "the one of the PATH"
		return s
	}
	dir, err := virtualFolder(ctx, app, cache)
	switch {
	case err == nil && made(dir, virtualFiles(dir)):
		s.OK, s.Found = true, "set up in "+dir
	case err == nil:
		_, err = output(ctx, "", nil, "python3", "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))")
		if err == nil {
			s.OK, s.Found = true, "not set up yet: it will come from PyPI, which needs a network"
			break
		}
		s.Found = "python3 cannot make a virtual environment, or is older than 3.10"
		s.Mend = "apt-get install python3-venv, or:\n" + apps[app].advice
	default:
		s.Found, s.Mend = err.Error(), "install Python 3.10 or later (apt-get install python3-venv), or:\n"+apps[app].advice
	}
	return s
}

// made reports whether a folder is complete.
func made(dir string, needs []string) bool {
	for _, file := range append([]string{filepath.Join(dir, complete)}, needs...) {
		if _, err := os.Stat(file); err != nil {
			return false
		}
	}
	return true
}
