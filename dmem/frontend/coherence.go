package frontend

import "github.com/dmemsys/dmemsys/dmem/cache"

// Between the private caches, as far as contents go, MESI says two things: a line that one
// core has dirty is in no other core's caches, and a clean one may be in all. Whether a
// clean line is exclusive only saves messages, which are not modelled. So a store to a
// line that is not dirty in the core's L1 takes it from the others, and a request that
// leaves the private caches makes it clean there. Dirty lines given up go to L3.

// invalidate takes a line from the private caches of all other cores.
func (f *Filter) invalidate(c *core, key cache.Key) {
	held := f.presence.elsewhere(c.id, len(f.cores), key)
	if held == 0 {
		return
	}
	for _, other := range f.cores {
		if other == c || held>>lane(other.id)&255 == 0 {
			continue
		}
		anyDirty := false
		for _, a := range [...]*cache.Array{other.code[inL1], other.data[inL1], other.data[inL2]} {
			resident, dirty := a.Drop(key)
			if resident {
				other.stats.Invalidations++
				f.presence.gave(other.id, key)
			}
			anyDirty = anyDirty || dirty
		}
		if anyDirty {
			f.writeBack(c, &c.data, inL3, key)
		}
	}
}

// share makes a line clean in the private caches of all other cores.
func (f *Filter) share(c *core, key cache.Key) {
	held := f.presence.elsewhere(c.id, len(f.cores), key)
	if held == 0 {
		return
	}
	for _, other := range f.cores {
		if other == c || held>>lane(other.id)&255 == 0 {
			continue
		}
		l1, l2 := other.data[inL1].Clean(key), other.data[inL2].Clean(key)
		if l1 || l2 {
			f.writeBack(c, &c.data, inL3, key)
		}
	}
}
