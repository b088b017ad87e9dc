package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/record"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const traceRecordAbout = `
Trace record runs a program, puts what all its threads load and store through the cores and
caches of the paper's Table II, and writes the misses of the last-level cache as a trace, which
"dmem run -trace" replays. Any x86-64 program of Linux will do, as it is.

It runs under qemu-user, with a plugin that is compiled on first use (into the folder
that ` + dmem.CacheVariable + ` names, or else dmemsys in the user's cache), about as fast as ten
million references a second; or, with -with lackey or where qemu is missing, under valgrind:
fifty times slower and with all threads as one. Debian's packages are qemu-user and gcc, or
valgrind.

The program has this command's input and output; what there is to say about the recording goes
to the error output. A script is recorded as its interpreter. What the kernel does is not
recorded, nor are child processes, nor what a program becomes by exec: for "sh -c 'sort x'" or
"env sort x" record sort itself.

A program that crashes, is killed, or is interrupted by Ctrl-C leaves a trace of what it did up
to there. The exit code is 0 if the program ended by itself, whatever its own exit code, which is
told, or by -fills; 1 if a signal killed it.

Examples:
  dmem trace record -- sort words.txt > sorted.txt
  dmem trace record -o sort.dmt -fills 1000000 -- sort --parallel 4 words.txt
  dmem trace record -skip 50000000 -scale 16 -- python3 -c 'print(sum({i: i for i in range(10**6)}))'
  dmem run -trace sort.dmt`

// traceRecordFlags are those of trace record.
type traceRecordFlags struct {
	out  string
	to   trace.Format
	tool record.Tool
	skip uint64
	cachesFlags
}

func (f *traceRecordFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&f.out, "o", "", "the trace to write, a `FILE`, compressed if its name ends in .gz or .zst; default: the program's name"+trace.Extension)
	registerTo(fs, &f.to)
	fs.Func("with", "`auto|qemu|lackey`: run the program under that; auto is qemu if it is there (default auto)", func(s string) (err error) {
		f.tool, err = text[record.Tool](s)
		return err
	})
	fs.Func("skip", "begin after `N` instructions, of all threads together, with empty caches", func(s string) (err error) {
		f.skip, err = between[uint64](1, math.MaxInt64)(s)
		return err
	})
	f.cachesFlags.register(fs, "", "end the program after `N` fills; default: when it ends itself")
}

// traceRecord writes the misses of a real program.
func traceRecord(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f traceRecordFlags
	fs := flag.NewFlagSet("trace record", flag.ContinueOnError)
	f.register(fs)
	if err := parseFlags(fs, args, "[flags] -- PROGRAM ARGS...", traceRecordAbout, stdout); err != nil {
		return err
	}
	argv := fs.Args()
	switch {
	case len(argv) == 0 || argv[0] == "":
		return usagef("record: want a program")
	case f.out == "-":
		return usagef("record: -o -: the program's own output goes there; want a file")
	case f.out == "":
		f.out = filepath.Base(argv[0]) + trace.Extension
	}
	node, err := f.node("record")
	if err != nil {
		return err
	}
	if err := checkFiles(recordInputs(argv), []named{{"-o", f.out}}); err != nil {
		return err
	}
	if f.to, err = writable(f.to, f.out); err != nil {
		return err
	}
	r := recorder{flags: &f, node: node, argv: argv, stdout: stdout, stderr: stderr}
	r.size, err = outputSize(f.out, stdout, func(w io.Writer) error { return r.run(ctx, w) })
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	r.report()
	switch o := &r.outcome; {
	case ctx.Err() != nil:
		return ctx.Err()
	case o.Signal != 0 && !o.Stopped:
		return fmt.Errorf("%s was killed (%v); the trace holds what it did up to there", argv[0], o.Signal)
	}
	return nil
}

// recordInputs returns the files that the command line of a program names: the program, and
// arguments that may be files.
func recordInputs(argv []string) []named {
	var in []named
	if path, err := exec.LookPath(argv[0]); err == nil {
		in = append(in, named{"the program", path})
	}
	for _, arg := range argv[1:] {
		in = append(in, named{"the program's argument", arg})
	}
	return in
}

// recorder is one run of trace record.
type recorder struct {
	flags          *traceRecordFlags
	node           frontend.Config
	argv           []string
	stdout, stderr io.Writer

	outcome record.Outcome
	misses  dmem.GeneratorStats
	size    units.Bytes
	took    time.Duration
}

// run records the program to w.
func (r *recorder) run(ctx context.Context, w io.Writer) error {
	f := r.flags
	start := time.Now()
	recording, err := record.Start(ctx, r.argv, record.Options{
		Tool: f.tool, Skip: f.skip, Stdin: os.Stdin, Stdout: r.stdout, Stderr: r.stderr,
	})
	if err != nil {
		return err
	}
	defer recording.Close()
	g, err := dmem.GenerateFrom(recording, r.node, f.fills)
	if err != nil {
		return err
	}
	bar := &bar{}
	if !isTerminal(r.stdout) { // else it would stand between the program's lines
		bar = newBar(r.stderr, "fills")
	}
	defer bar.stop()
	src := &watched{Source: g, report: func() { bar.update(int(g.Stats().Fills), int(f.fills)) }}
	h := trace.Header{Clock: g.Clock(), Name: filepath.Base(r.argv[0]), Origin: origin(r.argv, f)}
	if _, _, _, err = writeMisses(w, f.to, h, src); err != nil {
		return err
	}
	bar.stop()
	r.took = time.Since(start)
	r.outcome, err = recording.Close()
	r.misses = g.Stats()
	if err == nil && r.outcome.References == 0 {
		err = r.nothing()
	}
	return err
}

// nothing returns an error for a recording without references.
func (r *recorder) nothing() error {
	o := &r.outcome
	ended := fmt.Sprintf("ended with exit code %d", o.ExitCode)
	if o.Signal != 0 {
		ended = fmt.Sprintf("was killed (%v)", o.Signal)
	}
	if r.flags.skip > 0 && o.Skipped > 0 {
		return fmt.Errorf("%s %s within the first %d instructions: nothing to record", r.argv[0], ended, r.flags.skip)
	}
	return fmt.Errorf("%s %s before its first instruction", r.argv[0], ended)
}

// report tells how the recording went.
func (r *recorder) report() {
	o, f := &r.outcome, r.flags
	say := func(format string, args ...any) { fmt.Fprintf(r.stderr, format+"\n", args...) }
	say("%s: %d fills, %d write-backs, %v, from %d references of %s under %v in %.1f s, %.1f million a second",
		f.out, r.misses.Fills, r.misses.WriteBacks, r.size, o.References, plural(o.Threads, "thread", "threads"), o.Tool, r.took.Seconds(), float64(o.References+o.Skipped)/1e6/r.took.Seconds())
	switch {
	case o.Replaced:
		say("%s replaced itself by another program (exec), which is not recorded: record that one", r.argv[0])
	case o.Stopped && r.misses.Fills == f.fills:
		say("%s was ended after %d fills", r.argv[0], f.fills)
	case o.Stopped:
		say("%s was ended; the trace holds what it did up to there", r.argv[0])
	case o.Signal == 0:
		say("%s ended with exit code %d", r.argv[0], o.ExitCode)
	}
	if o.Children > 0 {
		say("not recorded: %s that it made", plural(int(o.Children), "process", "processes"))
	}
	if f.fills > 0 && r.misses.Fills < f.fills && !o.Stopped {
		say("it ended before %d fills", f.fills)
	}
	if o.Tool == record.Lackey {
		say("lackey tells no threads apart")
	}
	if loses := f.to.Loses(); loses != "" {
		say("not kept in %v: %s", f.to, loses)
	}
}

// origin says in a trace how it came about.
func origin(argv []string, f *traceRecordFlags) string {
	const longest = 1000
	line := strings.ToValidUTF8(strings.Join(argv, " "), "?")
	if len(line) > longest {
		line = strings.ToValidUTF8(line[:longest], "") + " ..."
	}
	return fmt.Sprintf("recorded: %s; %v, after %d instructions", line, &f.cachesFlags, f.skip)
}
