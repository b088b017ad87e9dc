package experiment_test

import (
	"encoding"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// everything returns a configuration in which no field is empty, with a trace at path.
func everything(path string) dmem.Config {
	c := dmem.Small()
	s := trace.DefaultSynthetic()
	c.Workloads = []dmem.Workload{
		{Name: "trace", Trace: path, Clock: units.MustClock(units.GHz)},
		{Name: "synthetic", Synthetic: &s},
		{Name: "program", Program: &dmem.Program{Name: "lbm", Divide: 64, Timing: dmem.TimingTracer, Fills: 10}},
	}
	return c
}

func key(t *testing.T, c *dmem.Config) string {
	t.Helper()
	k, err := experiment.ConfigKey(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeyHoldsEveryField changes one field of the configuration after the other, found by
// reflection: each change must give another key.
func TestKeyHoldsEveryField(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(path, []byte("one"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := everything(path)
	seen := map[string]string{key(t, &c): "nothing"}
	fields := 0
	changed := func(field string) {
		fields++
		k := key(t, &c)
		if other, ok := seen[k]; ok {
			t.Errorf("changing %s gives the key of changing %s", field, other)
		}
		seen[k] = field
	}
	eachField(t, reflect.ValueOf(&c).Elem(), "config", changed)
	if fields < 100 {
		t.Errorf("only %d fields were changed", fields)
	}
	if back := everything(path); seen[key(t, &c)] != "nothing" || seen[key(t, &back)] != "nothing" {
		t.Error("the fields were not set back")
	}
	c.Workloads = c.Workloads[:2]
	changed("the number of workloads")
}

// eachField changes every field below v, calls f, and sets it back.
func eachField(t *testing.T, v reflect.Value, at string, f func(string)) {
	t.Helper()
	set := func(to any) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(reflect.ValueOf(to).Convert(v.Type()))
		f(at)
		v.Set(old)
	}
	switch x := v.Interface().(type) {
	case pool.Policy:
		set(pool.MostFree) // functions cannot be hashed: the key holds for policies that are built in
		return
	case place.Policy:
		set(place.AllRemote)
		return
	case units.Clock:
		set(units.MustClock(x.Hz() + 1))
		return
	}
	if at == "config.Workloads[0].Trace" {
		return // see TestKeyHoldsContentOfTraces
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			eachField(t, v.Field(i), at+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 {
			t.Errorf("%s is empty", at)
		}
		for i := range v.Len() {
			eachField(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i), f)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			eachField(t, v.Elem(), at, f)
		}
	case reflect.String:
		if at != "config.Workloads[1].Trace" && at != "config.Workloads[2].Trace" { // they have none
			set(v.String() + "x")
		}
	case reflect.Bool:
		set(!v.Bool())
	case reflect.Float64, reflect.Float32:
		set(v.Float()*1.25 + 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		set(v.Int() + 1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if m, ok := v.Interface().(encoding.TextMarshaler); ok && v.Kind() == reflect.Uint8 { // a name out of a few
			if text, _ := m.MarshalText(); v.Uint() > 0 && len(text) > 0 {
				set(v.Uint() - 1)
				return
			}
		}
		set(v.Uint() + 1)
	default:
		t.Errorf("%s is a %v: how to change it?", at, v.Type())
	}
}

// TestKeyHoldsContentOfTraces, and neither their path nor their time.
func TestKeyHoldsContentOfTraces(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, at time.Time) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := time.Now()
	of := func(path string) string { c := everything(path); return key(t, &c) }
	one := of(write("a", "one", now))
	if got := of(write("b", "one", now.Add(time.Hour))); got != one {
		t.Error("the same trace elsewhere has another key")
	}
	if got := of(write("a", "two", now.Add(time.Second))); got == one {
		t.Error("the key does not tell that the trace has changed")
	}
	if got := of(write("a", "one", now.Add(2*time.Second))); got != one {
		t.Error("the trace of before has another key")
	}
}

// TestTakenRunHasItsOwnPaths: a result from a file names the trace as this run does.
func TestTakenRunHasItsOwnPaths(t *testing.T) {
	dir, runs := t.TempDir(), tinyRuns(1)
	text, err := os.ReadFile("../../data/traces/gnusort_500k_par4.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"first", "second"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		runs[0].Config.Workloads = []dmem.Workload{{Name: "sort", Trace: path}}
		results, taken, _ := sweep(t, dir, runs)
		if taken != i || results[0].Config.Workloads[0].Trace != path {
			t.Errorf("%d taken, trace %s; want %d, %s", taken, results[0].Config.Workloads[0].Trace, i, path)
		}
	}
}
