package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		line string // after "dmem "; a blank at the end begins a new word
		want string // among what it can become; "!" before what is not
	}{
		{"", "figures lab run trace completion help"},
		{"tr", "trace !run"},
		{"help do", "doctor"},
		{"help trace ", "gen record !run"},
		{"help run ", ""},
		{"run -", "-preset -pool-policy -h"},
		{"run --", ""},
		{"run -preset ", "small paper dracksim"},
		{"run -preset=sm", "-preset=small !-preset=paper"},
		{"run -pool-policy smart", "smart-idle smart-idle-released !random"},
		{"run -placement ", "local-first all-remote"},
		{"run -loop ", "open closed"},
		{"run -loop open -", "-seed"},
		{"list ", "policies placements presets"},
		{"trace ", "info convert formats"},
		{"trace convert -to ", "dramsim3 !lackey"},
		{"trace -", "-from -json -n -name"},
		{"trace info -", "-from -json -h !-n !-name !-fills"},
		{"trace head -", "-from -n !-json !-origin"},
		{"trace convert -", "-from -to -origin -name !-json !-n"},
		{"trace gen -", "-fills -o -scale -timing -to -h !-skip !-with !-from !-n !-json"},
		{"trace record -", "-fills -skip -with -scale !-from !-n !-json"},
		{"trace clean -", "-n -h !-from !-fills !-json !-o"},
		{"trace gen ", "lbm zipf !record"},
		{"trace gen lbm -timing ", "tracer compute !lbm"},
		{"trace gen -scale ", "small paper !N !64"},
		{"trace record -scale ", ""},
		{"trace record -with ", "auto qemu lackey"},
		{"trace record -with=q", "-with=qemu !-with=lackey"},
		{"runs ", "list clean"},
		{"runs clean -", "-old"},
		{"runs list -", "-h !-old"},
		{"workload table1 -", "-scale -json"},
		{"workload list -", "-scale !-json"},
		{"workload table1 -scale ", "small paper !64 !N"},
		{"claims -scale ", "small paper 1 4 16 64 256"},
		{"calibrate -scale 1", "1 16 !4 !small"},
		{"figures -scale=", "-scale=small -scale=paper -scale=256"},
		{"workload ", "table1 list"},
		{"figures ", "quickstart fig2_random_pool"},
		{"lab -classic q", "quickstart"},
		{"lab -p", "-port"},
		{"completion ", "bash zsh fish words"},
		{"nothing ", ""},
		{"dram -device ", ""},
	} {
		got := complete(t.Context(), strings.Split(c.line, " "))
		if c.want == "" && len(got) > 0 {
			t.Errorf("dmem %s: %q, want nothing", c.line, got)
		}
		for _, w := range strings.Fields(c.want) {
			if name, not := strings.CutPrefix(w, "!"); slices.Contains(got, name) == not {
				t.Errorf("dmem %s: %q, want %s", c.line, got, w)
			}
		}
	}
}

// What the shells themselves say of the scripts.
func TestCompletionScripts(t *testing.T) {
	for shell := range completionScripts {
		var stdout, stderr bytes.Buffer
		if code := dispatch(t.Context(), []string{"completion", shell}, &stdout, &stderr); code != 0 {
			t.Errorf("%s: code %d, %s", shell, code, stderr.String())
		}
		program, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		check := exec.Command(program, "-n")
		check.Stdin = &stdout
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
	if code := dispatch(t.Context(), []string{"completion", "tcsh"}, &bytes.Buffer{}, &bytes.Buffer{}); code != 2 {
		t.Errorf("tcsh: code %d", code)
	}
}

// Bash itself completes with the script and a stand-in for dmem.
func TestCompletionInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script := `dmem() { [ "$1 $2 $3 $4 $5 $6" = "completion words -- run -preset s" ] && echo small; }
` + completionScripts["bash"] + `
COMP_WORDS=(dmem run -preset s); COMP_CWORD=3; _dmem; echo "${COMPREPLY[@]}"`
	out, err := exec.Command(bash, "-c", script).CombinedOutput()
	if err != nil || string(out) != "small\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// Every command explains itself, with examples.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, name := range names() {
		var stdout, stderr bytes.Buffer
		code := dispatch(t.Context(), []string{name, "-h"}, &stdout, &stderr)
		for _, want := range []string{"Usage: dmem " + name + " ", "\nExamples:\n  "} {
			if code != 0 || !strings.Contains(stdout.String(), want) {
				t.Errorf("dmem %s -h: code %d, no %q in\n%s", name, code, want, stdout.String())
			}
		}
	}
}
