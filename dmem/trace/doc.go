// Package trace reads, writes, makes and combines traces of last-level-cache misses: what
// the memory of a node sees of a program.
//
// A [Miss] is a stamp in cycles of the trace's clock, a virtual address, the thread and
// process it is of, and its kind: load fill, store fill, write-back. A [Source] yields
// them in batches, sorted by stamp. No memory latency is in the stamps: they are the time
// a program computes between misses, and what a replay makes of them is its own affair.
//
// [Open] reads a [File]; format (our own, CSV, .trc) and compression (gzip, zstd, none)
// are recognised by content. [Synthetic] makes misses up. [Limit] and [Rotate] change what
// is replayed, [Scan] and [Count] tell what a trace holds, [Directory] finds the files of
// a rack's nodes. Everything streams: memory does not grow with the trace.
//
// # Faults
//
// Whatever is wrong with a file is an [*Error] with record number and byte offset, never a
// guess: stamps that decrease, fields out of range, bytes behind the end, a missing rest.
// Two losses cannot be seen, for nothing in the file would differ: whole lines missing at
// the end of an uncompressed CSV, whole records at the end of an uncompressed .trc.
package trace
