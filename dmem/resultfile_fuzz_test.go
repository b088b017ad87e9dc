package dmem

import (
	"bytes"
	"context"
	"encoding/gob"
	"reflect"
	"testing"
)

// small results to start from
func fuzzResults(f *testing.F) (results []*Result) {
	for _, limit := range []uint64{1, 30} {
		c := Small()
		c.Nodes, c.Pools, c.Replay.Limit = 2, 1, limit
		c.Workloads = c.Workloads[:1]
		r, err := Run(context.Background(), c)
		if err != nil {
			f.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

// FuzzReadResult reads whole files.
func FuzzReadResult(f *testing.F) {
	for _, r := range fuzzResults(f) {
		var b bytes.Buffer
		if err := r.encode(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeResult(b)
		if (r == nil) == (err == nil) {
			t.Fatalf("result %v, error %v", r != nil, err)
		}
	})
}

// FuzzResultContent reads what stands behind the checksum; what is accepted can be written
// again and reported.
func FuzzResultContent(f *testing.F) {
	for _, r := range fuzzResults(f) {
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeContent(b)
		if err != nil {
			return
		}
		if err := r.encode(&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Report(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestResultLayout: what changes the meaning of a file changes its layout.
func TestResultLayout(t *testing.T) {
	type inner struct{ A, B uint64 }
	type renamed struct{ A, C uint64 }
	seen := map[string]bool{}
	for _, v := range []any{
		struct{ X inner }{}, struct{ Y inner }{}, struct{ X renamed }{}, struct{ X []inner }{}, struct{ X *inner }{},
		struct{ X [2]inner }{}, struct{ X [3]inner }{}, struct{ X, Y inner }{},
		struct {
			X inner `toml:"x"`
		}{}, struct{ X struct{ A, B int64 } }{}, struct{ X map[string]inner }{}, struct{ X map[inner]string }{},
	} {
		l := layoutOf(reflect.TypeOf(v))
		if seen[l] {
			t.Errorf("%T has the layout of another", v)
		}
		seen[l] = true
	}
	if layoutOf(reflect.TypeFor[Result]()) != resultLayout() {
		t.Error("the layout of a result changes from call to call")
	}
}
