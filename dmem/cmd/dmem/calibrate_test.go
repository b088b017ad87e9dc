package main

import (
	"bytes"
	"slices"
	"testing"
)

func TestCalibrateBadInput(t *testing.T) {
	for _, args := range [][]string{
		{"-scale", "huge"}, {"-scale", "8"}, {"extra"}, {"-seed", "-1"}, {"-seeds", "0"}, {"-seeds", "x"},
		{"-stretch", "1.5,x"}, {"-stretch", "1.5,"}, {"-stretch", "0"}, {"-stretch", "-1,1"}, {"-stretch", "NaN"}, {"-stretch", "1,Inf"}, {"-stretch", "2,1"}, {"-stretch", "1,1"},
	} {
		var out, errs bytes.Buffer
		if code := dispatch(t.Context(), append([]string{"calibrate"}, args...), &out, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
	}
}

func TestParseStretches(t *testing.T) {
	got, err := parseStretches("1.5, 1.7,2", 3)
	if err != nil || !slices.Equal(got, []float64{1.5, 1.7, 2}) {
		t.Errorf("%v, %v", got, err)
	}
	got, err = parseStretches("", 2)
	if err != nil || !slices.Equal(got, []float64{1.8, 1.9, 2, 2.1, 2.3}) {
		t.Errorf("by default: %v, %v", got, err)
	}
}
