package jupyter

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Status says whether something that notebooks need is there.
type Status struct {
	Name  string // what it is
	OK    bool
	Found string // a version or a path, or what is wrong
	Mend  string // if it is not OK: what to do about it
}

// Inspect looks at the kernel for the module at root and at the jupyters that "dmem figures"
// and "dmem lab" would use, and changes nothing. What [Setup] would make of itself is OK too.
func Inspect(ctx context.Context, root string) []Status {
	var all []Status
	cache, err := Cache()
	if err != nil {
		return []Status{{Name: "cache", Found: err.Error(), Mend: "set HOME or XDG_CACHE_HOME to a folder of yours"}}
	}
	all = append(all, inspectKernel(ctx, root, cache))
	all = append(all, inspectInstalled(ctx, root)...)
	for _, app := range []App{Convert, Lab} {
		all = append(all, inspectApp(ctx, app, cache))
	}
	return all
}

func inspectKernel(ctx context.Context, root, cache string) Status {
	s := Status{Name: "notebook kernel"}
	dir, err := kernelFolder(ctx, root, cache)
	switch {
	case err != nil:
		s.Found, s.Mend = err.Error(), "go mod download, in the clone and with a network"
	case !made(dir, kernelFiles(dir)):
		s.OK, s.Found = true, "not built yet: the first \"dmem figures\" or \"dmem lab\" builds it"
	default:
		s.OK, s.Found = true, "built for this clone, in "+dir
	}
	return s
}

// inspectInstalled looks at a kernel that another Jupyter would find by our kernel's name.
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
			Spec struct{ Argv []string }
		}
	}
	if json.Unmarshal([]byte(out), &list) != nil {
		return nil
	}
	k, ok := list.Kernelspecs[kernelName]
	if !ok || len(k.Spec.Argv) == 0 {
		return nil
	}
	s := Status{Name: "installed kernel", Mend: "open notebooks with \"dmem lab\", or install the kernel anew, in the clone: go install " + gonb + " && gonb --install"}
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
	return []Status{s}
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
