package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const traceAbout = `
Trace looks at traces and converts them: traces of last-level-cache misses, and traces of
references, as programs make them before any cache. It reads what many simulators and
tracers write, plain, gzip, zstd or xz; "formats" lists them. The format is recognised by
content where that is possible, else by the name (.champsimtrace, .rstl, .stl, .csv, .dmt);
-from overrides both.

"gen" writes the misses of a workload, "record" those of any program; "clean" removes what runs
have stored. Each has a -h of its own.

"info" reads each file to its end and says what it holds: rate is records in the time from
the first stamp to the last, a gap is the time from a record to the next, and reuse counts the
records from a use of a line to its next use. Numbers above 16 are up to an eighth too high in
quantiles; a ~ marks what is estimated from part of the lines or pages of a large trace, a +
behind the threads that there are more. "head" shows the first records. A FILE - is the
standard input.

"convert" writes our own compact format, which keeps every record, or what -to or the name of
the output says (.dmt, .csv, .trc, .stl, .rstl; .gz and .zst compress). References go through
the cores and caches of the paper's Table II, smaller by -scale, and their misses are written,
up to -fills fills, with the stamps that -timing says, as "record" has it: what the paper's tool
charges, to be replayed in an open loop, or compute time, to be replayed in a closed one.

Examples:
  dmem trace info data/traces/*.csv.gz
  dmem trace head -n 20 pinatrace.out
  dmem trace convert -name sort data/traces/gnusort_500k_par4.csv.gz sort.dmt
  dmem trace convert -trace-hz 2.4GHz mine.csv mine.dmt
  dmem trace convert -from dramsim2-mase -to dramsim3 mase_art.trc art.trace.gz
  dmem trace convert -to csv sort.dmt - | head
  dmem trace convert 600.perlbench_s-210B.champsimtrace.xz perlbench.dmt
  dmem trace convert -timing compute -scale 16 -fills 1000000 pinatrace.out small.dmt
  dmem trace convert -from dramsys-relative old.txt old.stl
  dmem trace convert -gem5-commands 24=load-fill,25=load-fill,22=store-fill,7=write-back l3.ptrc l3.dmt
  dmem trace gen lbm -scale 64
  dmem trace record -- sort words.txt
  dmem trace clean`

// traceFlags are those of trace.
type traceFlags struct {
	options trace.Options
	to      trace.Format
	header  trace.Header
	json    string
	records int // of head; 0: not given
	caches  cachesFlags

	cachesGiven string // one of the flags of caches that was given; "": none
}

func (f *traceFlags) register(fs *flag.FlagSet) {
	told := false
	format := func(s string) (err error) {
		if told {
			return errors.New("-from and -format are one flag: want it once")
		}
		told = true
		f.options.Format, err = text[trace.Format](s)
		return err
	}
	fs.Func("from", "the files have the format `NAME`; default: what their content shows", format)
	fs.Func("format", "the same as -from", format)
	fs.Func("to", "convert: write the format `NAME`; default: by the extension of the output, without one our own", func(s string) (err error) {
		f.to, err = text[trace.Format](s)
		return err
	})
	fs.Func("gap", "`CYCLES` between two records of a format without stamps; default: 1", func(s string) error {
		n, err := between[uint64](1, uint64(trace.MaxStamp))(s)
		f.options.Gap = units.Cycles(n)
		return err
	})
	fs.Func("mapping", "`FIELDS` that an address is made of, from its highest bits, for ramulator2-readwrite, such as ro16,ba2,bg2,ra1,co7,ch0,by6", func(s string) (err error) {
		f.options.Mapping, err = text[trace.Mapping](s)
		return err
	})
	fs.Func("gem5-commands", "`LIST` of what gem5's commands other than ReadReq and WriteReq do, by their numbers in its version: load-fill, store-fill, write-back or skip, as in 25=load-fill,22=store-fill,7=write-back,10=skip", func(s string) (err error) {
		f.options.Commands, err = text[trace.Commands](s)
		return err
	})
	fs.Func("max-ratio", fmt.Sprintf("a compressed file may grow `N`-fold, beyond its first 64 MiB; default: %d", trace.DefaultMaxRatio), func(s string) (err error) {
		f.options.MaxRatio, err = between(1, math.MaxInt32)(s)
		return err
	})
	fs.Func("trace-hz", "the stamps count a clock of `F` hertz, instead of what the file says", func(s string) (err error) {
		f.options.Clock, err = parseHz(s)
		return err
	})
	fs.Func("n", "head: print `N` records; default: 10", func(s string) (err error) {
		f.records, err = between(1, math.MaxInt32)(s)
		return err
	})
	fs.StringVar(&f.json, "json", "", "info: write what it says as JSON to `FILE`, - for stdout")
	fs.StringVar(&f.header.Name, "name", "", "convert: what was traced; default: the file's name")
	fs.StringVar(&f.header.Origin, "origin", "", "convert: how the trace came about; default: what the file says, or what was done to references")
	f.caches.register(fs, "convert: of references, ", "end with `N` fills; default: with the trace")
}

// traceCommand looks at traces and converts them.
func traceCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	const usage = "info [flags] FILE... | head [flags] FILE | convert [flags] IN OUT | formats | gen [flags] WORKLOAD | record [flags] -- PROGRAM ARGS... | clean [-n]"
	fs := flag.NewFlagSet("trace", flag.ContinueOnError)
	var f traceFlags
	f.register(fs)
	if len(args) == 0 {
		return usagef("want %s", usage)
	}
	verb := args[0]
	switch verb {
	case "gen":
		return within("trace gen", traceGen(ctx, args[1:], stdout, stderr))
	case "record":
		return within("trace record", traceRecord(ctx, args[1:], stdout, stderr))
	case "clean":
		return within("trace clean", traceClean(ctx, args[1:], stdout))
	case "info", "head", "convert", "formats":
		args = args[1:]
	}
	if err := parseFlags(fs, args, usage, traceAbout, stdout); err != nil {
		return err
	}
	if f.records == 0 {
		f.records = 10
	} else if verb != "head" {
		return usagef("%s: -n is a flag of head", verb)
	}
	if f.json != "" && verb != "info" {
		return usagef("%s: -json is a flag of info", verb)
	}
	fs.Visit(func(given *flag.Flag) {
		if slices.Contains(cachesFlagNames, given.Name) {
			f.cachesGiven = given.Name
		}
	})
	if f.cachesGiven != "" && verb != "convert" {
		return usagef("%s: -%s is a flag of convert", verb, f.cachesGiven)
	}
	switch verb {
	case "info":
		if fs.NArg() == 0 {
			return usagef("info: want at least one file")
		}
		return traceInfo(ctx, fs.Args(), &f, stdout)
	case "head":
		if fs.NArg() != 1 {
			return usagef("head: want a file")
		}
		return advise(traceHead(ctx, fs.Arg(0), f.options, f.records, stdout), false)
	case "convert":
		if fs.NArg() != 2 {
			return usagef("convert: want a file to read and one to write")
		}
		return advise(traceConvert(ctx, fs.Arg(0), fs.Arg(1), &f, stdout, stderr), false)
	case "formats":
		if fs.NArg() != 0 {
			return usagef("formats: want no files")
		}
		return traceFormats(stdout)
	}
	return usagef("there is no %q: want %s", verb, usage)
}

// traceFormats prints a line on each format.
func traceFormats(stdout io.Writer) error {
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, references := range []bool{false, true} {
		kind := "TRACES OF MISSES"
		if references {
			kind = "\nTRACES OF REFERENCES"
		}
		fmt.Fprintf(t, "%s\tNAMES\tTOLD BY\tWRITTEN\tSTAMPS\tWHAT\tFROM\n", kind)
		for _, f := range trace.Formats() {
			if f.References() != references {
				continue
			}
			told, written, stamps := "name", "no", "in the file"
			if f.Recognised() {
				told = "content"
			}
			if f.Writable() {
				written = "yes"
			}
			if clock, ok := f.Clock(); ok {
				stamps = clock.String()
			}
			if f.Paced() || references {
				stamps = "none"
			}
			ends := "-"
			if list := f.Extensions(); len(list) > 0 {
				ends = strings.Join(list, " ")
			}
			fmt.Fprintf(t, "%v\t%s\t%s\t%s\t%s\t%s\t%s\n", f, ends, told, written, stamps, f.About(), f.From())
		}
	}
	return t.Flush()
}
