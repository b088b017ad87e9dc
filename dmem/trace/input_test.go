package trace_test

import (
	"bytes"
	"errors"
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
