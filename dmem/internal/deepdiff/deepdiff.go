// Package deepdiff compares values for tests, down to their last unexported field.
package deepdiff

import (
	"bytes"
	"fmt"
	"reflect"
	"unsafe"
)

// Of returns where two values first differ and how, "" if nowhere. It is [reflect.DeepEqual]
// with three differences: NaN equals NaN, functions are equal if their code is, and the
// answer tells the place. Maps, channels and cycles of pointers are not supported.
func Of(got, want any) string { return of(reflect.ValueOf(got), reflect.ValueOf(want), "value") }

func of(a, b reflect.Value, at string) string {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return fmt.Sprintf("%s: got %v, want %v", at, a, b)
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return differs(a.IsNil() != b.IsNil(), at, a, b)
		}
		return of(a.Elem(), b.Elem(), at)
	case reflect.Struct:
		for i := range a.NumField() {
			if d := of(a.Field(i), b.Field(i), at+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%s: got %d elements (nil: %v), want %d (nil: %v)", at, a.Len(), a.IsNil(), b.Len(), b.IsNil())
		}
		if k := a.Type().Elem().Kind(); k >= reflect.Bool && k <= reflect.Uint64 && bytes.Equal(raw(a), raw(b)) {
			return ""
		}
		return elements(a, b, at)
	case reflect.Array:
		return elements(a, b, at)
	case reflect.Func:
		return differs(a.Pointer() != b.Pointer(), at, a, b)
	case reflect.Float64, reflect.Float32:
		x, y := a.Float(), b.Float()
		return differs(x != y && (x == x || y == y), at, a, b)
	}
	return differs(!a.Equal(b), at, a, b)
}

func elements(a, b reflect.Value, at string) string {
	for i := range a.Len() {
		if d := of(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", at, i)); d != "" {
			return d
		}
	}
	return ""
}

func differs(yes bool, at string, a, b reflect.Value) string {
	if !yes {
		return ""
	}
	return fmt.Sprintf("%s: got %v, want %v", at, a, b)
}

// raw returns the memory of a slice of numbers: histograms are long.
func raw(v reflect.Value) []byte {
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*int(v.Type().Elem().Size()))
}
