// Package trace reads, writes, makes and combines traces of last-level-cache misses: what
// the memory of a node sees of a program.
//
// A [Miss] is a stamp in cycles of the trace's clock, a virtual address, the thread and
// process it is of, and its kind: load fill, store fill, write-back. A [Source] yields
// them in batches, sorted by stamp. No memory latency is in the stamps: they are the time
// a program computes between misses, and what a replay makes of them is its own affair.
//
// [Open] reads a [File]; compression (gzip, zstd, xz, none) and nearly all formats are
// recognised by content, some others by name. [Writer] writes our own format, [NewSink] others,
// [OutputFormat] says which of them a name asks for. [Synthetic] makes misses up. [Limit] and [Rotate] change what is replayed, [Scan] and [Count] tell what a
// trace holds, [Directory] finds the files of a rack's nodes. Everything streams: memory
// does not grow with the trace, and nothing is allocated for a record.
//
// What a program touches, before any cache, is a [Reference], which [OpenRefs] reads and a
// front end turns into misses. The two are different types, and each [Format] is of one of
// them, so that they cannot be mixed up.
//
// # Formats of others
//
// [Formats] lists them, [Format.About] says what each is. A reader takes what its writers
// write and nothing else: an unknown command, a column too many or a size that no access
// has is an error. Requests longer than a line become one miss a line; a write to memory is
// a [WriteBack], a read a [LoadFill], where loads and stores are not told apart. Stamps have
// to be sorted, but for those of DRackSim's tracer, which are sorted in runs on disk; a
// format without any gets [Options.Gap]. DRAMSys's two kinds of file look alike: stamps are
// relative in one named .rstl or read as [DRAMSysRelative], else absolute. Lines end in a newline, the last one as well; empty
// ones are passed over.
//
// To add one: a file with a type that implements parser, a line in the table of format.go, a
// sample with hand-checked records in testdata/samples, a fuzz target.
//
// # Our own format
//
// All numbers are little endian, varints as in encoding/binary, checksums CRC-32C.
//
//	header  "DMEMTRC"  version 3  Hz of the stamps u64  size of the metadata u32
//	        metadata: pairs of key and value, each a varint length and UTF-8 text
//	        checksum of all that u32
//	block   'B'  records u32  size u32  compressed size u32
//	        checksum u32 of these 13 bytes and the compressed records
//	        the records, one zstd frame
//	...
//	end     'E'  records i64  first stamp i64  last stamp i64
//	        checksum of the blocks u32: from 0, times 0x9e3779b1 plus the block's, for each
//	        checksum of these 29 bytes u32; nothing follows
//
// A stream is a thread of a process. A block holds the records stream by stream and field by
// field, for what one thread does repeats itself far more than how threads mix:
//
//	varint first stamp
//	varint number of streams, times two, plus 1 if the order is written
//	rows   for each stream, seven varints: process, thread, number of records, bytes of its
//	       steps, of its lines, of its victims and of its lows
//	order  varint for each record: its stream, by row from 0; only if it is written
//	kinds  byte for each record: kind in bits 0-1; bit 2 is set if it has a low, bit 3 if it
//	       has no step: its stamp is that of the stream's record before
//	steps  varint for each record that has one: cycle, less that of the stream's record
//	       before, or less the first stamp
//	lines  varint for each fill: line, less that of the stream's fill before of this kind, or
//	       less 0, zigzag
//	victims  varint for each write-back: line, less that of the stream's fill before, or less
//	       0, zigzag
//	lows   byte for each record that has one: address within the line, below 64
//
// Within kinds, steps, lines, victims and lows streams come as in the rows. The order of all
// records is that of their stamps; those with equal stamps come in the order of the rows, and
// as they are within a stream. Where no order of rows does that, or there are more than 64
// streams, the order is written. Blocks know nothing of each other.
//
// A write-back counts from the fill that drove it out: both lie in the same set of the cache,
// and a cache in steady use gives up what came a fixed distance before.
//
// Version 2 is read as well. Its rows have no victims: the line of a write-back is among
// lines, less that of the stream's write-back before. All its records have a step.
//
// Whole programs of Table I at full size take 0.06 bytes a record (lbm), 0.17 (fotonik3d),
// 0.23 (fft) and 2.8 (fmm), the real traces 0.2 to 3.3.
//
// # Faults
//
// Whatever is wrong with a file is an [*Error] with record number and byte offset, never a
// guess: stamps that decrease, fields out of range, bytes behind the end, a missing rest.
// A compressed file gets memory for a window of 128 MiB (zstd) or a dictionary of 64 MiB (xz),
// and may not expand beyond [Options.MaxRatio]. Only the first block of xz is held to that: a
// file made for it can have up to 4 GiB allocated by a later one.
//
// A loss that cannot be seen, for nothing in the file would differ: whole lines or records
// missing at the end of an uncompressed file of another format than ours, drmemtrace and
// pinatrace, which have an end mark.
package trace
