package main

import (
	"encoding"
	"fmt"
	"math"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// text parses what has a text form of its own.
func text[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](s string) (v T, err error) {
	err = P(&v).UnmarshalText([]byte(s))
	return v, err
}

// whole reads a number from 0 up to the largest that a TOML file can hold.
func whole[T int | uint64](s string) (T, error) { return between[T](0, math.MaxInt64)(s) }

// between returns a function that reads a number from low to high.
func between[T int | uint64](low, high T) func(string) (T, error) {
	return func(s string) (T, error) {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil || n < uint64(low) || n > uint64(high) {
			return 0, fmt.Errorf("want a whole number, %d to %d", low, high)
		}
		return T(n), nil
	}
}

func number(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("want a number")
	}
	return v, nil
}

func onOff(s string) (bool, error) {
	if s != "on" && s != "off" {
		return false, fmt.Errorf("want on or off")
	}
	return s == "on", nil
}

// parseHz reads a frequency with its unit, or as a plain number of hertz ("3.6e9").
func parseHz(s string) (units.Clock, error) {
	if hz, err := strconv.ParseFloat(s, 64); err == nil {
		if !(hz >= 1 && hz <= 1e12) || hz != math.Trunc(hz) {
			return units.Clock{}, fmt.Errorf("want a whole number of hertz, 1 to 1e12")
		}
		return units.NewClock(uint64(hz))
	}
	return units.ParseClock(s)
}
