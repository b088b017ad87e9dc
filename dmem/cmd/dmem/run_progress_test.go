package main

import (
	"math"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

func TestExpected(t *testing.T) {
	for _, c := range []struct {
		p     dmem.Progress
		until units.Time
		want  float64
	}{
		{dmem.Progress{Accesses: 10, Share: 0.125}, 0, 80},
		{dmem.Progress{Accesses: 10, Share: math.NaN()}, 0, 0},
		{dmem.Progress{Accesses: 10, Share: 0.125, Simulated: units.Microsecond}, 2 * units.Microsecond, 20},
		{dmem.Progress{Accesses: 10, Share: 0.5, Simulated: units.Microsecond}, 4 * units.Microsecond, 20},
		{dmem.Progress{Accesses: 10, Share: math.NaN(), Simulated: 3 * units.Microsecond}, 2 * units.Microsecond, 10},
		{dmem.Progress{}, 0, 0},
	} {
		if got := expected(c.p, c.until); got != c.want {
			t.Errorf("%+v until %v: %v, want %v", c.p, c.until, got, c.want)
		}
	}
}
