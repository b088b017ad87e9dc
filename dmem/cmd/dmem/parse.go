package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// parseFlags reads the flags in args. For -h it writes "usage", the text about (which ends
// with examples) and the flags to stdout and returns [flag.ErrHelp]. A flag stands once,
// unless its value is repeatable.
func parseFlags(fs *flag.FlagSet, args []string, usage, about string, stdout io.Writer) error {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	given := map[string]bool{} // by a call before, of parseMixed
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	values := map[string]flag.Value{}
	fs.VisitAll(func(f *flag.Flag) {
		values[f.Name] = f.Value
		f.Value = &once{f.Value, given[f.Name]}
	})
	err := fs.Parse(args)
	fs.VisitAll(func(f *flag.Flag) { f.Value = values[f.Name] })
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stdout, "Usage: dmem %s %s\n\n%s\n\nFlags:\n", fs.Name(), usage, strings.TrimSpace(about))
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return err
	}
	if err != nil {
		return &usageError{err: err}
	}
	return nil
}

// parseMixed is parseFlags for flags that may stand before and after the arguments, which
// it returns.
func parseMixed(fs *flag.FlagSet, args []string, usage, about string, stdout io.Writer) ([]string, error) {
	var rest []string
	for {
		if err := parseFlags(fs, args, usage, about, stdout); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

// scaleUsage is what the flag -scale of the commands that run experiments on racks says.
const scaleUsage = "`small|paper|1|4|16|64|256`: size of the experiments, by name or by what the paper's rack is divided by"

// once is the value of a flag that must not stand twice: the second value would silently take
// the place of the first.
type once struct {
	flag.Value
	set bool
}

func (o *once) Set(s string) error {
	if _, ok := o.Value.(repeatable); o.set && !ok {
		return errors.New("this flag stands twice: want it once")
	}
	o.set = true
	err := o.Value.Set(s)
	if g, ok := o.Value.(flag.Getter); ok && err != nil { // package flag says "parse error"
		switch g.Get().(type) {
		case int:
			return errors.New("want a whole number")
		case uint64:
			return fmt.Errorf("want a whole number, 0 to %d", uint64(math.MaxUint64))
		case time.Duration:
			return errors.New("want a time with its unit, such as 90s or 10m")
		case bool:
			return errors.New("want true or false")
		}
	}
	return err
}

// IsBoolFlag tells package flag whether a value can be left out.
func (o *once) IsBoolFlag() bool {
	b, ok := o.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// repeatable is the value of a flag that may stand several times.
type repeatable interface{ repeats() }

// paths is a repeatable value.
type paths []string

func (l *paths) Set(s string) error { *l = append(*l, s); return nil }
func (l *paths) String() string     { return strings.Join(*l, ", ") }
func (l *paths) repeats()           {}
