package mmu

// Stats counts what an MMU did since the start of the run.
type Stats struct {
	Faults      uint64 // first accesses to a page; LocalPages + RemotePages + those that wait for a chunk now
	LocalPages  uint64 // mapped to local memory
	RemotePages uint64 // mapped to remote memory
	ChunkWaits  uint64 // faults that had to wait for a chunk
}

// Sub returns the counts of the interval from before to s.
func (s Stats) Sub(before Stats) Stats {
	s.Faults -= before.Faults
	s.LocalPages -= before.LocalPages
	s.RemotePages -= before.RemotePages
	s.ChunkWaits -= before.ChunkWaits
	return s
}

// Stats returns a copy of the counters.
func (m *MMU) Stats() Stats { return m.stats }
