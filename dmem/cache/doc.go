// Package cache models one set-associative array of lines: a data cache, an instruction
// cache or a TLB, which are two kinds of line and no more [Paper Table II].
//
//	key = line number ─┬─ low bits ─▶ set ─▶ [way 0 │ way 1 │ ... ]   a way: key, dirty bit
//	                   └─ all bits ────────▶ compared with each way of the set
//
// A line is known by its [Key], the address divided by the size of a line; what else tells
// two lines apart (a process) belongs into the key's upper bits. The array holds no data,
// only what is resident and what is dirty.
//
// # Replacement
//
// A line that comes in takes the first empty way of its set, else the way of the victim:
//
//   - round robin: each set points at a way and moves on by one with each victim. Lines
//     leave in the order in which they came, and a hit changes nothing (FIFO).
//   - LRU: the line whose last hit or insertion is longest ago.
//   - random: any way with equal probability, one seeded draw a victim.
//
// # Writing
//
// The array knows its policies, write-back or write-through, and whether a store that
// misses brings the line in. [Array.Access] applies them to a cache that stands alone; who
// stacks several puts the policies together from [Array.Lookup], [Array.Insert] and
// [Array.WriteBack], as package frontend does. Dirty lines exist in a write-back cache only.
//
// # Not modelled
//
// Time, ports, banks, outstanding misses, sectors, and data.
//
// # Speed
//
// A small table remembers the lines that were found last, and the look at it is inlined
// where it is called ([Array.Quick]). It is exact: what it holds is a copy of a way, which
// goes when the way changes. Under LRU, where a hit changes the order, it holds only the
// line that each set used last. Elsewhere, eight ways are compared at a time, by one byte
// of each. Nothing is allocated after [New].
package cache
