package mmu

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// FrameSource hands out the page frames of a node, as physical addresses aligned to the
// page size. It never hands out a frame twice.
type FrameSource interface {
	LocalFrame() (mem.PAddr, bool)  // false: local memory is used up
	RemoteFrame() (mem.PAddr, bool) // false: a chunk must be granted first
	LocalFree() units.Bytes
	LocalCapacity() units.Bytes
	RemoteGranted() units.Bytes // in the chunks granted so far
}

// Translation is the outcome of an access to the page table.
type Translation struct {
	Addr  mem.PAddr  // of the byte, in the node's physical address space
	Ready units.Time // when the access may go to memory; never before it was made
	Outcome
}

// Outcome is the part of a [Translation] that says what happened. It is a struct of its own
// because Go keeps a struct of more than four fields out of registers.
type Outcome struct {
	Remote     bool
	Fault      bool // this access is the first to its page
	NeedsChunk bool // nothing is mapped yet and Addr means nothing: have a chunk granted, call again
}

// MMU is the memory management unit of one node.
type MMU struct {
	config  Config
	shift   uint          // log2 of the page size
	lookup  [2]units.Time // at the RMAC: of a local access, of a remote one
	node    mem.NodeID
	frames  FrameSource
	placer  place.Placer
	tables  []*table // by process; nil before its first access
	waiting []pageOf // remote pages that wait for a chunk
	stats   Stats
}

type pageOf struct {
	process mem.ProcessID
	page    mem.PageNo
}

// New returns the MMU of a node that takes its frames from frames and asks p where each
// new page goes. It returns the faults of the configuration.
func New(c Config, node mem.NodeID, frames FrameSource, p place.Placer) (*MMU, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if frames == nil || p == nil {
		return nil, fmt.Errorf("mmu: node %d: want a frame source and a placer", node)
	}
	return &MMU{
		config: c,
		shift:  uint(bits.TrailingZeros64(uint64(c.PageSize))),
		lookup: [2]units.Time{0, c.RMACLookup},
		node:   node, frames: frames, placer: p,
	}, nil
}

// Translate returns where the access of a process at time now goes and when it may go
// there. It maps the page at its first access. If that needs a chunk, NeedsChunk is set
// and nothing is mapped: call again with the same access once the node has a new chunk.
//
// The error is a [LocalFullError] if the placer wants local memory and none is left, and a
// [PlaceError] if its answer is neither Local nor Remote. A hit costs two dependent reads
// and allocates nothing.
func (m *MMU) Translate(now units.Time, proc mem.ProcessID, addr mem.VAddr) (Translation, error) {
	page := uint64(addr) >> (m.shift & 63)
	if int(proc) < len(m.tables) && m.tables[proc] != nil {
		if b := m.tables[proc].find(page >> blockBits); b != nil {
			if f := b.frames[page%blockPages]; f != 0 {
				t := Translation{Addr: f.addr() + mem.PAddr(addr.Offset(m.config.PageSize)), Ready: now}
				if b.ready != nil {
					t.Ready = m.tables[proc].ready(b, page%blockPages, now)
				}
				t.Remote = f&remote != 0
				t.Ready += m.lookup[f&remote/remote] // no branch: which pages are remote is hard to predict
				return t, nil
			}
		}
	}
	return m.fault(now, pageOf{proc, mem.PageNo(page)}, addr)
}

// fault maps a page at its first access, or at the repetition of it after a grant.
func (m *MMU) fault(now units.Time, p pageOf, addr mem.VAddr) (Translation, error) {
	waited := slices.Index(m.waiting, p)
	where := place.Remote
	if waited < 0 {
		where = m.place(now, p)
	}
	var base mem.PAddr
	var ok bool
	switch where {
	case place.Local:
		if base, ok = m.frames.LocalFrame(); !ok {
			return Translation{}, &LocalFullError{Node: m.node, Capacity: m.frames.LocalCapacity()}
		}
		m.stats.LocalPages++
	case place.Remote:
		if base, ok = m.frames.RemoteFrame(); !ok {
			if waited < 0 {
				m.waiting = append(m.waiting, p)
				m.stats.Faults++
				m.stats.ChunkWaits++
			}
			return Translation{Ready: now, Outcome: Outcome{Remote: true, Fault: true, NeedsChunk: true}}, nil
		}
		m.stats.RemotePages++
	default:
		return Translation{}, &PlaceError{Node: m.node, Got: where}
	}
	served := now + m.config.PageFault
	if waited >= 0 {
		m.waiting = slices.Delete(m.waiting, waited, waited+1)
		served += m.config.ChunkGrant
	} else {
		m.stats.Faults++
	}
	m.table(p.process).set(p.page, newFrame(base, where == place.Remote), now, served)
	t := Translation{
		Addr:    base + mem.PAddr(addr.Offset(m.config.PageSize)),
		Ready:   served,
		Outcome: Outcome{Remote: where == place.Remote, Fault: true},
	}
	if t.Remote {
		t.Ready += m.config.RMACLookup
	}
	return t, nil
}

// place asks the placer where a new page goes.
func (m *MMU) place(now units.Time, p pageOf) place.Where {
	return m.placer.Place(
		place.Request{Node: m.node, Process: p.process, Page: p.page, Fault: m.stats.Faults},
		place.View{Now: now, LocalFree: m.frames.LocalFree(), LocalCapacity: m.frames.LocalCapacity(), RemoteGranted: m.frames.RemoteGranted()},
	)
}

// table returns the page table of a process, a new one at its first fault.
func (m *MMU) table(proc mem.ProcessID) *table {
	if need := int(proc) + 1; need > len(m.tables) {
		m.tables = append(m.tables, make([]*table, need-len(m.tables))...)
	}
	if m.tables[proc] == nil {
		m.tables[proc] = newTable()
	}
	return m.tables[proc]
}
