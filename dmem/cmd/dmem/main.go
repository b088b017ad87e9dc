// Command dmem simulates a rack of disaggregated memory and makes the figures of the
// project. "dmem help" lists its subcommands, "dmem NAME -h" explains one.
//
// Flags follow Go's convention: -flag value, -flag=value, with one dash or two. The exit
// code is 0 on success, 1 on failure, 2 for a command line that cannot be understood and 130
// after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// command is a subcommand. run gets the arguments after its name.
type command struct {
	name    string
	summary string // one line, lower case
	run     func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// commands returns the subcommands in the order in which help lists them.
func commands() []command {
	return []command{
		{"figures", "execute the notebooks and write the figures", figures},
		{"lab", "open the notebooks in JupyterLab", lab},
		{"run", "simulate a rack and report latencies", run},
		{"trace", "look at traces, convert them, write those of programs", traceCommand},
		{"workload", "run programs for their misses, and make Table I", workloadCommand},
		{"claims", "hold the paper's statements against measurements", claimsCommand},
		{"calibrate", "show how the load of the experiments is chosen, and what hangs on it", calibrate},
		{"config", "write a configuration file", config},
		{"list", "list policies, placements and presets", list},
		{"runs", "list and remove the finished runs that experiments keep", runsCommand},
		{"doctor", "look what the machine lacks, and how to mend it", doctor},
		{"dram", "simulate one memory by itself, from DRAMSim2's files", dramCommand},
		{"version", "say what this program is made of", versionCommand},
		{"completion", "let the shell complete dmem's command line", completion},
	}
}

// examples end the text of "dmem help".
const examples = `Examples:
  dmem figures                     every figure, at small scale
  dmem figures -scale paper fig2_random_pool
  dmem lab                         the notebooks in JupyterLab
  dmem run                         the small rack, a second or two
  dmem run -preset paper -trace data/traces/gnusort_500k_par4.csv.gz -json result.json
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	code := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// dispatch runs the subcommand that args name and returns the exit code.
func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr)
		return 2
	}
	switch strings.TrimLeft(args[0], "-") {
	case "help", "h":
		if len(args) == 1 || strings.HasPrefix(args[1], "-") {
			help(stdout)
			return 0
		}
		command := args[1:2]
		if len(args) > 2 && command[0] == "trace" { // its parts have a help of their own
			command = args[1:3]
		}
		args = append(slices.Clone(command), "-h")
	case "version":
		args = append([]string{"version"}, args[1:]...)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return exitCode(ctx, c.name, c.run(ctx, args[1:], stdout, stderr), stderr)
		}
	}
	fmt.Fprintf(stderr, "dmem: there is no command %q; the commands are %s\n", args[0], strings.Join(names(), ", "))
	return 2
}

func exitCode(ctx context.Context, name string, err error, stderr io.Writer) int {
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		command := name
		if usage.command != "" {
			command = usage.command
		}
		fmt.Fprintf(stderr, "dmem %s: %v\n\"dmem %s -h\" tells more\n", name, err, command)
		return 2
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintf(stderr, "dmem %s: interrupted\n", name)
		return 130
	}
	fmt.Fprintf(stderr, "dmem %s: %v\n", name, err)
	return 1
}

func names() []string {
	var out []string
	for _, c := range commands() {
		out = append(out, c.name)
	}
	return out
}

func help(w io.Writer) {
	fmt.Fprint(w, "dmem simulates a rack of disaggregated memory.\n\nUsage: dmem COMMAND [flags] [arguments]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, "  %-10s %s\n\n%s\n\"dmem COMMAND -h\" explains one command.\n", "help", "this text", examples)
}

// usageError is a fault of the command line: exit code 2.
type usageError struct {
	err     error
	command string // whose help tells more, if it is a part of a command with a help of its own
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef returns an error for a command line that cannot be understood.
func usagef(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }

// within makes a fault of the command line lead to the help of a part of a command.
func within(command string, err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		usage.command = command
	}
	return err
}
