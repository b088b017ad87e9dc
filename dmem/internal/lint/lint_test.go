package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../../.."
	module = "github.com/dmemsys/dmemsys"
)

// layers is the order of the packages: each may import those of earlier layers only. A
// folder below a package belongs to it, unless it is listed itself.
var layers = [][]string{
	{"dmem/units"},
	{"dmem/mem"},
	{"dmem/stats"},
	{"dmem/internal"},
	{"dmem/trace", "dmem/cache", "dmem/place", "dmem/pool", "dmem/fabric", "dmem/dram"},
	{"dmem/workload", "dmem/frontend", "dmem/mmu", "dmem/manager", "dmem/record"},
	{"dmem"},
	{"dmem/experiment"},
	{"dmem/nb"},
	{"dmem/cmd"},
}

// exempt packages are no part of the model: they may print, read the wall clock and draw
// names of temporary files.
var exempt = []string{"dmem/nb", "dmem/cmd", "dmem/internal/crew", "dmem/internal/filelock", "dmem/internal/jupyter", "dmem/internal/wholefile", "dmem/internal/lint", "dmem/experiment"}

// source is a parsed Go file.
type source struct {
	path string // from the root, with slashes
	text []byte
	file *ast.File
}

func (s *source) dir() string { return path.Dir(s.path) }

func (s *source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// owner returns the listed package the folder belongs to, and its layer; -1 if none.
func owner(dir string) (string, int) {
	for d := dir; d != "."; d = path.Dir(d) {
		for i, l := range layers {
			if slices.Contains(l, d) {
				return d, i
			}
		}
	}
	return dir, -1
}

var fset = token.NewFileSet()

// sources parses all Go files of the repository, but for testdata.
func sources(t *testing.T) []*source {
	t.Helper()
	var all []*source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, &source{filepath.ToSlash(rel), text, file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found below %s", len(all), root)
	}
	return all
}

func at(pos token.Pos) string {
	p := fset.Position(pos)
	rel, err := filepath.Rel(root, p.Filename)
	if err != nil {
		rel = p.Filename
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(rel), p.Line)
}

func TestFormat(t *testing.T) {
	for _, s := range sources(t) {
		want, err := format.Source(s.text)
		if err != nil {
			t.Errorf("%s: %v", s.path, err)
		} else if !bytes.Equal(s.text, want) {
			t.Errorf("%s: not formatted by gofmt", s.path)
		}
	}
}

func TestImportDirection(t *testing.T) {
	for _, s := range sources(t) {
		for _, im := range s.file.Imports {
			imported, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				t.Errorf("%s: %v", at(im.Pos()), err)
				continue
			}
			rel, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			if fault := direction(s.dir(), rel, s.test()); fault != "" {
				t.Errorf("%s: %s imports %s: %s", at(im.Pos()), s.dir(), rel, fault)
			}
		}
	}
}

// direction says what is wrong with an import between two folders, "" if nothing.
func direction(from, to string, test bool) string {
	a, la := owner(from)
	b, lb := owner(to)
	switch {
	case la < 0:
		return "its folder stands in no layer"
	case lb < 0:
		return "the imported folder stands in no layer"
	case a == b: // a package, its external tests, and what lies below it
		return ""
	case lb > la:
		return fmt.Sprintf("%s stands right of %s", b, a)
	case lb == la && !test:
		return "packages of one layer do not import each other"
	case lb == la:
		return "packages of one layer do not import each other, in tests neither"
	}
	return ""
}

// TestDirection checks the check.
func TestDirection(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"dmem/mem", "dmem/units", true},
		{"dmem/units", "dmem/mem", false},
		{"dmem/mmu", "dmem/place", true},
		{"dmem/manager", "dmem/pool", true},
		{"dmem/manager", "dmem/mmu", false},
		{"dmem/fabric", "dmem/dram", false},
		{"dmem/fabric", "dmem/internal/invariant", true},
		{"dmem/dram", "dmem", false},
		{"dmem/pool/pooltest", "dmem/pool", true},
		{"dmem", "dmem/dram", true},
		{"dmem", "dmem/experiment", false},
		{"dmem/experiment", "dmem", true},
		{"dmem/nb", "dmem/experiment", true},
		{"dmem/experiment", "dmem/nb", false},
		{"dmem/cmd/dmem", "dmem/internal/jupyter", true},
		{"dmem/stats", "dmem/cmd/dmem", false},
		{"dmem", "dmem/elsewhere/deep", true}, // below dmem, in no folder of its own
		{"tools", "dmem", false},
	} {
		if got := direction(c.from, c.to, false); (got == "") != c.ok {
			t.Errorf("%s imports %s: fault %q, want allowed: %v", c.from, c.to, got, c.ok)
		}
	}
}

// TestModelPackages looks for what would make a model print, wait for the wall clock or
// draw from a global source of random numbers.
func TestModelPackages(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || slices.ContainsFunc(exempt, func(p string) bool { return s.dir() == p || strings.HasPrefix(s.dir(), p+"/") }) {
			continue
		}
		names := map[string]string{} // of imports in this file
		for _, im := range s.file.Imports {
			p, _ := strconv.Unquote(im.Path.Value)
			name := path.Base(p)
			if p == "math/rand/v2" {
				name = "rand"
			}
			if im.Name != nil {
				name = im.Name.Name
			}
			names[name] = p
			if p == "log" || p == "log/slog" {
				t.Errorf("%s: %s logs", at(im.Pos()), s.dir())
			}
			if im.Name != nil && im.Name.Name == "." {
				t.Errorf("%s: dot import", at(im.Pos()))
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
					t.Errorf("%s: %s", at(n.Pos()), id.Name)
				}
			}
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			if fault := forbidden(names[id.Name], sel.Sel.Name); fault != "" {
				t.Errorf("%s: %s.%s: %s", at(n.Pos()), id.Name, sel.Sel.Name, fault)
			}
			return true
		})
	}
}

// forbidden says why a model package may not use a name of an imported package.
func forbidden(pkg, name string) string {
	switch pkg {
	case "fmt":
		if name == "Print" || name == "Printf" || name == "Println" {
			return "a model does not print"
		}
	case "time":
		switch name {
		case "Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker":
			return "a model does not know the wall clock"
		}
	case "os":
		if name == "Stdout" || name == "Stderr" || name == "Exit" {
			return "a model neither prints nor exits"
		}
	case "math/rand", "math/rand/v2":
		switch name {
		case "New", "NewPCG", "NewChaCha8", "NewSource", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf":
		default:
			return "random numbers come from a seeded source of one's own"
		}
	}
	return ""
}

func TestExportedNamesDocumented(t *testing.T) {
	packages := map[string]bool{} // by folder: it has a package comment
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		packages[s.dir()] = packages[s.dir()] || s.file.Doc != nil
		for _, d := range s.file.Decls {
			for _, n := range undocumented(d) {
				t.Errorf("%s: %s is exported and not documented", at(n.pos), n.name)
			}
		}
	}
	for dir, ok := range packages {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

type name struct {
	name string
	pos  token.Pos
}

// wellKnown methods say what they do by implementing an interface of the standard library.
var wellKnown = []string{"Error", "String", "Unwrap", "Is", "As", "Len", "Less", "Swap", "Push", "Pop", "MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON", "Read", "Write", "Close", "Format"}

// undocumented returns the exported names of a declaration that have no comment. In a group
// of constants or variables the group's comment or the line's will do.
func undocumented(d ast.Decl) (missing []name) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if !d.Name.IsExported() || d.Doc != nil {
			break
		}
		full := d.Name.Name
		if d.Recv != nil {
			r := receiver(d.Recv.List[0].Type)
			if !ast.IsExported(r) || slices.Contains(wellKnown, d.Name.Name) {
				break
			}
			full = r + "." + full
		}
		missing = append(missing, name{full, d.Pos()})
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					missing = append(missing, name{spec.Name.Name, spec.Pos()})
				}
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					if n.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
						missing = append(missing, name{n.Name, n.Pos()})
					}
				}
			}
		}
	}
	return missing
}

// receiver returns the name of a method's receiver type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// TestUndocumented checks the check.
func TestUndocumented(t *testing.T) {
	const text = `package p
func F() {}
// G does.
func G() {}
type t struct{}
func (t) M() {}
type T struct{}
func (*T) M() {}
func (T) String() string
// Group.
const ( A = 1; B = 2 )
const ( C = 1 // with a comment
 D = 2 )
var e, E int
type U[X any] struct{} // with a comment
func (*U[X]) M() {}
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range f.Decls {
		for _, n := range undocumented(d) {
			got = append(got, n.name)
		}
	}
	if want := []string{"F", "T", "T.M", "D", "E", "U.M"}; !slices.Equal(got, want) {
		t.Errorf("undocumented: %v, want %v", got, want)
	}
}

var (
	citation  = regexp.MustCompile(`DEVIATIONS(?:\.md)?,?\s+D([0-9]+)`)
	deviation = regexp.MustCompile(`(?m)^(?:#+|[-*]|\|)?\s*\**D([0-9]+)\b`)
)

// TestDeviationsExist looks up every deviation a comment cites in the DEVIATIONS.md of its
// folder or of one above.
func TestDeviationsExist(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.path, "dmem/internal/lint/") {
			continue
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(string(s.text), "//", " ")), " ")
		for _, m := range citation.FindAllStringSubmatch(text, -1) {
			if !deviationExists(s.dir(), m[1]) {
				t.Errorf("%s cites %s: no DEVIATIONS.md in its folder or above has it", s.path, m[0])
			}
		}
	}
}

func deviationExists(dir, number string) bool {
	for ; ; dir = path.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(dir), "DEVIATIONS.md"))
		if err == nil {
			for _, m := range deviation.FindAllStringSubmatch(string(text), -1) {
				if m[1] == number {
					return true
				}
			}
		}
		if dir == "." {
			return false
		}
	}
}

// machinePath matches a folder of somebody's machine.
var machinePath = regexp.MustCompile(`(?:^|[\s"'` + "`" + `(=:])(/(?:home|root|Users|work|mnt|media|scratch|private|tmp/[A-Za-z0-9._-]+)/[A-Za-z0-9._/-]+)`)

// allowedPaths are no folders of a machine: they are made in a container or belong to a
// system's layout.
var allowedPaths = regexp.MustCompile(`^/home/(?:dmem|jovyan)/`)

// TestNoMachinePaths looks for absolute paths of somebody's machine in the files under
// version control.
func TestNoMachinePaths(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("no git checkout: %v", err)
	}
	n := 0
	for f := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if strings.HasPrefix(f, "dmem/internal/lint/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f)))
		if err != nil { // deleted or moved, not committed yet
			continue
		}
		n++
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 || bytes.HasPrefix(text, []byte("\x1f\x8b")) {
			continue // not text
		}
		for _, m := range machinePath.FindAllSubmatch(text, -1) {
			if !allowedPaths.Match(m[1]) {
				t.Errorf("%s names %s, a path of one machine", f, m[1])
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d files are under version control", n)
	}
}

func TestMachinePath(t *testing.T) {
	for _, c := range []struct {
		text  string
		match bool
	}{
		{`open("/home/someone/x.csv")`, true},
		{"cd /root/repo && ls", true},
		{"/Users/me/go", true},
		{"github.com/home/x/y", false},
		{"/usr/share/doc/x", false},
		{"a/home/b", false},
		{"/dev/null", false},
	} {
		if got := machinePath.MatchString(c.text); got != c.match {
			t.Errorf("%q: %v, want %v", c.text, got, c.match)
		}
	}
}
