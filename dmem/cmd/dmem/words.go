package main

import (
	"fmt"
	"math"
	"time"
)

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// decimals and percent return "-" for what has no samples.
func decimals(v float64, n int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", n, v)
}

func percent(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", 100*v)
}

func seconds(v float64) string { return decimals(v, 2) + " s" }

// simulated returns a span of simulated time in a readable unit.
func simulated(ns float64) string {
	return time.Duration(math.Round(ns)).Round(10 * time.Nanosecond).String()
}
