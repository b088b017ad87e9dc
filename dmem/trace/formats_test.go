package trace_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestFormatErrors: each reader tells record, place, value and what it wants.
func TestFormatErrors(t *testing.T) {
	readwrite := mapping("ro16,ba2,bg2,ra1,co7,ch1,by6")
	for _, c := range []struct {
		format     trace.Format
		text, want string
		is         error
	}{
		{trace.DRackSimText, "1 0 0x40 R 5\n1 0 0x40 R 4\n", "record 1, byte 13, line 2: cycle 4: want 5 or later", trace.ErrUnsorted},
		{trace.DRackSimText, "0 0 0x40 R 5\n", `process "0": want a decimal number from 1 to 65536`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 65536 0x40 R 5\n", `thread "65536"`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 RW 5\n", `operation "RW"`, trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 R\n", "columns 4: want 5", trace.ErrCorrupt},
		{trace.DRackSimText, "1 0 0x40 R 5", "last line", trace.ErrTruncated},
		{trace.DRAMSys, "\n# x\n5: read 40\n", `record 0, byte 5, line 3: address "40": want 0x`, trace.ErrCorrupt},
		{trace.DRAMSys, "5 read 0x40\n", `cycle "5"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: (0) read 0x40\n", "size 0: want 1 to 4096", trace.ErrCorrupt},
		{trace.DRAMSys, "5: (9999) read 0x40\n", `size "(9999)"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: erase 0x40\n", `operation "erase": want read or write`, trace.ErrCorrupt},
		{trace.DRAMSys, "5: read 0x40 data\n", `data "data"`, trace.ErrCorrupt},
		{trace.DRAMSys, "5:\n", "operation (missing)", trace.ErrCorrupt},
		{trace.DRAMSys, "5: (64) read\n", "address (missing)", trace.ErrCorrupt},
		{trace.DRAMSysRelative, "7: read 0x40\n9223372036854775800: read 0x40\n", `record 1, byte 13, line 2: cycle "9223372036854775800:": want at most 9223372036854775806 in all`, trace.ErrCorrupt},
		{trace.Prospero, "5 R 0x40 8\n", `address "0x40": want a decimal number`, trace.ErrCorrupt},
		{trace.Prospero, "5 R 64 0\n", "size 0", trace.ErrCorrupt},
		{trace.Prospero, "5 R 18446744073709551615 2\n", "want 64 bits", trace.ErrCorrupt},
		{trace.Prospero, "5 X 64 8\n", `operation "X"`, trace.ErrCorrupt},
		{trace.DRAMSim2K6, "0x40 P_INT_ACK 5\n", `command "P_INT_ACK": want P_MEM_WR`, trace.ErrCorrupt},
		{trace.DRAMSim2K6, "0x40 BOFF 1,234.5 ns\n", "columns 4", trace.ErrCorrupt},
		{trace.DRAMSim2Mase, "0x40 read 5\n", `command "read": want IFETCH`, trace.ErrCorrupt},
		{trace.DRAMSim2Misc, "0x40 write xyz\n", `data "xyz"`, trace.ErrCorrupt},
		{trace.DRAMsim3, "0x40 READ 1.5\n", `cycle "1.5"`, trace.ErrCorrupt},
		{trace.DRAMsim3, "0x40 TRANS 5\n", `command "TRANS"`, trace.ErrCorrupt},
		{trace.Ramulator, "0x40 R 5\n", "columns 3: want 2", trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,0,5\n", `address vector "0,0,0,0,5": want 6 numbers (ch,ra,bg,ba,ro,co)`, trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,4,5,0\n", `ba of the address vector "4": want a decimal number of 2 bits`, trace.ErrCorrupt},
		{trace.RamulatorReadWrite, "R 0,0,0,-1,5,0\n", `"-1"`, trace.ErrCorrupt},
		{trace.Gem5, "gem6", "magic", trace.ErrFormat},
		{trace.Gem5, "gem5", "header: want one behind the magic", trace.ErrTruncated},
		{trace.Gem5, "gem5\x02\x18", "last message 1 bytes: want 2", trace.ErrTruncated},
		{trace.Gem5, "gem5\x02\x0a\x00", "ticks a second of the header (missing)", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x00", "ticks a second of the header 0", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x02\x08\x05", "record 0, byte 7: command (missing): want field 2", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x08\x08\x05\x10\x07\x18\x40\x20\x40", "gem5 command 7: want 1 (ReadReq) or 4 (WriteReq)", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x08\x08\x05\x10\x01\x18\x40\x20\x00", "size 0", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\x01\x0b", "type 3", trace.ErrCorrupt},
		{trace.Gem5, "gem5\x02\x18\x01\xff\xff\xff\xff\x0f", "length of the message", trace.ErrCorrupt},
		{trace.DRackSimRaw, strings.Repeat("x", 47), "last record 47 bytes: want 48", trace.ErrTruncated},
		{trace.DRackSimRaw, strings.Repeat("\x01\x00\x00\x00\x00\x00\x00\x00", 6), `operation "\x01"`, trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{0, 8, 64}), "first entry type 0, value 64: want a header", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{25, 0, 0}), "version of the header 0", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{50, 0, 0}), "record 0, byte 12: type 50: want 0 to 49", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{0, 8, 64}), "record 1, byte 24: end of file: want a footer", trace.ErrTruncated},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{26, 0, 0}, [3]uint64{0, 8, 64}), "end of file: want a footer", trace.ErrTruncated},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{28, 9, 0x20}), "file type 0x20: want that of a 64-bit machine", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{17, 9, 0}), "instructions of a bundle 9", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5}, [3]uint64{1, 65535, 0}), "size 65535", trace.ErrCorrupt},
		{trace.DRMemtrace, entries([3]uint64{25, 0, 5})[:11], "last record 11 bytes: want 12", trace.ErrTruncated},
		{trace.Pinatrace, "0x1: R 0x40\n", "record 1, byte 12, line 2: end of file: want a line #eof", trace.ErrTruncated},
		{trace.Pinatrace, "#eof\n0x1: R 0x40\n", "line behind #eof", trace.ErrCorrupt},
		{trace.Pinatrace, "0x1 R 0x40\n", `instruction pointer "0x1"`, trace.ErrCorrupt},
		{trace.Pinatrace, "0x1: F 0x40\n", `operation "F"`, trace.ErrCorrupt},
		{trace.Lackey, "I  40,2\n X 40,4\n", `record 1, byte 8, line 2: kind "X": want I, L, S or M`, trace.ErrCorrupt},
		{trace.Lackey, " L 0x40,4\n", `address "0x40"`, trace.ErrCorrupt},
		{trace.Lackey, " L 40\n", "size (missing)", trace.ErrCorrupt},
		{trace.Lackey, " L ffffffffffffffff,2\n", "want 64 bits", trace.ErrCorrupt},
		{trace.RamulatorLoadStore, "LD 0x40 1\n", "columns 3: want 2: LD|ST ADDR", trace.ErrCorrupt},
		{trace.RamulatorLoadStore, "ld 0x40\n", `operation "ld"`, trace.ErrCorrupt},
		{trace.ChampSim, strings.Repeat("\x02", 64), `branch and taken "\x02\x02"`, trace.ErrCorrupt},
		{trace.ChampSim, strings.Repeat("\x00", 72), "record 1, byte 64: last record 8 bytes: want 64", trace.ErrTruncated},
		{trace.CloudSuite, strings.Repeat("\x00", 95), "last record 95 bytes: want 96", trace.ErrTruncated},
	} {
		t.Run(c.format.String(), func(t *testing.T) {
			o := trace.Options{Format: c.format}
			if c.format == trace.RamulatorReadWrite {
				o.Mapping = readwrite
			}
			_, err := readFormat(t, []byte(c.text), o)
			var e *trace.Error
			if !errors.As(err, &e) || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) || e.Path != "test" {
				t.Errorf("%q: got %v, want %q", c.text, err, c.want)
			}
		})
	}
}

// readFormat reads a trace of either kind and returns how many records it held.
func readFormat(t testing.TB, data []byte, o trace.Options) (int, error) {
	t.Helper()
	if !o.Format.References() {
		ms, err := decodeAs(t, data, o)
		return len(ms), err
	}
	f, err := trace.NewRefFile(bytes.NewReader(data), "test", o)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	refs, err := readRefs(t, f)
	return len(refs), err
}

// TestFormatAllocs: reading allocates nothing once it runs.
func TestFormatAllocs(t *testing.T) {
	text := func(line string) []byte { return []byte(strings.Repeat(line, 300*1024)) }
	for format, data := range map[trace.Format][]byte{
		trace.DRAMsim3: text("0x40 READ 7\n"), trace.Prospero: text("7 R 64 8\n"), trace.DRAMSys: text("7: (64) read 0x40\n"),
		trace.Ramulator: text("0x40 R\n"), trace.Lackey: text(" M 40,4\n"), trace.Pinatrace: text("0x1: R 0x40\n"),
		trace.ChampSim: bytes.Repeat(make([]byte, 64), 300*1024), trace.Gem5: append([]byte("gem5\x02\x18\x01"), text("\x08\x08\x05\x10\x01\x18\x40\x20\x40")...),
	} {
		o := trace.Options{Format: format}
		next := func() error { return nil }
		if format.References() {
			f, err := trace.NewRefFile(bytes.NewReader(data), "", o)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]trace.Reference, 1024)
			next = func() error { _, err := f.Next(buf); return err }
		} else {
			f, err := trace.NewFile(bytes.NewReader(data), "", o)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]trace.Miss, 1024)
			next = func() error { _, err := f.Next(buf); return err }
		}
		read := func() {
			if err := next(); err != nil {
				t.Fatal(format, err)
			}
		}
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%v: %v allocations in 1024 records, want 0", format, n)
		}
	}
}
