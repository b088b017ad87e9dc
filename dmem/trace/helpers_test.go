package trace_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// real are the traces of data/traces.
var real = []string{"gnusort_500k_par4", "python_dict_sort", "sqlite3_index_groupby"}

func realPath(name string) string { return "../../data/traces/" + name + ".csv.gz" }

// slice is the plainest source: the misses it holds, in batches of at most batch.
type slice struct {
	misses []trace.Miss
	batch  int
	end    error // io.EOF if nil
}

func (s *slice) Next(buf []trace.Miss) (int, error) {
	if len(s.misses) == 0 {
		if s.end != nil {
			return 0, s.end
		}
		return 0, io.EOF
	}
	if s.batch > 0 {
		buf = buf[:min(len(buf), s.batch)]
	}
	n := copy(buf, s.misses)
	s.misses = s.misses[n:]
	return n, nil
}

// readAll reads a source in batches of changing size and checks what Source promises.
func readAll(t testing.TB, src trace.Source) ([]trace.Miss, error) {
	t.Helper()
	all, err := drainChecked(t, src.Next, trace.Miss{Cycle: -9, Addr: 9, Thread: 9, Process: 9, Kind: 9})
	for i := 1; i < len(all); i++ {
		if all[i].Cycle < all[i-1].Cycle {
			t.Fatalf("record %d: cycle %d after %d", i, all[i].Cycle, all[i-1].Cycle)
		}
	}
	return all, err
}

// drainChecked reads with next, into a buffer that holds junk before each call: it must not
// show.
func drainChecked[T comparable](t testing.TB, next func([]T) (int, error), junk T) ([]T, error) {
	t.Helper()
	var all []T
	buf := make([]T, 777)
	for size := 1; ; size = size%len(buf) + 1 {
		for i := range buf {
			buf[i] = junk
		}
		n, err := next(buf[:size])
		if n > 0 == (err != nil) || n < 0 || n > size {
			t.Fatalf("Next(%d) = %d, %v: want records or an error", size, n, err)
		}
		all = append(all, buf[:n]...)
		if err != nil {
			if n, again := next(buf); n != 0 || again != err {
				t.Fatalf("Next after %v = %d, %v: want the same error again", err, n, again)
			}
			if err == io.EOF {
				err = nil
			}
			return all, err
		}
	}
}

// decode reads a trace held in memory.
func decode(t testing.TB, data []byte) ([]trace.Miss, error) {
	t.Helper()
	return decodeAs(t, data, trace.Options{})
}

// decodeAs reads a trace held in memory, with options.
func decodeAs(t testing.TB, data []byte, o trace.Options) ([]trace.Miss, error) {
	t.Helper()
	f, err := trace.NewFile(bytes.NewReader(data), "test", o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(t, f)
}

// randomMisses returns n sorted misses that stress an encoding: far and near, aligned and
// not, few and many threads.
func randomMisses(rng *rand.Rand, n int) []trace.Miss {
	ms := make([]trace.Miss, n)
	var now uint64
	threads, processes := 1+rng.IntN(1<<rng.IntN(17)), 1+rng.IntN(1<<rng.IntN(17))
	for i := range ms {
		now += min(rng.Uint64()>>(1+rng.IntN(63)), (uint64(trace.MaxStamp)-now)>>rng.IntN(12))
		addr := rng.Uint64() >> rng.IntN(64)
		if rng.IntN(2) == 0 {
			addr &^= 63
		}
		ms[i] = trace.Miss{
			Cycle: units.Cycles(now), Addr: mem.VAddr(addr), Kind: trace.Kind(rng.IntN(3)),
			Thread: mem.ThreadID(rng.IntN(threads)), Process: mem.ProcessID(rng.IntN(processes)),
		}
	}
	return ms
}

func csvText(ms []trace.Miss) string {
	var b strings.Builder
	b.WriteString("cycle,hexaddr,rw,thread,process\n")
	for _, m := range ms {
		rw := "R"
		if m.Kind == trace.WriteBack {
			rw = "W"
		}
		fmt.Fprintf(&b, "%d,%x,%s,%d,%d\n", m.Cycle, uint64(m.Addr), rw, m.Thread, m.Process)
	}
	return b.String()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstded(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}

func xzed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func equal(t testing.TB, got, want []trace.Miss) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d records, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("record %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}
