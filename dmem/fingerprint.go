package dmem

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
)

// sources is the source code of this package and of all packages of this module that it is
// built of, as it was when the program was compiled.
//
//go:embed *.go cache/*.go dram/*.go fabric/*.go frontend/*.go manager/*.go mem/*.go mmu/*.go
//go:embed place/*.go pool/*.go stats/*.go trace/*.go units/*.go workload/*.go
//go:embed internal/crew/*.go internal/invariant/*.go internal/permute/*.go internal/registry/*.go
var sources embed.FS

// Fingerprint identifies the simulator in the program that runs, in 32 hexadecimal digits: it
// is a hash of the simulator's source code, without comments and tests, of Go's version and
// of the processor's architecture. With one fingerprint, one configuration with policies
// that are built in has one result, bit by bit.
//
// A version would not do: a program that is run from a checkout has none, and the code may
// have been edited since the last commit. The code of commands, notebooks, experiments and of
// other modules is not part of it. The first call costs some 30 ms.
func Fingerprint() string { return fingerprint() }

var fingerprint = sync.OnceValue(func() string {
	return hashSources(func(string) bool { return true })
})

// generatorSource identifies what decides about the misses that a [Program] gives.
var generatorSource = sync.OnceValue(func() string { return hashSources(generatorFile) })

// generatorFile reports whether a source file is part of it.
func generatorFile(path string) bool {
	switch path {
	case "program.go", "generate.go":
		return true
	}
	switch dir, _, _ := strings.Cut(path, "/"); dir {
	case "workload", "frontend", "cache", "mem", "units", "internal":
		return true
	}
	return false
}

// hashSources returns a hash of the source files that are wanted, and of what they are
// compiled with.
func hashSources(want func(path string) bool) string {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOARCH)
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !want(path) {
			return err
		}
		text, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintln(h, path)
		writeTokens(h, text)
		return nil
	})
	if err != nil { // an embedded file can be read
		panic(fmt.Sprintf("dmem: broken invariant: %v", err))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// writeTokens writes a Go file's tokens, and of its comments those that are directives.
func writeTokens(w io.Writer, text []byte) {
	var s scanner.Scanner
	set := token.NewFileSet()
	s.Init(set.AddFile("", -1, len(text)), text, nil, scanner.ScanComments)
	for {
		_, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			return
		case tok == token.COMMENT && !strings.HasPrefix(literal, "//go:"):
			continue
		}
		fmt.Fprintf(w, "%d %q\n", tok, literal)
	}
}
