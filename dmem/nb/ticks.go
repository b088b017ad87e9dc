package nb

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// every returns ticks at the multiples of a round step, about n with a label, and half as
// far apart without one. Millions are written "0.5M" on the whole axis; thousands are grouped
// on the whole axis as soon as one label has five digits.
func every(n int) plot.TickerFunc {
	return func(lo, hi float64) []plot.Tick {
		step := roundStep(hi-lo, n)
		scale, suffix := 1.0, ""
		switch {
		case hi >= 1e9:
			scale, suffix = 1e9, "G"
		case hi >= 1e6:
			scale, suffix = 1e6, "M"
		}
		digits := decimalsOf(step / scale)
		var ticks []plot.Tick
		for i := math.Ceil(lo/step*2 - 1e-6); i <= hi/step*2+1e-6; i++ {
			t := plot.Tick{Value: i * step / 2}
			switch {
			case i == 0:
				t.Label = "0"
			case math.Mod(i, 2) == 0:
				t.Label = grouped(trim(strconv.FormatFloat(t.Value/scale, 'f', digits, 64)), hi/scale >= 10_000) + suffix
			}
			ticks = append(ticks, t)
		}
		return ticks
	}
}

// decimalsOf returns how many decimals a round step needs.
func decimalsOf(step float64) int {
	digits := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	if scaled := step * math.Pow10(digits); math.Abs(scaled-math.Round(scaled)) > 1e-6 {
		digits++ // a step of 0.25
	}
	return digits
}

// roundStep returns 1, 2, 2.5 or 5 times a power of ten that divides the range into about n,
// rather fewer than more.
func roundStep(width float64, n int) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(width/float64(n))))
	best, off := 10*scale, math.Inf(1)
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		share := width / (m * scale) / float64(n)
		if d := math.Abs(math.Log(share)); share < 1.3 && d < off {
			best, off = m*scale, d
		}
	}
	return best
}

// number formats v with so many decimals; there is no negative zero, thousands are grouped
// from 10,000 on, and millions are written "2.5M".
func number(v float64, digits int) string {
	switch a := math.Abs(v); {
	case a >= 1e9:
		return trim(strconv.FormatFloat(v/1e9, 'f', 1, 64)) + "G"
	case a >= 1e6:
		return trim(strconv.FormatFloat(v/1e6, 'f', 1, 64)) + "M"
	case a >= 1e4:
		return grouped(strconv.FormatFloat(v, 'f', digits, 64), true)
	}
	return unsigned(strconv.FormatFloat(v, 'f', digits, 64))
}

// unsigned removes the sign of a negative zero.
func unsigned(s string) string {
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// trim cuts zeros at the end of a decimal fraction.
func trim(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// grouped puts commas between the thousands of a decimal number, if so wanted.
func grouped(s string, want bool) string {
	if !want {
		return s
	}
	whole, frac, dot := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		frac = "." + frac
	}
	return sign + whole + frac
}

// decades returns the ticks of a logarithmic axis: a label at powers of ten, or at 1, 2 and
// 5 times a power when the axis holds less than two of them.
func decades(label func(float64) string) plot.TickerFunc {
	return func(lo, hi float64) []plot.Tick {
		powers := math.Floor(math.Log10(hi)+1e-9) - math.Ceil(math.Log10(lo)-1e-9) + 1
		var ticks []plot.Tick
		for e := math.Floor(math.Log10(lo)); e <= math.Log10(hi)+1e-9; e++ {
			for m := 1.0; m < 10; m++ {
				t := plot.Tick{Value: m * math.Pow(10, e)}
				if t.Value < lo*(1-1e-9) || t.Value > hi*(1+1e-9) {
					continue
				}
				switch {
				case m == 1 && (powers <= 7 || math.Mod(e, 2) == 0), powers < 3 && (m == 2 || m == 5):
					t.Label = label(t.Value)
				}
				ticks = append(ticks, t)
			}
		}
		return ticks
	}
}

// timeLabel writes a latency in nanoseconds with its unit: "500 ns", "2 µs".
func timeLabel(ns float64) string {
	for _, u := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}, {"ns", 1}, {"ps", 1e-3}} {
		if ns >= u.ns*(1-1e-9) || u.name == "ps" {
			return strconv.FormatFloat(ns/u.ns, 'g', 6, 64) + " " + u.name
		}
	}
	return "" // not reached: the last unit takes everything
}

func plainLabel(v float64) string {
	if v >= 1 {
		return number(v, 0)
	}
	return strconv.FormatFloat(v, 'f', int(math.Ceil(-math.Log10(v)-1e-9)), 64)
}

// roundDown returns the largest 1, 2 or 5 times a power of ten not above v; roundUp the
// smallest not below.
func roundDown(v float64) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	for _, m := range []float64{5, 2} {
		if v >= m*scale*(1-1e-9) {
			return m * scale
		}
	}
	return scale
}

func roundUp(v float64) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*scale*(1+1e-9) {
			return m * scale
		}
	}
	return 10 * scale
}
