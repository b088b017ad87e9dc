package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

const completionAbout = `
Completion writes a script by which a shell completes the command line of dmem: commands and
their parts, flags, and the names of presets, policies, placements, formats, workloads and
notebooks. The dmem in the PATH answers: "go install ./dmem/cmd/dmem" puts it there.

"words" is what the scripts call: it writes what the last WORD can become, a line each.

Examples:
  source <(dmem completion bash)         in ~/.bashrc, to have it in every shell
  source <(dmem completion zsh)          in ~/.zshrc, after compinit
  dmem completion fish | source          in ~/.config/fish/config.fish
  dmem completion words -- run -pres     what dmem run -pres can become`

// The scripts. Where dmem has nothing to offer, shells complete the names of files.
var completionScripts = map[string]string{
	"bash": `_dmem() {
    local IFS=$'\n'
    COMPREPLY=($(dmem completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _dmem dmem
`,
	"zsh": `_dmem() {
    local -a words_
    words_=("${(@f)$(dmem completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${words_[1]}" ]]; then compadd -- $words_; else _files; fi
}
compdef _dmem dmem
`,
	"fish": `complete -c dmem -a '(dmem completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

// completion is the command "dmem completion".
func completion(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := flag.NewFlagSet("completion", flag.ContinueOnError)
	if err := parseFlags(fs, args, "bash|zsh|fish | words -- WORD...", completionAbout, stdout); err != nil {
		return err
	}
	var err error
	switch shell := fs.Arg(0); {
	case shell == "words":
		words := fs.Args()[1:]
		if len(words) > 0 && words[0] == "--" {
			words = words[1:]
		}
		for _, w := range complete(ctx, words) {
			fmt.Fprintln(stdout, w)
		}
	case fs.NArg() != 1 || completionScripts[shell] == "":
		return usagef("want one of bash, zsh, fish")
	default:
		_, err = io.WriteString(stdout, completionScripts[shell])
	}
	return err
}

// complete returns what the last of the words after "dmem" can become, nothing if that is a
// file or anybody's guess.
func complete(ctx context.Context, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	before := words[:len(words)-1]
	if len(before) == 0 {
		return withPrefix(last, append(names(), "help"))
	}
	if before[0] == "help" {
		switch {
		case len(before) == 1:
			return withPrefix(last, names())
		case len(before) == 2 && before[1] == "trace": // its parts have a help of their own
			return withPrefix(last, helpOf(ctx, "trace").parts())
		}
		return nil
	}
	usage := usageOf(ctx, before)
	if strings.HasPrefix(last, "-") {
		name, _, hasValue := strings.Cut(last, "=")
		if !hasValue {
			return withPrefix(last, usage.flags())
		}
		var out []string
		for _, v := range usage.values(ctx, strings.TrimLeft(name, "-")) {
			out = append(out, name+"="+v)
		}
		return withPrefix(last, out)
	}
	if previous := before[len(before)-1]; len(before) > 1 && strings.HasPrefix(previous, "-") && !strings.Contains(previous, "=") {
		name := strings.TrimLeft(previous, "-")
		if usage.takesValue(name) {
			return withPrefix(last, usage.values(ctx, name))
		}
	}
	return withPrefix(last, usage.arguments(ctx, before))
}

func withPrefix(prefix string, words []string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			out = append(out, w)
		}
	}
	return out
}

// usage is what the help of a command says, or that of a part of it, so that completion needs no
// list of its own.
type usage struct{ command, part, text string }

// usageOf returns the help of the command that words begin with, or of the part of it that the
// second one names; an empty one if there is no such command.
func usageOf(ctx context.Context, words []string) usage {
	u := helpOf(ctx, words[0])
	if len(words) < 2 || !slices.Contains(u.parts(), words[1]) {
		return u
	}
	if own := helpOf(ctx, words[0], words[1]); own.text != "" {
		u.text = own.text
	}
	u.part = words[1]
	return u
}

// helpOf returns what -h behind the words says, an empty usage if that is no help.
func helpOf(ctx context.Context, words ...string) usage {
	var stdout bytes.Buffer
	if !slices.Contains(names(), words[0]) || dispatch(ctx, append(slices.Clone(words), "-h"), &stdout, io.Discard) != 0 {
		return usage{}
	}
	return usage{command: words[0], text: stdout.String()}
}

// flagLine is a flag in the form of [flag.PrintDefaults]: name, name of the value, and the
// first line of what it does.
var flagLine = regexp.MustCompile(`(?m)^  -([\w-]+)(?: ([^\s]+))?(?:\n    )?\t(.*)$`)

// flags returns the flags, without those that are another part's: "head: print N records".
func (u usage) flags() []string {
	out := []string{"-h"}
	parts := u.parts()
	for _, m := range flagLine.FindAllStringSubmatch(u.text, -1) {
		of, _, _ := strings.Cut(m[3], ": ")
		if u.part == "" || of == u.part || !slices.Contains(parts, of) {
			out = append(out, "-"+m[1])
		}
	}
	return out
}

// takesValue reports whether a flag has a value.
func (u usage) takesValue(name string) bool { return u.value(name) != "" }

// value returns the name of a flag's value, "" if it has none.
func (u usage) value(name string) string {
	for _, m := range flagLine.FindAllStringSubmatch(u.text, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	return ""
}

// values returns the values that a flag can have, nothing if they are too many.
func (u usage) values(ctx context.Context, name string) []string {
	switch name {
	case "preset":
		return presetNames()
	case "placement":
		return place.Names()
	case "pool-policy":
		return pool.Names()
	case "from", "format", "to":
		var out []string
		for _, f := range trace.Formats() {
			if name != "to" || f.Writable() {
				out = append(out, f.String())
			}
		}
		return out
	}
	value := u.value(name)
	if !strings.Contains(value, "|") {
		return nil
	}
	return slices.DeleteFunc(strings.Split(value, "|"), isPlaceholder) // open|closed, small|paper|N
}

// isPlaceholder reports whether a word of a help stands for others, as N and [flags] do.
func isPlaceholder(word string) bool {
	return word == "" || word != strings.ToLower(word) || strings.ContainsAny(word[:1], "[-.")
}

// arguments returns what a command can have that is no flag, after the words before.
func (u usage) arguments(ctx context.Context, before []string) []string {
	switch {
	case u.command == "figures" || u.command == "lab":
		return notebookNames(ctx)
	case u.command == "trace" && u.part == "gen":
		return workload.Names()
	case len(before) > 1:
		return nil
	}
	return u.parts()
}

// parts returns what can follow the name of the command.
func (u usage) parts() []string {
	// "Usage: dmem trace info [flags] FILE... | formats" has the parts info and formats.
	line, _, _ := strings.Cut(u.text, "\n")
	line = strings.TrimPrefix(line, "Usage: dmem "+u.command+" ")
	var out []string
	for _, part := range strings.Split(line, " | ") {
		first, _, _ := strings.Cut(part, " ")
		for _, word := range strings.Split(first, "|") {
			if !isPlaceholder(word) {
				out = append(out, word)
			}
		}
	}
	return out
}

// notebookNames returns the names of the notebooks of the clone around the working directory.
func notebookNames(ctx context.Context) []string {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil
	}
	dir := root + "/notebooks"
	files, err := notebookFiles(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range files {
		out = append(out, notebookName(dir, f))
	}
	return out
}
