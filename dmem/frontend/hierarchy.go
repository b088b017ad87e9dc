package frontend

import (
	"github.com/dmemsys/dmemsys/dmem/cache"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// asker is on whose behalf a line is filled into the last level.
type asker uint8

const (
	byLoad     = asker(trace.Load)
	byStore    = asker(trace.Store)
	byFetch    = asker(trace.IFetch)
	byPrefetch = byFetch + 1
	askers     = byPrefetch + 1
)

// search looks a line up for a reference, beginning at L1, and returns the depth at which
// it was.
func (f *Filter) search(c *core, p *path, key cache.Key, op cache.Op, by asker) (depth int) {
	if p[inL1].Quick(key, op) {
		p[inL1].Count(uint64(1-op), uint64(op))
		return inL1
	}
	f.asker = by
	if f.plain {
		return f.fetch(c, p, key, op)
	}
	if op == cache.Store && f.presence != nil {
		f.invalidate(c, key)
	}
	if f.common {
		depth = f.fetch(c, p, key, op)
	} else {
		depth = f.access(c, p, inL1, key, op)
	}
	if depth > inL1 && f.c.Prefetch.Kind != NoPrefetch {
		f.prefetch(c, key)
	}
	return depth
}

// fetch is access from L1 on, where all levels write back and allocate, said without its
// choices: on the way down each level takes the line that it misses, on the way up each
// receives what the one above displaced.
func (f *Filter) fetch(c *core, p *path, key cache.Key, op cache.Op) (depth int) {
	hit, out1 := p[inL1].Access(key, op)
	if hit {
		return inL1
	}
	if op == cache.Store {
		op = cache.Own
	}
	if f.presence != nil {
		f.presence.took(c.id, key, out1)
	}
	depth = inL2
	if hit, out2 := p[inL2].Access(key, op); !hit {
		if f.presence != nil {
			f.presence.took(c.id, key, out2)
			f.share(c, key)
		}
		depth = inL3
		if hit, out3 := p[inL3].Access(key, op); !hit {
			depth = inMemory
			f.memory(c, key, op)
			if out3.Dirty {
				f.memory(c, out3.Key, cache.Store)
			}
		}
		if out2.Dirty && !p[inL3].WriteBack(out2.Key) {
			f.insert(c, p, inL3, out2.Key, true)
		}
	}
	if out1.Dirty && !p[inL2].WriteBack(out1.Key) {
		f.insert(c, p, inL2, out1.Key, true)
	}
	return depth
}

// access serves a request at a level, with the help of those below, and returns the depth
// at which the line was. On the way down the levels are searched, on the way up they are
// filled.
func (f *Filter) access(c *core, p *path, level int, key cache.Key, op cache.Op) (depth int) {
	keeper := inMemory // the level that takes a store: those below see that it owns the line
	asked := op
	for depth = level; depth < inMemory; depth++ {
		if depth == inL3 && f.presence != nil {
			f.share(c, key)
		}
		if p[depth].Lookup(key, asked) {
			break
		}
		if asked == cache.Store && !f.around[depth] {
			asked, keeper = cache.Own, depth
		}
	}
	if depth == inMemory {
		f.memory(c, key, asked)
	} else if asked == cache.Store && f.through[depth] {
		f.access(c, p, depth+1, key, cache.Store)
	}
	for up := depth - 1; up >= level; up-- {
		if op != cache.Load && f.around[up] {
			continue
		}
		f.insert(c, p, up, key, up == keeper && !f.through[up])
		if up == keeper && f.through[up] {
			f.access(c, p, up+1, key, cache.Store)
		}
	}
	return depth
}

// insert brings a line into a level; the victim, if dirty, goes to the level below.
func (f *Filter) insert(c *core, p *path, level int, key cache.Key, dirty bool) {
	v := p[level].Insert(key, dirty)
	if level < inL3 && f.presence != nil {
		f.presence.took(c.id, key, v)
	}
	if v.Dirty {
		f.writeBack(c, p, level+1, v.Key)
	}
}

// writeBack brings a whole dirty line to a level.
func (f *Filter) writeBack(c *core, p *path, level int, key cache.Key) {
	for ; level < inMemory; level++ {
		resident := p[level].WriteBack(key)
		if !resident && !f.around[level] {
			f.insert(c, p, level, key, !f.through[level])
		}
		if !f.through[level] && (resident || !f.around[level]) {
			return
		}
	}
	f.memory(c, key, cache.Store)
}

// memory is what the last level asks of memory: a miss of the trace. Its stamp is put in
// when the reference is through.
func (f *Filter) memory(c *core, key cache.Key, op cache.Op) {
	m := c.misses.push()
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
