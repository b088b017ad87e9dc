// Package manager is the global memory manager of the rack: it grants chunks of the pools'
// memory to nodes and keeps each node's map from its own physical addresses to the pools'
// [Paper §III-D].
//
// # Address spaces
//
// A node's physical address space holds its local memory first and then the chunks granted
// to it, in the order of the grants. A chunk is a contiguous piece of one pool and belongs
// to one node. [NodeMap.Resolve] is the look-up a node's RMAC does for each remote access:
//
//	node    |0 ... local memory ... |chunk 0|chunk 1|chunk 2| ...
//	                                    |       |       |
//	pool 0  |chunk|chunk|<--------------'       |       |
//	pool 1  |chunk|<----------------------------'       |
//	pool 0  |chunk|chunk|chunk|<------------------------'
//
// # Grants
//
// [Manager.Grant] asks the rack's pool.Selector for a pool. The caller tells how many
// accesses have entered the switch for each pool so far; from it the manager computes the
// window, the accesses since the last grant in the rack, which policies such as smart-idle
// work on [Paper §IV-B]. A pool without room falls through to the next by number,
// cyclically; if none has room the error wraps [ErrNoSpace] and tells what each pool has.
//
// A grant is an event of the whole rack: grants come in order of time, those of one time in
// order of the node's number, and every part of the rack has reached that time. This order
// is the caller's duty; time and counters that run backwards are refused.
//
// # Invariants
//
// Grants and free memory make up each pool's capacity, no piece of a pool is granted twice,
// and no node hands out more pages than it has: [Manager.CheckConservation].
//
// # What is not modelled
//
// Chunks are not given back, moved or shared, and the manager itself takes no time and
// causes no traffic: the latency of a grant is a parameter of package mmu.
//
// A NodeMap may be used concurrently with other NodeMaps, but not with Grant.
package manager
