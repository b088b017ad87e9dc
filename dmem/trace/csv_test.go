package trace_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

const header = "cycle,hexaddr,rw,thread\n"

func TestCSV(t *testing.T) {
	got, err := decode(t, []byte(header+"0,4003846e80,R,3\r\n18,FFFFFFFFFFFFFFFF,W,65535\n9223372036854775806,0,R,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []trace.Miss{
		{Cycle: 0, Addr: 0x4003846e80, Thread: 3, Kind: trace.LoadFill},
		{Cycle: 18, Addr: 1<<64 - 1, Thread: 65535, Kind: trace.WriteBack},
		{Cycle: trace.MaxStamp},
	})
	got, err = decode(t, []byte("cycle,hexaddr,rw,thread,process\n7,40,W,1,65535\n"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, []trace.Miss{{Cycle: 7, Addr: 0x40, Thread: 1, Process: 65535, Kind: trace.WriteBack}})
	if got, err := decode(t, []byte(header)); len(got) != 0 || err != nil {
		t.Errorf("header alone: got %d records, %v; want an empty trace", len(got), err)
	}
}

func TestCSVRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		ms := randomMisses(rng, rng.IntN(5000))
		for i := range ms {
			if ms[i].Kind == trace.StoreFill {
				ms[i].Kind = trace.LoadFill
			}
		}
		text := csvText(ms)
		got, err := decode(t, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms)
		// The same through a reader that gives a few bytes at a time.
		f, err := trace.NewFile(iotest.HalfReader(strings.NewReader(text)), "", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err = readAll(t, f)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms)
	}
}

func TestCSVErrors(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		is               error
	}{
		{"missing field", "0,40,R\n", `record 0, byte 24, line 2: thread (missing)`, trace.ErrCorrupt},
		{"extra field", "0,40,R,0,0\n", `thread "0" and "0"`, trace.ErrCorrupt},
		{"empty line", "0,40,R,0\n\n", `record 1, byte 33, line 3: cycle ""`, trace.ErrCorrupt},
		{"unsorted", "5,40,R,0\n4,40,R,0\n", "record 1, byte 33, line 3: cycle 4: want 5 or later", trace.ErrUnsorted},
		{"negative cycle", "-5,40,R,0\n", `cycle "-5"`, trace.ErrCorrupt},
		{"cycle beyond the range", "9223372036854775807,40,R,0\n", `cycle "9223372036854775807"`, trace.ErrCorrupt},
		{"cycle that wraps", "20000000000000000000,40,R,0\n", `cycle "20000000000000000000"`, trace.ErrCorrupt},
		{"cycle beyond 64 bits", "99999999999999999999999,40,R,0\n", "want a decimal number from 0 to 9223372036854775806", trace.ErrCorrupt},
		{"hexadecimal cycle", "0x5,40,R,0\n", `cycle "0x5"`, trace.ErrCorrupt},
		{"space", " 5,40,R,0\n", `cycle " 5"`, trace.ErrCorrupt},
		{"no address", "5,,R,0\n", `hexaddr ""`, trace.ErrCorrupt},
		{"address beyond 64 bits", "5,10000000000000000,R,0\n", `hexaddr "10000000000000000"`, trace.ErrCorrupt},
		{"prefixed address", "5,0x40,R,0\n", `hexaddr "0x40"`, trace.ErrCorrupt},
		{"lower-case kind", "5,40,r,0\n", `rw "r"`, trace.ErrCorrupt},
		{"long kind", "5,40,RW,0\n", `rw "RW"`, trace.ErrCorrupt},
		{"thread beyond the range", "5,40,R,65536\n", `thread "65536"`, trace.ErrCorrupt},
		{"negative thread", "5,40,R,-1\n", `thread "-1"`, trace.ErrCorrupt},
		{"no newline", "5,40,R,1", `last line "5,40,R,1"`, trace.ErrTruncated},
		{"endless line", strings.Repeat("7", 1<<20), "line", trace.ErrCorrupt},
		{"binary", "5,40,R,1\n\x00\x01\xff", "record 1", trace.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, []byte(header+c.text))
			var e *trace.Error
			if !errors.As(err, &e) || !errors.Is(err, c.is) || !errors.Is(err, trace.ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCSVHeader(t *testing.T) {
	for text, is := range map[string]error{
		"cycle,hexaddr,rw,thread":              trace.ErrTruncated,
		"cycle,hexaddr,rw,thread,color\n":      trace.ErrCorrupt,
		"hexaddr,cycle,rw,thread\n0,0,R,0\n":   trace.ErrFormat,
		"0,40,R,0\n":                           trace.ErrFormat,
		"cycle,hexaddr,rw,thread,process,x\n1": trace.ErrCorrupt,
	} {
		if _, err := decode(t, []byte(text)); !errors.Is(err, is) {
			t.Errorf("%q: got %v, want %v", text, err, is)
		}
	}
}

// TestReadError: an error of the file is passed on as it is, after the records before it.
func TestReadError(t *testing.T) {
	broken := errors.New("broken disk")
	for _, data := range [][]byte{[]byte(header + "1,40,R,0\n2,40,R,0\n"), gzipped([]byte(header + strings.Repeat("1,40,R,0\n", 1e5)))[:200]} {
		f, err := trace.NewFile(io.MultiReader(strings.NewReader(string(data)), iotest.ErrReader(broken)), "x", trace.Options{})
		if err == nil {
			_, err = readAll(t, f)
		}
		if !errors.Is(err, broken) || errors.Is(err, trace.ErrCorrupt) {
			t.Errorf("got %v, want the disk's error", err)
		}
	}
}

func TestClockOption(t *testing.T) {
	path := writeFile(t, "x.csv", []byte(header))
	for _, c := range []struct{ set, want units.Clock }{
		{units.Clock{}, units.MustClock(1200 * units.MHz)},
		{units.MustClock(2 * units.GHz), units.MustClock(2 * units.GHz)},
	} {
		f, err := trace.Open(path, trace.Options{Clock: c.set})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Clock() != c.want || f.Header().Clock != c.want {
			t.Errorf("set %v: got %v, want %v", c.set, f.Clock(), c.want)
		}
	}
}
