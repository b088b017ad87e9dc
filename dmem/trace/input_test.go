package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// TestBomb: a file that grows beyond its ratio is refused, unless the ratio is raised.
func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 200 MB")
	}
	line := []byte("0x40 R\n")
	zeros := bytes.Repeat(line, 100<<20/len(line))
	for name, z := range map[string][]byte{"gzip": gzipped(zeros), "zstd": zstded(zeros)} {
		o := trace.Options{Format: trace.Ramulator, MaxRatio: 100}
		f, err := trace.NewFile(bytes.NewReader(z), name, o)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]trace.Miss, 4096)
		for err == nil {
			_, err = f.Next(buf)
		}
		var e *trace.Error
		if f.Close(); !errors.Is(err, trace.ErrBomb) || !errors.As(err, &e) || e.Record < 1<<20 || !strings.Contains(err.Error(), "at most 100 times") {
			t.Errorf("%s: got %v, want ErrBomb", name, err)
		}
		o.MaxRatio = 1 << 30
		if f, err = trace.NewFile(bytes.NewReader(z), name, o); err != nil {
			t.Fatal(err)
		}
		if n := drain(t, f, buf); n != len(zeros)/len(line) {
			t.Errorf("%s: %d records", name, n)
		}
		f.Close()
	}
}

// TestXZDictionary: a file does not get more memory than xz -9 needs.
func TestXZDictionary(t *testing.T) {
	good := xzed(t, []byte(header))
	z := slices.Clone(good)
	at := bytes.Index(z[12:], []byte{0x21, 1}) + 14
	z[at] = 36 // 1 GiB
	if _, err := decode(t, z); !errors.Is(err, trace.ErrCorrupt) || !strings.Contains(err.Error(), "1073741824") {
		t.Errorf("got %v, want a refused dictionary", err)
	}
	for cut := 7; cut < len(good); cut++ {
		if _, err := decode(t, good[:cut]); !errors.Is(err, trace.ErrCorrupt) {
			t.Errorf("cut to %d bytes: %v", cut, err)
		}
	}
}

// TestRatioOfFile: what counts is the size of the file, not what has been read of it: a long
// run of equal lines may stand before others.
func TestRatioOfFile(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 200 MB")
	}
	var text bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 1))
	text.Write(bytes.Repeat([]byte("0x40 R\n"), 14<<20))
	for range 100_000 {
		fmt.Fprintf(&text, "%#x R\n", rng.Uint64())
	}
	records := bytes.Count(text.Bytes(), []byte("\n"))
	z := gzipped(text.Bytes())
	path := filepath.Join(t.TempDir(), "a.gz")
	if err := os.WriteFile(path, z, 0o666); err != nil {
		t.Fatal(err)
	}
	buf := make([]trace.Miss, 4096)
	f, err := trace.Open(path, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := drain(t, f, buf); n != records {
		t.Errorf("%d records, want %d", n, records)
	}
	g, err := trace.NewFile(bytes.NewReader(z), "pipe", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for err == nil {
		_, err = g.Next(buf)
	}
	if !errors.Is(err, trace.ErrBomb) || !strings.Contains(err.Error(), "bytes read so far") {
		t.Errorf("of no known size: %v", err)
	}
}

// TestForeignCompression: what is not read is named; bytes behind a gzip file are not taken for
// a cut.
func TestForeignCompression(t *testing.T) {
	for start, want := range map[string]string{
		"BZh91AY&SY": "bzip2", "\x04\x22\x4d\x18\x64\x40": "lz4", "PK\x03\x04aaaa": "zip", "7z\xbc\xaf\x27\x1c\x00": "7z",
	} {
		if _, err := decode(t, []byte(start)); !errors.Is(err, trace.ErrFormat) || !strings.Contains(err.Error(), "compression "+want) {
			t.Errorf("%q: %v, want %s named", start, err, want)
		}
	}
	z := gzipped([]byte(header + "0,40,R,0\n"))
	_, err := decode(t, append(slices.Clone(z), "rest"...))
	if !errors.Is(err, trace.ErrCorrupt) || errors.Is(err, trace.ErrTruncated) || !strings.Contains(err.Error(), "behind the end") {
		t.Errorf("bytes behind the end: %v", err)
	}
	for n := 1; n < 10; n++ {
		if _, err := decode(t, append(slices.Clone(z), z[:n]...)); !errors.Is(err, trace.ErrTruncated) {
			t.Errorf("a second member of %d bytes: %v", n, err)
		}
	}
	if ms, err := decode(t, append(slices.Clone(z), gzipped([]byte("1,40,R,0\n"))...)); err != nil || len(ms) != 2 {
		t.Errorf("two members: %d records, %v", len(ms), err)
	}
}
