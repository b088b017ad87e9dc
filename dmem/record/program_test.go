package record

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// header returns the first bytes of an ELF file, as elf(5) has them.
func header(class elf.Class, machine elf.Machine, kind elf.Type) string {
	b := make([]byte, 64)
	copy(b, elf.ELFMAG)
	b[elf.EI_CLASS], b[elf.EI_DATA], b[elf.EI_VERSION] = byte(class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	b[16], b[18], b[20] = byte(kind), byte(machine), byte(elf.EV_CURRENT)
	b[52], b[54], b[58] = 64, 56, 64 // sizes of headers
	if class == elf.ELFCLASS32 {
		b[40], b[42], b[46] = 52, 32, 40
	}
	return string(b)
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{
		"good":   header(elf.ELFCLASS64, elf.EM_X86_64, elf.ET_EXEC),
		"pie":    header(elf.ELFCLASS64, elf.EM_X86_64, elf.ET_DYN),
		"i386":   header(elf.ELFCLASS32, elf.EM_386, elf.ET_EXEC),
		"x32":    header(elf.ELFCLASS32, elf.EM_X86_64, elf.ET_EXEC),
		"riscv":  header(elf.ELFCLASS64, elf.EM_RISCV, elf.ET_EXEC),
		"object": header(elf.ELFCLASS64, elf.EM_X86_64, elf.ET_REL),
		"short":  header(elf.ELFCLASS64, elf.EM_X86_64, elf.ET_EXEC)[:20],
		"empty":  "",
		"text":   "print(1)\n",
		"script": "#!" + path("good") + "  -x  y \nmore",
		"nested": "#! " + path("script") + "\n",
		"loop":   "#!" + path("loop") + "\n",
		"none":   "#!\n",
		"lost":   "#!/nowhere/at/all\n",
		"long":   "#!/" + strings.Repeat("x", 300) + "\n",
	} {
		if err := os.WriteFile(path(name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path("plain"), []byte(header(elf.ELFCLASS64, elf.EM_X86_64, elf.ET_EXEC)), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, c := range []struct{ name, want string }{
		{"i386", "EM_386"}, {"x32", "ELFCLASS32"}, {"riscv", "EM_RISCV"}, {"object", "ET_REL"}, {"short", "no ELF"}, {"empty", "no ELF"},
		{"text", "no ELF file: want an x86-64 program"}, {"plain", "plain: is not executable"}, {"/nowhere/x", "no such file"},
		{"nothere", "not found in the PATH"}, {dir, "folder"}, {"", "no program"}, {"loop", "more than 4"}, {"none", "names no interpreter"},
		{"lost", "interpreter of"}, {"long", "names no interpreter"},
	} {
		if c.name == "plain" {
			c.name = path(c.name)
		}
		if _, _, err := command([]string{c.name}); !errors.Is(err, ErrProgram) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.name, err, c.want)
		}
	}
	if _, _, err := command(nil); !errors.Is(err, ErrProgram) {
		t.Errorf("nothing: %v", err)
	}
	for _, c := range []struct {
		argv, want []string // want has the path first
	}{
		{[]string{"good", "a", "b c"}, []string{path("good"), "good", "a", "b c"}},
		{[]string{path("pie")}, []string{path("pie"), path("pie")}},
		{[]string{"script", "a"}, []string{path("good"), path("good"), "-x  y", path("script"), "a"}},
		{[]string{"nested", "a"}, []string{path("good"), path("good"), "-x  y", path("script"), path("nested"), "a"}},
	} {
		got, argv, err := command(c.argv)
		if err != nil || !slices.Equal(append([]string{got}, argv...), c.want) {
			t.Errorf("%q: %q, %q, %v; want %q", c.argv, got, argv, err, c.want)
		}
	}
}

// TestMissing: what is not installed is named with its package.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	install := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	check := func(tool Tool, want Tool, complaints ...string) {
		t.Helper()
		got, err := choose(tool)
		if len(complaints) == 0 && (err != nil || got != want) {
			t.Errorf("%v: %v, %v; want %v", tool, got, err, want)
		}
		for _, c := range complaints {
			if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "apt-get install "+c) {
				t.Errorf("%v: %v; want %q", tool, err, c)
			}
		}
	}
	check(Auto, 0, "qemu-user", "gcc", "valgrind")
	check(QEMU, 0, "qemu-user", "gcc")
	check(Lackey, 0, "valgrind")
	install("valgrind")
	check(Auto, Lackey)
	install("qemu-x86_64")
	check(Auto, Lackey)
	check(QEMU, 0, "gcc")
	install("gcc")
	check(Auto, QEMU)
	check(QEMU, QEMU)
	check(Lackey, Lackey)
	if _, err := choose(numTools); err == nil || !strings.Contains(err.Error(), "auto, qemu, lackey") {
		t.Errorf("tool %d: %v", numTools, err)
	}
}

func TestToolText(t *testing.T) {
	for tool := range numTools {
		text, err := tool.MarshalText()
		var back Tool
		if err2 := back.UnmarshalText(text); err != nil || err2 != nil || back != tool || tool.String() != string(text) {
			t.Errorf("%v: %s, %v, %v", tool, text, err, err2)
		}
	}
	var tool Tool
	if err := tool.UnmarshalText([]byte("pin")); err == nil || !strings.Contains(err.Error(), "auto, qemu, lackey") {
		t.Errorf("pin: %v", err)
	}
	if _, err := numTools.MarshalText(); err == nil {
		t.Error("a tool that does not exist has a text")
	}
}
