package trace

import (
	"bytes"
	"io"
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// csvHeader is the first line; a fifth column, process, is optional.
const csvHeader = "cycle,hexaddr,rw,thread"

// csvClock is what the stamps of CSV traces count: the 1.2 GHz of the core whose misses
// they are [data/traces/README.md].
var csvClock = units.MustClock(1200 * units.MHz)

// csvDecoder reads lines cycle,hexaddr,rw,thread[,process]: R is a fill, taken as a load
// fill as the file does not tell loads from stores, W is a write-back.
type csvDecoder struct {
	lines   lines
	process bool // there is a fifth column
	record  int64
	last    units.Cycles
}

// newCSVDecoder reads the header line.
func newCSVDecoder(in *input) (*csvDecoder, error) {
	d := &csvDecoder{lines: lines{in: in}}
	line, err := d.lines.line()
	switch {
	case err == io.EOF:
		return nil, &Error{Line: 1, Field: "header line", Want: "a newline at its end", Err: ErrTruncated}
	case err != nil:
		return nil, err
	case string(line) == csvHeader+",process":
		d.process = true
	case bytes.HasPrefix(line, []byte("\ufeff")):
		return nil, &Error{Line: 1, Field: "header line", Got: quote(line), Want: csvHeader + " without a byte order mark before it", Err: ErrCorrupt}
	case bytes.ContainsAny(line, ";\t"):
		return nil, &Error{Line: 1, Field: "header line", Got: quote(line), Want: "commas between the columns: " + csvHeader, Err: ErrCorrupt}
	case string(line) != csvHeader:
		return nil, &Error{Line: 1, Field: "header line", Got: quote(line), Want: csvHeader + " or " + csvHeader + ",process", Err: ErrCorrupt}
	}
	return d, nil
}

func (d *csvDecoder) decode(buf []Miss) (int, error) {
	for i := range buf {
		line, err := d.lines.line()
		if err != nil {
			if err != io.EOF {
				e := asError(err)
				e.Record = d.record
				err = e
			}
			return i, err
		}
		if err := d.parse(line, &buf[i]); err != nil {
			err.Record = d.record
			d.lines.locate(err)
			return i, err
		}
		d.last = buf[i].Cycle
		d.record++
	}
	return len(buf), nil
}

// parse reads one line into m.
func (d *csvDecoder) parse(line []byte, m *Miss) *Error {
	cycle, rest, ok := decimal(line, uint64(MaxStamp))
	if !ok {
		return fieldError("cycle", line, 0, "a decimal number from 0 to "+strconv.FormatInt(int64(MaxStamp), 10))
	}
	addr, rest, ok := hexadecimal(rest)
	if !ok {
		return fieldError("hexaddr", line, 1, "1 to 16 hexadecimal digits without 0x")
	}
	switch {
	case len(rest) == 0 || len(rest) > 1 && rest[1] != ',':
		return fieldError("rw", line, 2, "R or W")
	case rest[0] == 'R':
		m.Kind = LoadFill
	case rest[0] == 'W':
		m.Kind = WriteBack
	default:
		return fieldError("rw", line, 2, "R or W")
	}
	thread, rest, ok := decimal(rest[min(2, len(rest)):], math.MaxUint16)
	if !ok || (rest != nil) != d.process {
		return fieldError("thread", line, 3, "a decimal number from 0 to 65535 and "+map[bool]string{false: "no", true: "a"}[d.process]+" further column")
	}
	m.Process = 0
	if d.process {
		process, rest, ok := decimal(rest, math.MaxUint16)
		if !ok || rest != nil {
			return fieldError("process", line, 4, "a decimal number from 0 to 65535 at the end of the line")
		}
		m.Process = mem.ProcessID(process)
	}
	m.Cycle, m.Addr, m.Thread = units.Cycles(cycle), mem.VAddr(addr), mem.ThreadID(thread)
	if m.Cycle < d.last {
		return unsorted(m.Cycle, d.last)
	}
	return nil
}

// decimal reads a number up to the next comma, or the end, and returns it with what
// follows the comma, nil at the end of the line.
func decimal(b []byte, limit uint64) (v uint64, rest []byte, ok bool) {
	for i, c := range b {
		if c == ',' {
			return v, b[i+1:], i > 0
		}
		digit := uint64(c - '0')
		if digit > 9 || v > limit/10 || v*10+digit > limit {
			return 0, nil, false
		}
		v = v*10 + digit
	}
	return v, nil, len(b) > 0
}

// hexadecimal reads a number of 1 to 16 digits that ends in a comma.
func hexadecimal(b []byte) (v uint64, rest []byte, ok bool) {
	for i, c := range b {
		digit := uint64(hexDigit[c])
		if digit > 15 {
			return v, b[i+1:], c == ',' && i > 0
		}
		if i == 16 {
			return 0, nil, false
		}
		v = v<<4 | digit
	}
	return 0, nil, false
}

// hexDigit holds the value of each hexadecimal digit, and 255 for other characters.
var hexDigit = func() (t [256]uint8) {
	for c := range t {
		t[c] = 255
		if v, err := strconv.ParseUint(string(rune(c)), 16, 8); err == nil {
			t[c] = uint8(v)
		}
	}
	return t
}()

// fieldError reports column number column of a line.
func fieldError(field string, line []byte, column int, want string) *Error {
	got := "(missing) of line " + quote(line)
	if columns := bytes.SplitN(line, []byte{','}, column+2); column < len(columns) {
		got = quote(columns[column])
		if len(columns) == column+2 && column >= 3 {
			got += " and " + quote(columns[column+1])
		}
	}
	return &Error{Field: field, Got: got, Want: want, Err: ErrCorrupt}
}

// unsorted reports a stamp that is earlier than its predecessor's.
func unsorted(got, last units.Cycles) *Error {
	return &Error{Field: "cycle", Got: strconv.FormatInt(int64(got), 10), Want: strconv.FormatInt(int64(last), 10) + " or later", Err: ErrUnsorted}
}

// appendCSVProcess writes what csvDecoder reads, with a process.
func appendCSVProcess(b []byte, m *Miss) []byte {
	b = appendCSV(b, m)
	b[len(b)-1] = ','
	return append(strconv.AppendUint(b, uint64(m.Process), 10), '\n')
}

// appendCSV writes what csvDecoder reads, without a process.
func appendCSV(b []byte, m *Miss) []byte {
	b = strconv.AppendInt(b, int64(m.Cycle), 10)
	b = strconv.AppendUint(append(b, ','), uint64(m.Addr), 16)
	b = append(b, ',', readWrite(m), ',')
	return append(strconv.AppendUint(b, uint64(m.Thread), 10), '\n')
}
