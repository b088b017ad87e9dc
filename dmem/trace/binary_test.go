package trace_test

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

var ghz = trace.Header{Clock: units.MustClock(units.GHz)}

// encode writes misses in our own format, in pieces of the given size.
func encode(t testing.TB, h trace.Header, ms []trace.Miss, piece int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := trace.NewWriter(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	for part := range slices.Chunk(ms, piece) {
		if err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	return b.Bytes()
}

func TestBinaryRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 60 {
		ms := randomMisses(rng, rng.IntN(1<<rng.IntN(17)))
		data := encode(t, ghz, ms, 1+rng.IntN(50_000))
		got, err := decode(t, data)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms)
		if again := encode(t, ghz, ms, 1+rng.IntN(50_000)); !bytes.Equal(again, data) {
			t.Fatal("the same misses in other pieces give another file")
		}
	}
}

// TestBinaryCorners: the ends of every range, and more streams than a first byte numbers.
func TestBinaryCorners(t *testing.T) {
	ms := []trace.Miss{
		{}, {Addr: 1<<64 - 1, Thread: 65535, Process: 65535, Kind: trace.WriteBack}, {Addr: 63}, {Addr: 1 << 63}, {Addr: 1<<64 - 64},
		{Cycle: trace.MaxStamp - 1, Kind: trace.StoreFill}, {Cycle: trace.MaxStamp}, {Cycle: trace.MaxStamp, Addr: 1<<64 - 1},
	}
	for i := range 200 {
		ms = append(ms, trace.Miss{Cycle: trace.MaxStamp, Thread: mem.ThreadID(i * 7 % 100), Process: mem.ProcessID(i % 3), Addr: mem.VAddr(i)})
	}
	for _, some := range [][]trace.Miss{nil, ms[:1], ms[:2], ms} {
		got, err := decode(t, encode(t, ghz, some, 1))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, some)
	}
}

func TestBinaryHeader(t *testing.T) {
	for _, h := range []trace.Header{
		ghz,
		{Clock: units.MustClock(1), Name: "lbm", Origin: "qemu-user 7.2, window 10^9 instructions, ünïcode"},
		{Clock: units.MustClock(1000 * units.GHz), Origin: strings.Repeat("x", 60_000)},
	} {
		data := encode(t, h, nil, 1)
		for _, form := range [][]byte{data, gzipped(data), zstded(data)} {
			f, err := trace.NewFile(bytes.NewReader(form), "", trace.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if f.Header() != h || f.Clock() != h.Clock || f.Format() != trace.Binary {
				t.Errorf("got %+v, %v; want %+v", f.Header(), f.Format(), h)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for _, h := range []trace.Header{{}, {Clock: ghz.Clock, Name: "\xff"}, {Clock: ghz.Clock, Name: strings.Repeat("x", 40_000), Origin: strings.Repeat("x", 40_000)}} {
		var field *units.FieldError
		if _, err := trace.NewWriter(io.Discard, h); !errors.As(err, &field) {
			t.Errorf("%.20v: got %v, want a FieldError", h, err)
		}
	}
}

// TestBinaryTies: whatever the order of records with equal stamps, it survives, with as many
// streams as need no order written, and more.
func TestBinaryTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	for range 300 {
		threads := []int{1, 2, 3, 8, 63, 64, 65, 130}[rng.IntN(8)]
		rank := rng.Perm(threads) // of threads, where ties keep to one
		ms := make([]trace.Miss, rng.IntN(3000))
		var now units.Cycles
		stray := []float64{0, 0.001, 1}[rng.IntN(3)] // how often they do not
		for i := range ms {
			m := trace.Miss{Cycle: now, Thread: mem.ThreadID(rng.IntN(threads)), Addr: mem.VAddr(rng.Uint64N(1<<20) << 6)}
			if i > 0 && rank[m.Thread] < rank[ms[i-1].Thread] && rng.Float64() >= stray {
				now++
				m.Cycle = now
			}
			ms[i] = m
		}
		got, err := decode(t, encode(t, ghz, ms, 500))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms)
	}
}

// TestBinaryFarStamps: streams are merged by their stamps however far apart these are.
func TestBinaryFarStamps(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for range 300 {
		ms := make([]trace.Miss, 1+rng.IntN(200))
		for i := range ms {
			ms[i] = trace.Miss{Cycle: units.Cycles(rng.Uint64() >> (1 + rng.IntN(63))), Thread: mem.ThreadID(rng.IntN(9))}
		}
		slices.SortStableFunc(ms, func(a, b trace.Miss) int {
			return cmp.Or(cmp.Compare(a.Cycle, b.Cycle), cmp.Compare(a.Thread, b.Thread))
		})
		got, err := decode(t, encode(t, ghz, ms, 500))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, ms)
	}
}

// TestBinarySize holds the format to what the real traces take after zstd, and a tenth more.
func TestBinarySize(t *testing.T) {
	most := map[string]float64{"gnusort_500k_par4": 2.5, "python_dict_sort": 3.6, "sqlite3_index_groupby": 0.18}
	for _, name := range real {
		f, err := trace.Open(realPath(name), trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := readAll(t, f)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w, err := trace.NewWriter(&b, trace.Header{Clock: f.Clock(), Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := trace.Copy(w, &slice{misses: want}); n != 120_000 || err != nil {
			t.Fatal(n, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		raw, stored := w.Size()
		t.Logf("%s: %.2f bytes a record before zstd, %.2f after", name, float64(raw)/120_000, float64(stored)/120_000)
		if float64(stored) > most[name]*120_000 || raw < 3*120_000 || stored != int64(b.Len()) || stored > raw {
			t.Errorf("%s: %d bytes before zstd and %d after, file of %d; want at most %v a record", name, raw, stored, b.Len(), most[name])
		}
		got, err := decode(t, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, want)
	}
}

// TestBinaryDamage: a file cut anywhere, or with a bit flipped anywhere, or with anything
// behind it, is an error; what is delivered before it is right.
func TestBinaryDamage(t *testing.T) {
	ms := randomMisses(rand.New(rand.NewPCG(13, 14)), 70_000)
	data := encode(t, trace.Header{Clock: ghz.Clock, Name: "x"}, ms, 1000)
	check := func(what string, at int, damaged []byte, is error) {
		t.Helper()
		got, err := decode(t, damaged)
		if !errors.Is(err, is) {
			t.Fatalf("%s %d of %d: got %v, want %v", what, at, len(data), err, is)
		}
		if len(got) > len(ms) {
			t.Fatalf("%s %d: %d records of %d", what, at, len(got), len(ms))
		}
		equal(t, got, ms[:len(got)])
	}
	places := 150
	if testing.Short() {
		places = 15
	}
	step := 1 + len(data)/places
	for at := 0; at < len(data); at++ {
		if at > 40 && at < len(data)-40 && at%step != 0 { // all of the header and the end mark
			continue
		}
		if at >= 7 {
			check("cut to", at, data[:at], trace.ErrTruncated)
		}
		damaged := slices.Clone(data)
		damaged[at] ^= 1 << (at % 8)
		is := trace.ErrCorrupt
		if at < 8 { // magic and version
			is = trace.ErrFormat
		}
		check("bit flipped in byte", at, damaged, is)
	}
	check("garbage behind", 1, append(slices.Clone(data), 0), trace.ErrCorrupt)
	check("a second file behind", 1, append(slices.Clone(data), data...), trace.ErrCorrupt)
}

// TestBinaryBlocks: a block left out or doubled is seen, although each has a checksum that
// fits.
func TestBinaryBlocks(t *testing.T) {
	const size = 64 << 10
	ms := make([]trace.Miss, 3*size) // equal stamps: order alone does not tell
	for i := range ms {
		ms[i].Addr = mem.VAddr(i * i)
	}
	start := len(encode(t, ghz, nil, 1)) - 33
	one := len(encode(t, ghz, ms[:size], size)) - 33
	two := len(encode(t, ghz, ms[:2*size], size)) - 33
	data := encode(t, ghz, ms, size)
	end := len(data) - 33
	blocks := map[string][][]byte{
		"right":     {data[start:one], data[one:two], data[two:end]},
		"left out":  {data[start:one], data[two:end]},
		"swapped":   {data[one:two], data[start:one], data[two:end]},
		"doubled":   {data[start:one], data[one:two], data[one:two], data[two:end]},
		"exchanged": {data[start:one], data[one:two], data[one:two]},
	}
	for name, parts := range blocks {
		file := slices.Concat(data[:start], slices.Concat(parts...), data[end:])
		_, err := decode(t, file)
		if name == "right" && err != nil || name != "right" && !errors.Is(err, trace.ErrCorrupt) {
			t.Errorf("blocks %s: got %v", name, err)
		}
	}
}

func TestWriterErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  trace.Miss
		is   error
		want string
	}{
		{"unsorted", trace.Miss{Cycle: 9}, trace.ErrUnsorted, "record 80001, byte"},
		{"negative", trace.Miss{Cycle: -1}, trace.ErrInvalid, "cycle -1: want 0 to"},
		{"never", trace.Miss{Cycle: units.NeverCycles}, trace.ErrInvalid, "cycle 9223372036854775807"},
		{"kind", trace.Miss{Cycle: 10, Kind: 3}, trace.ErrInvalid, "kind Kind(3)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			w, err := trace.NewWriter(&b, ghz)
			if err != nil {
				t.Fatal(err)
			}
			ms := make([]trace.Miss, 80_002)
			for i := range ms {
				ms[i].Cycle = 10
			}
			ms[80_001] = c.bad
			err = w.Write(ms)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if again := w.Write(ms[:1]); again != err {
				t.Errorf("Write after it: %v", again)
			}
			if again := w.Close(); again != err {
				t.Errorf("Close after it: %v", again)
			}
			if _, err := decode(t, b.Bytes()); !errors.Is(err, trace.ErrTruncated) {
				t.Errorf("reading what was written: got %v, want ErrTruncated", err)
			}
		})
	}
	full := errors.New("disk full")
	w, err := trace.NewWriter(&limitedWriter{left: 100, err: full}, ghz)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(randomMisses(rand.New(rand.NewPCG(1, 2)), 80_000)); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("Close: got %v, want %v", err, full)
	}
}

// limitedWriter fails after some bytes.
type limitedWriter struct {
	left int
	err  error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return w.left, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

func TestCount(t *testing.T) {
	ms := randomMisses(rand.New(rand.NewPCG(15, 16)), 30_000)
	data := encode(t, ghz, ms, 1000)
	for name, form := range map[string][]byte{"plain": data, "gzip": gzipped(data), "zstd": zstded(data)} {
		if n, err := trace.Count(writeFile(t, "x", form)); n != 30_000 || err != nil {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
	}
	// The end alone tells: damage in the middle does not matter to Count, only to reading.
	damaged := slices.Clone(data)
	damaged[len(data)/2] ^= 1
	if n, err := trace.Count(writeFile(t, "x", damaged)); n != 30_000 || err != nil {
		t.Errorf("damaged in the middle: got %d, %v", n, err)
	}
	if _, err := trace.Count(writeFile(t, "x", data[:len(data)-1])); !errors.Is(err, trace.ErrTruncated) {
		t.Errorf("truncated: got %v", err)
	}
}

func TestSlowReader(t *testing.T) {
	ms := randomMisses(rand.New(rand.NewPCG(17, 18)), 20_000)
	f, err := trace.NewFile(iotest.HalfReader(bytes.NewReader(encode(t, ghz, ms, 100))), "", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, f)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, ms)
}

func TestFileContract(t *testing.T) {
	path := writeFile(t, "x.dmt", encode(t, ghz, make([]trace.Miss, 10), 10))
	f, err := trace.Open(path, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Next(nil); n != 0 || err != io.ErrShortBuffer {
		t.Errorf("Next(nil) = %d, %v", n, err)
	}
	if n, err := f.Next(make([]trace.Miss, 4)); n != 4 || err != nil {
		t.Errorf("Next(4) = %d, %v", n, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if n, err := f.Next(make([]trace.Miss, 4)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("Next after Close = %d, %v", n, err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	var e *trace.Error
	_, err = trace.Open(writeFile(t, "bad.csv", []byte(header+"x\n")), trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bad, _ := trace.Open(writeFile(t, "bad.csv", []byte(header+"x\n")), trace.Options{})
	if _, err := bad.Next(make([]trace.Miss, 1)); !errors.As(err, &e) || !strings.HasSuffix(e.Path, "bad.csv") || e.Record != 0 || e.Offset != 24 || e.Field != "cycle" || e.Got != `"x"` {
		t.Errorf("got %+v", e)
	}
}
