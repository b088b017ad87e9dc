package frontend

import (
	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// asker is on whose behalf a line is filled into the last level.
type asker uint8

const (
	byLoad asker = iota
	byStore
	byFetch
	byPrefetch
	askers
)

// search looks a line up for a reference, beginning at L1, and returns the depth at which
// it was.
func (f *Filter) search(c *core, key cache.Key, kind trace.RefKind) (depth int) {
	switch kind {
	case trace.Load:
		f.asker = byLoad
		depth = f.access(c, &c.data, inL1, key, cache.Load)
	case trace.IFetch:
		f.asker = byFetch
		depth = f.access(c, &c.code, inL1, key, cache.Load)
	default:
		f.asker = byStore
		if f.c.Coherent {
			f.invalidate(c, key)
		}
		depth = f.access(c, &c.data, inL1, key, cache.Store)
	}
	if depth > inL1 && f.c.Prefetch.Kind != NoPrefetch {
		f.prefetch(c, key)
	}
	return depth
}

// access serves a request at a level, with the help of those below, and returns the depth
// at which the line was.
func (f *Filter) access(c *core, p *path, level int, key cache.Key, op cache.Op) (depth int) {
	if level == inMemory {
		f.memory(c, key, op)
		return inMemory
	}
	if level == inL3 && f.c.Coherent {
		f.share(c, key)
	}
	if p[level].Lookup(key, op) {
		if op == cache.Store && f.through[level] {
			f.access(c, p, level+1, key, cache.Store)
		}
		return level
	}
	switch {
	case op == cache.Load:
		depth = f.access(c, p, level+1, key, cache.Load)
		f.insert(c, p, level, key, false)
	case f.around[level]:
		depth = f.access(c, p, level+1, key, op)
	case op == cache.Own:
		depth = f.access(c, p, level+1, key, cache.Own)
		f.insert(c, p, level, key, false)
	case f.through[level]:
		depth = f.access(c, p, level+1, key, cache.Own)
		f.insert(c, p, level, key, false)
		f.access(c, p, level+1, key, cache.Store)
	default:
		depth = f.access(c, p, level+1, key, cache.Own)
		f.insert(c, p, level, key, true)
	}
	return depth
}

// insert brings a line into a level; the victim, if dirty, goes to the level below.
func (f *Filter) insert(c *core, p *path, level int, key cache.Key, dirty bool) {
	if v := p[level].Insert(key, dirty); v.Dirty {
		f.writeBack(c, p, level+1, v.Key)
	}
}

// writeBack brings a whole dirty line to a level.
func (f *Filter) writeBack(c *core, p *path, level int, key cache.Key) {
	if level == inMemory {
		f.memory(c, key, cache.Store)
		return
	}
	resident := p[level].WriteBack(key)
	if !resident && !f.around[level] {
		f.insert(c, p, level, key, !f.through[level])
	}
	if f.through[level] || !resident && f.around[level] {
		f.writeBack(c, p, level+1, key)
	}
}

// memory is what the last level asks of memory: a miss of the trace. Its stamp is put in
// when the reference is through.
func (f *Filter) memory(c *core, key cache.Key, op cache.Op) {
	m := f.merger.queues[c.id].push()
	m.Addr, m.Process = address(key)
	m.Thread = c.thread
	switch op {
	case cache.Load:
		m.Kind = trace.LoadFill
		f.fills[f.asker]++
	case cache.Own:
		m.Kind = trace.StoreFill
		f.fills[byStore]++
	case cache.Store:
		m.Kind = trace.WriteBack
		f.written++
	}
}
