package pool

// SmartIdleReleased is smart-idle as the authors' released simulator has it. Access factor,
// number of candidates and the round-robin start are those of [SmartIdle]; the choice
// among the candidates differs:
//
//	pick = the candidate of least Af
//	for c in the candidates, by increasing Af:
//	    if free(c) >= free(pick) and c is not the pool taken last: pick = c
//
// So it avoids the pool taken last, except when that one is the idlest candidate and no
// other has as much free memory, or when m is 1; and ties in free memory go to the higher
// Af. The round-robin start counts as "taken last" too.
//
// The defects of the released code are not copied: there the list of candidates ends up
// pointing behind the last pool, the access counters are never incremented, and one pool
// alone leaves no candidate [DRackSim-Trace/remote_mem_allocator.cpp, commit 3ebe95b]. A
// pick without room gives way as in [SmartIdle].
var SmartIdleReleased = Policy{Name: "smart-idle-released", New: newSmartIdleReleased}

func newSmartIdleReleased(e Env) Selector {
	s := newIdleness(e.NumPools)
	var last ID
	return SelectorFunc(func(r Request, v View) ID {
		s.observe(v)
		if s.grants <= e.NumPools {
			last = s.start.next(r, v)
			return last
		}
		pick := s.order[0]
		for _, c := range s.order[:s.candidates] {
			if v.Pools[c].Free >= v.Pools[pick].Free && c != last {
				pick = c
			}
		}
		last = s.orWithRoom(pick, r, v)
		return last
	})
}
