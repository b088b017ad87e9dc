package deepdiff_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/internal/deepdiff"
)

type inner struct {
	xs []int64
	f  float64
}

type outer struct {
	p    *inner
	a    [2]inner
	call func()
}

func TestOf(t *testing.T) {
	one, two := func() {}, func() { panic("two") }
	value := func(change func(*outer)) *outer {
		v := &outer{p: &inner{[]int64{1, 2}, math.NaN()}, call: one}
		change(v)
		return v
	}
	want := value(func(*outer) {})
	if d := deepdiff.Of(value(func(*outer) {}), want); d != "" {
		t.Errorf("equal values differ at %s", d)
	}
	for place, change := range map[string]func(*outer){
		"value.p.xs[1]":   func(o *outer) { o.p.xs[1] = 3 },
		"value.p.xs: got": func(o *outer) { o.p.xs = append(o.p.xs, 0) },
		"value.p.f":       func(o *outer) { o.p.f = 1 },
		"value.p: got":    func(o *outer) { o.p = nil },
		"value.a[1].xs":   func(o *outer) { o.a[1].xs = []int64{} },
		"value.a[0].f":    func(o *outer) { o.a[0].f = 2 },
		"value.call":      func(o *outer) { o.call = two },
	} {
		if d := deepdiff.Of(value(change), want); !strings.HasPrefix(d, place) {
			t.Errorf("got %q, want a difference at %s", d, place)
		}
	}
	if deepdiff.Of(1, int64(1)) == "" || deepdiff.Of(nil, 1) == "" {
		t.Error("types are not told apart")
	}
}
