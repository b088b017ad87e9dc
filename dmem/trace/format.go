package trace

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Format is the layout of a trace file, whatever its compression. The zero value, Auto,
// stands for the one that the content shows.
type Format uint8

// The formats of traces of misses, and then those of references; [Format.About] says what
// each is.
const (
	Auto Format = iota
	Binary
	CSV
	DRackSim
	DRackSimRaw
	DRackSimText
	Gem5
	DRAMSys
	DRAMSysRelative
	Prospero
	DRAMSim2K6
	DRAMSim2Mase
	DRAMSim2Misc
	DRAMsim3
	Ramulator
	RamulatorReadWrite
	DRMemtrace
	Pinatrace
	Lackey
	RamulatorLoadStore
	ChampSim
	CloudSuite
	numFormats
)

// layout is what the package knows of a format.
type layout struct {
	name  string
	about string // a line
	ends  string // the customary ends of the files' names
	vague bool   // other formats use these ends as well: they tell how to write, not how to read
	from  string // where such traces come from
	clock units.Clock
	paced bool // there are no stamps

	relative bool   // a stamp counts from that of the record before
	looks    Format // as which the content is recognised, though it means something else; Auto if there is none

	// recognise tells whether a file could be one by its first bytes, at most recogniseSize;
	// whole says that these are all. Nil: only the name tells. Those with a magic of their
	// own are asked first.
	recognise func(head []byte, whole bool) bool
	magic     bool

	// One of these two starts reading.
	misses     func(*input, *Header, Options) (decoder[Miss], error)
	references func(*input, Options) decoder[Reference]

	// append writes a record, first stands before all of them; nil, and not Binary: it
	// cannot be written. loses says what is not kept.
	append func([]byte, *Miss) []byte
	first  string
	loses  string
}

// recogniseSize is how much of a file is looked at.
const recogniseSize = 4096

// The clocks that stamps are taken to count where neither the file nor the user tells.
var (
	memoryClock   = units.MustClock(1200 * units.MHz) // of DDR4-2400 [Paper Table II]
	prosperoClock = units.MustClock(2 * units.GHz)    // default of SST's component
)

// layouts is indexed by Format; of two that could be it, the first one is.
var layouts = [numFormats]layout{
	Auto: {name: "auto", about: "the format that the content shows"},
	Binary: {
		name: "binary", ends: Extension, about: "our own: compact, checked, keeps everything", from: "dmem trace convert",
		recognise: func(head []byte, _ bool) bool { return bytes.HasPrefix(head, []byte(magic)) }, magic: true,
		misses: func(in *input, h *Header, _ Options) (d decoder[Miss], err error) {
			*h, d, err = newBinaryDecoder(in)
			return d, err
		},
	},
	CSV: {
		name: "csv", ends: ".csv", about: "lines " + csvHeader + " with that header line, a fifth column process is optional", from: "data/traces, scripts", clock: csvClock,
		recognise: func(head []byte, _ bool) bool { return bytes.HasPrefix(head, []byte(csvHeader)) }, magic: true,
		misses: func(in *input, _ *Header, _ Options) (decoder[Miss], error) { return newCSVDecoder(in) },
		append: appendCSV, first: csvHeader + "\n", loses: "load and store fills are both R",
	},
	DRackSim: {
		name: "dracksim", ends: ".trc", vague: true, about: "32-byte records (.trc), sorted: what DRackSim's simulator reads", from: "DRackSim's parse_trace", clock: drackSimClock,
		recognise: func(head []byte, whole bool) bool {
			return len(head) >= drackSimSize && drackSimPlausible(head) && !isDRackSimRaw(head, whole)
		},
		misses: func(in *input, _ *Header, _ Options) (decoder[Miss], error) { return &drackSimDecoder{in: in}, nil },
		append: appendDRackSim, loses: "store fills and write-backs are both W",
	},
	DRackSimRaw: {
		name: "dracksim-raw", about: "48-byte records, core by core: sorted while they are read", from: "DRackSim's Pin tool", clock: drackSimClock,
		recognise: isDRackSimRaw, misses: plain(newDRackSimRaw),
	},
	DRackSimText: {
		name: "dracksim-text", about: "lines process thread 0xADDR R|W cycle", from: "DRackSim's parse_trace", clock: drackSimClock,
		recognise: starts(newDRackSimText), misses: plain(newDRackSimText),
		append: appendDRackSimText, loses: "store fills and write-backs are both W",
	},
	Gem5: {
		name: "gem5", about: "protobuf packets: ReadReq and WriteReq, others if their numbers are told, with the ticks' frequency", from: "gem5's CommMonitor with a MemTraceProbe, encode_packet_trace.py",
		recognise: func(head []byte, _ bool) bool { return bytes.HasPrefix(head, []byte(gem5Magic)) }, magic: true,
		misses: func(in *input, h *Header, o Options) (decoder[Miss], error) { return newGem5(in, h, o) },
	},
	DRAMSys: {
		name: "dramsys", ends: ".stl", about: "lines cycle: [(size)] read|write 0xADDR [0xDATA]", from: "DRAMSys", clock: memoryClock,
		recognise: starts(newDRAMSys), misses: plain(newDRAMSys),
		append: appendDRAMSys, loses: "fills are reads without a kind; threads, processes and bytes within a line are left out",
	},
	DRAMSysRelative: {
		name: "dramsys-relative", ends: ".rstl", about: "lines as of dramsys, with cycles since the line before", from: "DRAMSys", clock: memoryClock,
		relative: true, looks: DRAMSys, misses: plain(newDRAMSysRelative),
		append: appendDRAMSys, loses: "fills are reads without a kind; threads, processes and bytes within a line are left out",
	},
	Prospero: {
		name: "prospero", about: "lines cycle R|W address size, all decimal, a file a core", from: "SST's Prospero", clock: prosperoClock,
		recognise: starts(newProspero), misses: plain(newProspero),
		append: appendProspero, loses: "fills are reads without a kind; threads, processes and bytes within a line are left out",
	},
	DRAMSim2K6: {
		name: "dramsim2-k6", about: "lines 0xADDR P_MEM_RD|P_MEM_WR|BOFF|... cycle", from: "DRAMSim2's traces/k6_*, behind traceParse.py", clock: memoryClock,
		recognise: starts(newK6), misses: plain(newK6), append: appendK6, loses: losesKind,
	},
	DRAMSim2Mase: {
		name: "dramsim2-mase", about: "lines 0xADDR IFETCH|READ|WRITE cycle; recognised as dramsim3, which means the same", from: "DRAMSim2's traces/mase_*, behind traceParse.py", clock: memoryClock,
		misses: plain(newMase), append: appendMase, loses: losesKind,
	},
	DRAMSim2Misc: {
		name: "dramsim2-misc", about: "lines 0xADDR read|write [data], without stamps; recognised if there are no data", from: "DRAMSim2's traces/misc_*", clock: memoryClock, paced: true,
		recognise: func(head []byte, whole bool) bool { return firstWords(head).n == 2 && starts(newMisc)(head, whole) },
		misses:    plain(newMisc), append: appendMisc, loses: losesKind + "; so are stamps",
	},
	DRAMsim3: {
		name: "dramsim3", about: "lines 0xADDR READ|WRITE cycle", from: "DRAMsim3's tests and users", clock: memoryClock,
		recognise: func(head []byte, whole bool) bool {
			w := firstWords(head)
			return w.n == 3 && bytes.Equal(w.list[1], bytes.ToUpper(w.list[1])) && starts(newDRAMsim3)(head, whole)
		},
		misses: plain(newDRAMsim3), append: appendDRAMsim3, loses: losesKind,
	},
	Ramulator: {
		name: "ramulator", about: "lines 0xADDR R|W, without stamps", from: "memory traces of Ramulator 1", clock: memoryClock, paced: true,
		recognise: starts(newRamulator), misses: plain(newRamulator), append: appendRamulator, loses: losesKind + "; so are stamps",
	},
	RamulatorReadWrite: {
		name: "ramulator2-readwrite", about: "lines R|W ch,ra,bg,ba,ro,co, without stamps: needs an address mapping", from: "Ramulator 2's ReadWriteTrace", clock: memoryClock, paced: true,
		recognise: func(head []byte, _ bool) bool { return isVectors(firstLine(head)) },
		misses:    func(in *input, _ *Header, o Options) (decoder[Miss], error) { return newVectors(in, o) },
	},
	DRMemtrace: {
		name: "drmemtrace", about: "12-byte entries of a final trace of a 64-bit machine", from: "DynamoRIO's drmemtrace, Google's workload traces (unzip those first)",
		recognise: func(head []byte, _ bool) bool { return isDRMemtrace(head) }, magic: true, references: newDRMemtrace,
	},
	Pinatrace: {
		name: "pinatrace", about: "lines 0xIP: R|W 0xADDR, and #eof", from: "Pin's example pinatrace (pinatrace.out)",
		recognise: starts(newPinatrace), references: newPinatrace,
	},
	Lackey: {
		name: "lackey", about: "lines I|L|S|M address,size", from: "valgrind --tool=lackey --trace-mem=yes",
		recognise: starts(newLackey), references: newLackey,
	},
	RamulatorLoadStore: {
		name: "ramulator2-loadstore", about: "lines LD|ST ADDR", from: "Ramulator 2's LoadStoreTrace",
		recognise: starts(newLoadStore), references: newLoadStore, append: appendLoadStore, loses: losesKind + "; so are stamps",
	},
	ChampSim: {
		name: "champsim", ends: ".champsimtrace", about: "64-byte records, one an instruction", from: "ChampSim's Pin tool and trace collections (.champsimtrace.xz)",
		recognise: champSimLayout.recognise, references: newChampSim,
	},
	CloudSuite: {
		name: "cloudsuite", about: "96-byte records of ChampSim with an address space", from: "ChampSim's traces of CloudSuite",
		recognise: cloudSuiteLayout.recognise, references: newCloudSuite,
	},
}

const losesKind = "fills are reads without a kind; threads and processes are left out"

// plain is a start of reading that cannot fail.
func plain(open func(*input, Options) decoder[Miss]) func(*input, *Header, Options) (decoder[Miss], error) {
	return func(in *input, _ *Header, o Options) (decoder[Miss], error) { return open(in, o), nil }
}

// starts recognises a format whose first record can be read.
func starts[T any](open func(*input, Options) decoder[T]) func([]byte, bool) bool {
	return func(head []byte, _ bool) bool {
		n, _ := open(&input{buf: bytes.Clone(head), end: len(head), err: io.EOF}, Options{Gap: 1}).decode(make([]T, 1))
		return n == 1
	}
}

// firstLine returns the first line that is neither empty nor a comment.
func firstLine(head []byte) []byte {
	for line := range bytes.Lines(head) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return line
		}
	}
	return nil
}

func firstWords(head []byte) (w words) {
	w.split(firstLine(head))
	return w
}

// recognise returns the format of a file that starts with head; false if it is none.
func recognise(head []byte, whole bool) (Format, bool) {
	for _, certain := range []bool{true, false} {
		for f := Binary; f < numFormats; f++ {
			if l := &layouts[f]; l.magic == certain && l.recognise != nil && l.recognise(head, whole) {
				return f, true
			}
		}
	}
	return Auto, false
}

// formatByName returns the format that the name of a file tells; false if it does not.
func formatByName(name string) (Format, bool) {
	f, ok := formatByExtension(extension(name))
	return f, ok && !f.layout().vague
}

// formatByExtension returns the format that has ext among its ends.
func formatByExtension(ext string) (Format, bool) {
	for f := Binary; f < numFormats; f++ {
		if slices.Contains(f.Extensions(), ext) {
			return f, true
		}
	}
	return Auto, false
}

// OutputFormat returns the format in which a trace is written to a file of the given name: to,
// or if that is Auto what the name's extension says, before one of a compression, and our own
// if there is none ("-" has none).
//
// The error is [ErrFormat] for a format that is not [Format.Writable] and for an extension
// that none has, and [ErrOption] if the file would be read as another format by its name.
func OutputFormat(name string, to Format) (Format, error) {
	ext := extension(name)
	named, known := formatByExtension(ext)
	switch {
	case to != Auto:
		if known && to != named && (to.looksLike() == named || named.looksLike() == to) {
			return to, fmt.Errorf("trace: %s: a file %s is read as %v, for which %v would be taken: want another name or that format: %w", name, ext, named, to, ErrOption)
		}
	case known:
		to = named
	case ext == "":
		to = Binary
	default:
		return to, fmt.Errorf("trace: %s: no format has the extension %s: want %s, or the format told, one of %s: %w", name, ext, writtenExtensions(), names(Format.Writable), ErrFormat)
	}
	if !to.Writable() {
		return to, notWritten(to)
	}
	return to, nil
}

// notWritten reports a format that is not writable.
func notWritten(f Format) error {
	return fmt.Errorf("trace: %v is not written: want %s: %w", f, names(Format.Writable), ErrFormat)
}

// writtenExtensions lists the extensions of formats that can be written.
func writtenExtensions() string {
	var list []string
	for _, f := range Formats() {
		if f.Writable() {
			for _, ext := range f.Extensions() {
				list = append(list, fmt.Sprintf("%s (%v)", ext, f))
			}
		}
	}
	return strings.Join(list, ", ")
}

// Formats returns all formats but Auto.
func Formats() []Format {
	var all []Format
	for f := Auto + 1; f < numFormats; f++ {
		all = append(all, f)
	}
	return all
}

// names lists the formats that pass a test.
func names(pass func(Format) bool) string {
	var list []string
	for _, f := range Formats() {
		if pass(f) {
			list = append(list, f.String())
		}
	}
	return strings.Join(list, ", ")
}

func (f Format) layout() *layout {
	if f >= numFormats {
		return &layout{name: fmt.Sprintf("Format(%d)", uint8(f))}
	}
	return &layouts[f]
}

// String returns the name, such as "csv".
func (f Format) String() string { return f.layout().name }

// About returns what the format is, in a line.
func (f Format) About() string { return f.layout().about }

// From returns where such traces come from, in a line.
func (f Format) From() string { return f.layout().from }

// Extensions returns the customary ends of the names of its files, such as ".csv"; nil if
// there are none.
func (f Format) Extensions() []string { return strings.Fields(f.layout().ends) }

// looksLike returns the format as which files of f are recognised by their content though it
// means something else; Auto if there is none.
func (f Format) looksLike() Format { return f.layout().looks }

// OnlyNamed reports whether only the name of a file, or [Options], tells the format f: its
// content looks like that of another format, which means something else.
func (f Format) OnlyNamed() bool { return f.looksLike() != Auto }

// References reports whether it is a format of references, which [OpenRefs] reads, and
// not of misses, which [Open] does.
func (f Format) References() bool { return f.layout().references != nil }

// Recognised reports whether files of the format can be told by their content.
func (f Format) Recognised() bool { return f.layout().recognise != nil }

// Paced reports whether there are no stamps in the format, so that [Options.Gap] makes them.
func (f Format) Paced() bool { return f.layout().paced }

// Clock returns what stamps are taken to count if [Options] does not say: false if the
// file itself says it, or has no stamps of which to say it.
func (f Format) Clock() (units.Clock, bool) { c := f.layout().clock; return c, c.Valid() }

// Writable reports whether [NewSink] writes the format.
func (f Format) Writable() bool { return f == Binary || f.layout().append != nil }

// Loses returns what of a trace is not kept in the format, "" if nothing is.
func (f Format) Loses() string { return f.layout().loses }

// formatNames are the names by format.
func formatNames() []string {
	list := make([]string, numFormats)
	for f := range list {
		list[f] = layouts[f].name
	}
	return list
}

// MarshalText implements [encoding.TextMarshaler].
func (f Format) MarshalText() ([]byte, error) { return marshalName(f, formatNames()) }

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (f *Format) UnmarshalText(b []byte) error { return unmarshalName(f, b, "format", formatNames()) }
