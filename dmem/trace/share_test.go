package trace_test

import (
	"io"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

func TestShareRisesToOne(t *testing.T) {
	f, err := trace.Open("../../data/traces/gnusort_500k_par4.csv.gz", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]trace.Miss, 10_000)
	last := 0.0
	for {
		_, err := f.Next(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Share(); got < last || got > 1 {
			t.Fatalf("share %v after %v", got, last)
		} else {
			last = got
		}
	}
	if got := f.Share(); got != 1 {
		t.Errorf("share %v at the end, want 1", got)
	}
}
