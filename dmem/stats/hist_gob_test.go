package stats_test

import (
	"bytes"
	"encoding/gob"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/stats"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// randomHist returns a histogram of up to n samples over all magnitudes.
func randomHist(rng *rand.Rand, n int) *stats.Hist {
	var h stats.Hist
	for range rng.IntN(n + 1) {
		h.Record(units.Time(rng.Int64() >> (16 + rng.IntN(47)))) // up to 2^47 ps, 140 s
	}
	return &h
}

func TestHistRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 50 {
		h := randomHist(rng, 1+i*i)
		b, err := h.GobEncode()
		if err != nil {
			t.Fatal(err)
		}
		var got stats.Hist
		if err := got.GobDecode(b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&got, h) {
			t.Fatalf("histogram %d of %d samples comes back different", i, h.Count)
		}
		more := randomHist(rng, 20) // it works on like the original
		got.Merge(more)
		h.Merge(more)
		if !reflect.DeepEqual(&got, h) {
			t.Fatalf("histogram %d does not merge like the original", i)
		}
	}
}

// TestHistMergeIsRecording: what is merged is as if it had been recorded in one histogram, also if
// only one of them has its whole range.
func TestHistMergeIsRecording(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		var one, parts stats.Hist
		for range 3 {
			var part stats.Hist
			short := rng.IntN(2) * 20 // up to 2^27 ps, 134 µs
			for range rng.IntN(2000) {
				v := units.Time(rng.Int64() >> (16 + short + rng.IntN(47-short)))
				part.Record(v)
				one.Record(v)
			}
			parts.Merge(&part)
		}
		if !reflect.DeepEqual(parts, one) {
			t.Fatalf("%d samples in parts make another histogram than together", one.Count)
		}
	}
}

// TestHistWithinGob: gob finds the methods, and an empty histogram stays empty.
func TestHistWithinGob(t *testing.T) {
	type pair struct{ A, B stats.Hist }
	var v, got pair
	v.A.Record(120 * units.Nanosecond)
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(&v); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&b).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, v) {
		t.Errorf("got %+v", got)
	}
	v.A.Reset()
	if enc, _ := v.A.GobEncode(); len(enc) != 1 {
		t.Errorf("an empty histogram takes %d bytes, want 1", len(enc))
	}
}

// TestHistRefusesDamage changes and cuts every byte: what is accepted must be a histogram
// that says of itself what its bytes say.
func TestHistRefusesDamage(t *testing.T) {
	h := randomHist(rand.New(rand.NewPCG(1, 2)), 60)
	whole, _ := h.GobEncode()
	refused := 0
	for i := range whole {
		for _, b := range [][]byte{whole[:i], flip(whole, i, 1), flip(whole, i, 0x80)} {
			if !acceptable(t, b) {
				refused++
			}
		}
	}
	if refused < 2*len(whole) {
		t.Errorf("only %d of %d damaged encodings are refused", refused, 3*len(whole))
	}
}

func flip(b []byte, i int, bits byte) []byte {
	b = bytes.Clone(b)
	b[i] ^= bits
	return b
}

// acceptable reports whether the bytes decode, and if so holds the histogram to itself.
func acceptable(t *testing.T, b []byte) bool {
	t.Helper()
	var h stats.Hist
	if h.GobDecode(b) != nil {
		return false
	}
	again, err := h.GobEncode()
	if err != nil {
		t.Fatal(err)
	}
	var second stats.Hist
	if err := second.GobDecode(again); err != nil || !reflect.DeepEqual(h, second) {
		t.Fatalf("%x is accepted but does not round trip: %v", b, err)
	}
	var bands uint64
	for _, n := range h.BandCounts() {
		bands += n
	}
	if bands != h.Count || h.Count > 0 && !(h.MinNs() <= h.QuantileNs(0.5) && h.QuantileNs(0.5) <= h.MaxNs()) {
		t.Fatalf("%x is accepted: %d samples in bands of %d, median %v in %v to %v", b, bands, h.Count, h.QuantileNs(0.5), h.MinNs(), h.MaxNs())
	}
	return true
}

func FuzzHist(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 10, 1000} {
		b, _ := randomHist(rng, n).GobEncode()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { acceptable(t, b) })
}

// BenchmarkHistDecode decodes a histogram of some hundred buckets, as kept runs hold.
func BenchmarkHistDecode(b *testing.B) {
	var h stats.Hist
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		h.Record(units.Time(35_000 + rng.ExpFloat64()*100_000))
	}
	encoded, err := h.GobEncode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var d stats.Hist
		if err := d.GobDecode(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
