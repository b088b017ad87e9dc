package nb

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// every returns ticks at the multiples of a round step, about n with a label, and half as
// far apart without one.
func every(n int) plot.TickerFunc {
	return func(lo, hi float64) []plot.Tick {
		step := roundStep(hi-lo, n)
		digits := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
		if math.Abs(step*math.Pow10(digits)-math.Round(step*math.Pow10(digits))) > 1e-6 {
			digits++ // a step of 0.25
		}
		var ticks []plot.Tick
		for i := math.Ceil(lo/step*2 - 1e-6); i <= hi/step*2+1e-6; i++ {
			t := plot.Tick{Value: i * step / 2}
			if math.Mod(i, 2) == 0 {
				t.Label = trim(number(t.Value, digits))
			}
			ticks = append(ticks, t)
		}
		return ticks
	}
}

// roundStep returns 1, 2, 2.5 or 5 times a power of ten that divides the range into about n.
func roundStep(width float64, n int) float64 {
	raw := width / float64(n)
	scale := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*scale*1.1 {
			return m * scale
		}
	}
	return 10 * scale
}

// number formats v with so many decimals; there is no negative zero, thousands are grouped
// from 10,000 on, and millions are written "2.5M".
func number(v float64, digits int) string {
	switch a := math.Abs(v); {
	case a >= 1e9:
		return number(v/1e9, 0) + "G"
	case a >= 1e6:
		return strings.TrimSuffix(strconv.FormatFloat(v/1e6, 'f', 1, 64), ".0") + "M"
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	if v == 0 {
		return "0"
	}
	return group(s, 10_000)
}

// trim cuts zeros at the end of a decimal fraction.
func trim(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// group puts commas between the thousands of a decimal number of at least from.
func group(s string, from int64) string {
	whole, frac, dot := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n < from {
		return s
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
