package cache_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// TestByHand follows a set of two ways by hand. Keys 0, 2, 4, ... share set 0.
func TestByHand(t *testing.T) {
	type step struct {
		key    cache.Key
		store  bool
		hit    bool
		victim cache.Key // of valid ones
		valid  bool
		dirty  bool
	}
	tests := []struct {
		name  string
		c     cache.Config
		steps []step
	}{
		{"round robin: the hit on 0 does not save it", shape(2, 2, cache.RoundRobin), []step{
			{key: 0}, {key: 2, store: true}, {key: 1}, {key: 0, hit: true},
			{key: 4, victim: 0, valid: true},
			{key: 2, hit: true},
			{key: 6, victim: 2, valid: true, dirty: true},
			{key: 4, hit: true, store: true},
			{key: 0, victim: 4, valid: true, dirty: true},
			{key: 1, hit: true}, // of the other set, untouched
		}},
		{"LRU: the hit on 0 saves it", shape(2, 2, cache.LRU), []step{
			{key: 0}, {key: 2, store: true}, {key: 1}, {key: 0, hit: true},
			{key: 4, victim: 2, valid: true, dirty: true},
			{key: 0, hit: true},
			{key: 6, victim: 4, valid: true},
			{key: 2, victim: 0, valid: true},
			{key: 1, hit: true},
		}},
		{"direct mapped", shape(2, 1, cache.RoundRobin), []step{
			{key: 0}, {key: 1}, {key: 2, victim: 0, valid: true}, {key: 0, victim: 2, valid: true}, {key: 1, hit: true},
		}},
	}
	noAllocate, writeThrough := shape(1, 1, cache.RoundRobin), shape(1, 1, cache.RoundRobin)
	noAllocate.StoreMiss = cache.NoAllocate
	writeThrough.Writing = cache.WriteThrough
	tests = append(tests, []struct {
		name  string
		c     cache.Config
		steps []step
	}{
		{"no allocation on a store", noAllocate, []step{
			{key: 0}, {key: 1, store: true}, {key: 0, hit: true}, {key: 0, store: true, hit: true}, {key: 1, victim: 0, valid: true, dirty: true},
		}},
		{"write-through lines are never dirty", writeThrough, []step{
			{key: 0, store: true}, {key: 0, store: true, hit: true}, {key: 1, victim: 0, valid: true},
		}},
	}...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := mustNew(t, test.c)
			for i, s := range test.steps {
				hit, v := a.Access(s.key, storeIf(s.store))
				want := cache.Victim{Key: s.victim, Valid: s.valid, Dirty: s.dirty}
				if hit != s.hit || v != want {
					t.Errorf("step %d, key %d: hit %v, %+v, want %v, %+v", i, s.key, hit, v, s.hit, want)
				}
			}
		})
	}
}

// TestHoles: a dropped line's way is used before anything is displaced, and the turn of
// round robin stands where it stood.
func TestHoles(t *testing.T) {
	a := mustNew(t, shape(1, 3, cache.RoundRobin))
	for k := range cache.Key(3) {
		a.Insert(k, true)
	}
	if resident, dirty := a.Drop(1); !resident || !dirty {
		t.Errorf("Drop = %v, %v", resident, dirty)
	}
	if v := a.Insert(9, false); v.Valid {
		t.Errorf("displaced %+v with an empty way", v)
	}
	if v := a.Insert(10, false); v != (cache.Victim{Key: 0, Valid: true, Dirty: true}) {
		t.Errorf("displaced %+v, want 0", v)
	}
	if !a.Clean(2) || a.Clean(2) || a.Clean(77) {
		t.Error("Clean reports a line that is not dirty, or not one that is")
	}
	want := cache.Stats{Fills: 5, Evictions: 1, Drops: 1, WriteBacks: 3}
	if got := a.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestRates has each rate at its ends: never, always, and not defined.
func TestRates(t *testing.T) {
	a := mustNew(t, cache.Default())
	if s := a.Stats(); !math.IsNaN(s.HitRate()) || !math.IsNaN(s.MissRate()) {
		t.Errorf("rates without lookups: %v, %v, want NaN", s.HitRate(), s.MissRate())
	}
	for k := range cache.Key(512) {
		a.Access(k, storeIf(k%2 == 0))
	}
	if s := a.Stats(); s.HitRate() != 0 || s.MissRate() != 1 || s.Loads() != 256 || s.Stores() != 256 {
		t.Errorf("new lines only: hit rate %v, miss rate %v, %+v", s.HitRate(), s.MissRate(), s)
	}
	before := a.Stats()
	for k := range cache.Key(512) {
		a.Access(k, storeIf(k%3 == 0))
	}
	if s := a.Stats().Sub(before); s.HitRate() != 1 || s.MissRate() != 0 || s.Lookups() != 512 || s.Fills != 0 {
		t.Errorf("resident lines only: hit rate %v, miss rate %v, %+v", s.HitRate(), s.MissRate(), s)
	}
	if got := a.Stats().Sub(before).Add(before); got != a.Stats() {
		t.Errorf("Sub and Add do not undo each other: %+v", got)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]cache.Config{
		"default": cache.Default(),
		"TLB":     cache.TLB(64, 4, 4*units.KiB),
		"one":     shape(1, 1, cache.Random),
		"3 ways":  shape(8, 3, cache.LRU),
		"table 3": {Size: 16 * units.MiB, Line: 64, Ways: 16},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := cache.Config{Size: 100, Line: 48, Ways: -1, Replacement: 9, Writing: 9, StoreMiss: 9}
	_, err := cache.New(c)
	for _, field := range []string{"line", "ways", "replacement", "writing", "store_miss"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v: does not name %s", err, field)
		}
	}
	var fault *units.FieldError
	if !errors.As(err, &fault) {
		t.Errorf("%v is no FieldError", err)
	}
	for name, c := range map[string]cache.Config{
		"zero":                 {},
		"three sets":           {Size: 3 * 64, Line: 64, Ways: 1},
		"no sets":              {Size: 64, Line: 64, Ways: 2},
		"odd size":             {Size: 64*8 + 1, Line: 64, Ways: 8},
		"too large":            {Size: 1 << 62, Line: 64, Ways: 8},
		"size times ways wrap": {Size: 0, Line: 1 << 63, Ways: 2},
		"all ways":             {Size: 1 << 20, Line: 1, Ways: 1 << 20},
	} {
		if err := c.Validate(); err == nil {
			t.Errorf("%s: valid", name)
		}
	}
}

func TestNames(t *testing.T) {
	for _, r := range []cache.Replacement{cache.RoundRobin, cache.LRU, cache.Random} {
		text, err := r.MarshalText()
		var back cache.Replacement
		if err != nil || back.UnmarshalText(text) != nil || back != r || r.String() != string(text) {
			t.Errorf("%v: %q, %v, %v", r, text, err, back)
		}
	}
	for _, w := range []cache.Writing{cache.WriteBack, cache.WriteThrough} {
		text, err := w.MarshalText()
		var back cache.Writing
		if err != nil || back.UnmarshalText(text) != nil || back != w || w.String() != string(text) {
			t.Errorf("%v: %q, %v, %v", w, text, err, back)
		}
	}
	for _, m := range []cache.StoreMiss{cache.Allocate, cache.NoAllocate} {
		text, err := m.MarshalText()
		var back cache.StoreMiss
		if err != nil || back.UnmarshalText(text) != nil || back != m || m.String() != string(text) {
			t.Errorf("%v: %q, %v, %v", m, text, err, back)
		}
	}
	var r cache.Replacement
	if err := r.UnmarshalText([]byte("fifo")); err == nil || !strings.Contains(err.Error(), "round-robin, lru, random") {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := cache.Replacement(7).MarshalText(); err == nil || cache.Replacement(7).String() != "Replacement(7)" {
		t.Error("a policy that does not exist has a name")
	}
}

func TestAllocs(t *testing.T) {
	for _, r := range []cache.Replacement{cache.RoundRobin, cache.LRU, cache.Random} {
		a := mustNew(t, shape(16, 4, r))
		k := cache.Key(0)
		if n := testing.AllocsPerRun(1000, func() {
			k = (k*5 + 3) & 255
			a.Access(k, storeIf(k&1 == 0))
			a.Quick(k, cache.Load)
			a.WriteBack(k + 1)
			a.Drop(k + 2)
		}); n != 0 {
			t.Errorf("%v: %v allocations", r, n)
		}
	}
}
