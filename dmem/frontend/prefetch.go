package frontend

import (
	"fmt"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/cache"
)

// Prefetcher is what brings lines into L2 before they are asked for.
type Prefetcher uint8

// The prefetchers. Both look at what misses L1 and stay within its page.
const (
	NoPrefetch Prefetcher = iota
	// NextLine brings in the lines that follow.
	NextLine
	// Stride brings in what continues the last two equal steps within a page, forward or
	// backward; it watches 64 pages a core.
	Stride
	numPrefetchers
)

var prefetcherNames = [numPrefetchers]string{"none", "next-line", "stride"}

// String returns "none", "next-line" or "stride".
func (p Prefetcher) String() string {
	if p < numPrefetchers {
		return prefetcherNames[p]
	}
	return fmt.Sprintf("Prefetcher(%d)", uint8(p))
}

// MarshalText implements [encoding.TextMarshaler]; a prefetcher that does not exist is an
// error.
func (p Prefetcher) MarshalText() ([]byte, error) {
	if p >= numPrefetchers {
		return nil, fmt.Errorf("frontend: prefetcher %d: want 0 to %d", uint8(p), numPrefetchers-1)
	}
	return []byte(prefetcherNames[p]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (p *Prefetcher) UnmarshalText(b []byte) error {
	for i, name := range prefetcherNames {
		if string(b) == name {
			*p = Prefetcher(i)
			return nil
		}
	}
	return fmt.Errorf("frontend: unknown prefetcher %q: want one of %s", b, strings.Join(prefetcherNames[:], ", "))
}

// Prefetch describes the prefetcher of each L2. Prefetches cost no time.
type Prefetch struct {
	Kind   Prefetcher `toml:"kind" json:"kind" comment:"none, next-line or stride"`
	Degree int        `toml:"degree" json:"degree" comment:"lines or steps ahead"`
}

// prefetch follows a reference to a line that missed L1.
func (f *Filter) prefetch(c *core, key cache.Key) {
	step := int64(1)
	if f.c.Prefetch.Kind == Stride {
		if step = c.detector.step(key, f.pageShift); step == 0 {
			return
		}
	}
	f.asker = byPrefetch
	page := key >> f.pageShift
	for range f.c.Prefetch.Degree {
		key += cache.Key(step)
		if key>>f.pageShift != page {
			return
		}
		if resident, _ := c.data[inL2].Contains(key); !resident {
			f.access(c, &c.data, inL3, key, cache.Load)
			f.insert(c, &c.data, inL2, key, false)
			c.stats.Prefetches++
		}
	}
}

// detector finds strides within pages: a small direct-mapped table of pages.
type detector [64]struct {
	page  cache.Key // plus one; 0 is none
	last  cache.Key // line
	step  int64
	again bool // step was seen twice in a row
}

// step notes a line and returns the step its page is in, 0 if there is none.
func (d *detector) step(key cache.Key, pageShift uint) int64 {
	page := key >> pageShift
	e := &d[page%cache.Key(len(d))]
	if e.page != page+1 {
		e.page, e.last, e.step, e.again = page+1, key, 0, false
		return 0
	}
	step := int64(key - e.last)
	if step != 0 {
		e.again = step == e.step
		e.step, e.last = step, key
	}
	if !e.again {
		return 0
	}
	return e.step
}
