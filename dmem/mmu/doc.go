// Package mmu is the memory management unit of a node: page tables, page faults at first
// touch, and the time both take.
//
//	virtual address --Translate--> page table --hit--> physical address of the node
//	                                   |
//	                                  miss --> place.Placer: local or remote?
//	                                             local:  FrameSource.LocalFrame
//	                                             remote: FrameSource.RemoteFrame, or NeedsChunk
//
// Every process of the node has a page table; a page gets a frame at its first access and
// keeps it. A node's physical address space holds local memory first and then the granted
// chunks, so one address names both kinds; package manager resolves the remote ones, as
// the RMAC does in hardware [Paper §III-C, §III-D].
//
// # Time
//
// Three latencies are parameters, all zero in the paper's configuration, which does not
// mention them: [Config.PageFault] for each fault, [Config.ChunkGrant] on top for a fault
// that had to wait for a chunk, [Config.RMACLookup] for every remote access. An access to a
// page whose fault is still being served waits for it. Times are picoseconds.
//
// # Chunks
//
// The grant of a chunk is an event of the whole rack, so an MMU cannot make one: Translate
// returns NeedsChunk, the caller has a chunk granted and calls Translate with the same
// access again. The placement decided at the first call is kept.
//
// # What is not modelled
//
// There is no TLB here (package frontend has one, before the trace is written), page walks
// touch no memory, faults of one node do not queue for its processor, and pages are
// neither moved, shared, freed nor swapped out.
//
// A translation that hits allocates nothing. An MMU is not safe for concurrent use; MMUs
// of different nodes share nothing.
package mmu
