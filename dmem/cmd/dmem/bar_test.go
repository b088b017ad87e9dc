package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		done, total int
		want        string
	}{
		{0, 0, "0 accesses"},
		{2345, 0, "2345 accesses"},
		{2345, 5000, "2345 / 5000 accesses"},
		{999_999, 999_999, "999999 / 999999 accesses"},
		{250_000, 1_370_000_000, "0.2 / 1370.0 M accesses"},
		{12_345_678, 0, "12.3 M accesses"},
	} {
		if got := amount(c.done, c.total, "accesses"); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.done, c.total, got, c.want)
		}
	}
}

// The rate is that since something was done first; what was done by then does not count.
func TestPace(t *testing.T) {
	type step struct {
		seconds     int
		done, total int
		want        string
	}
	for name, steps := range map[string][]step{
		"from nothing": {
			{0, 0, 0, ""},
			{30, 0, 0, ""}, // getting ready
			{40, 20e6, 0, "2 M fills/s"},
			{50, 30e6, 0, "1.5 M fills/s"},
			{50, 30e6, 120e6, "1.5 M fills/s 1m0s left"},
			{60, 45e6, 45e6, "1.5 M fills/s"},
			{60, 45e6, 1 << 62, "1.5 M fills/s"}, // nobody waits for that
		},
		"from something": {{5, 5e6, 35e6, ""}, {15, 15e6, 35e6, "1 M fills/s 20s left"}},
		"slowly":         {{0, 0, 1000, ""}, {2, 1000, 2000, "500 fills/s 2s left"}},
	} {
		var p pace
		for _, s := range steps {
			if got := p.tell(time.Unix(int64(1000+s.seconds), 0), s.done, s.total, "fills of programs"); got != s.want {
				t.Errorf("%s, after %d s, %d of %d: %q, want %q", name, s.seconds, s.done, s.total, got, s.want)
			}
		}
	}
}

// What stands on the terminal.
func TestBar(t *testing.T) {
	b := startBar(io.Discard, "accesses")
	defer b.stop()
	b.bar.SetWidth(120)
	if got := b.bar.String(); !strings.Contains(got, "0 accesses") || strings.Contains(got, "%") {
		t.Errorf("at first: %q", got)
	}
	clock := time.Unix(1000, 0)
	b.now = func() time.Time { return clock }
	b.update(0, 80_000_000)
	clock = clock.Add(10 * time.Second)
	b.update(20_000_000, 80_000_000)
	got := b.bar.String()
	for _, want := range []string{"20.0 / 80.0 M accesses", "25.00%", "2 M accesses/s", "30s left"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q in it", got, want)
		}
	}
}
