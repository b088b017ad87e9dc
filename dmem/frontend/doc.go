// Package frontend models what stands between a program and its node's memory: cores with
// private TLBs and two private levels of cache, and a shared third [Paper §V, Table II]. It
// turns references into misses of the last level, which is what a rack replays.
//
//	trace.RefSource ──▶ core = thread mod cores ──▶ merge by stamp ──▶ trace.Miss
//	                      ITLB  DTLB
//	                      L1I   L1D     private
//	                         L2
//	                         L3         shared
//	                         └──▶ LoadFill, StoreFill, WriteBack
//
// # Rules
//
//   - Caches and TLBs are virtual: lines are known by process and address. A core does not
//     flush anything between the threads and processes it runs.
//   - Levels are searched in turn; a line comes into each level that missed, from the last
//     to the first. Nothing is inclusive or exclusive: an eviction below leaves the levels
//     above alone.
//   - A dirty victim goes to the level below; if it is not resident there it is brought in
//     without a fetch, for it is whole (or passes on, where stores do not allocate).
//   - A store that misses a write-back level reads the line for ownership; the levels below
//     count a store and stay clean. At a write-through level the store itself goes on.
//   - A reference over several lines is looked up once a line, and once a page in the TLB;
//     it is one reference to the miss rate, and one to the cost of a hit.
//   - TLB misses cost time and make no references to page tables.
//
// Options, off in [TableII]: invalidation between the private caches, and prefetchers at
// L2; see [Config].
//
// # Time
//
// A miss is stamped with its core's clock after all that its reference costs: compute
// time without any memory latency, which is a replay's to add. [Timing] has two models:
// [ComputeTime] for a replay that feeds latency back, and [Tracer], what the paper's tool
// charges, for one that does not.
//
// Cores have clocks of their own, so their misses are merged: one leaves when no core
// that runs can still make an earlier one. At most Config.Reorder are held back; beyond, the
// earliest leave regardless, and a core that is behind them has waited until then when it
// runs next (CoreStats.Waits). So a thread that slept goes on in the present, and the order
// never breaks. It also means that the source has to interleave its threads in small
// quanta, of about a thousand references: else cores wait that did not.
//
// # Numbers
//
// The miss rate is lines filled into the last level for data over data references:
// neither instruction fetches, nor prefetches, nor write-backs count.
//
// # Not modelled
//
// The pipeline, memory-level parallelism and bandwidth of the core; physical addresses;
// MSHRs; victim buffers; page walks; the content of lines. Of the paper's tracer: that it
// stamps each miss with the interval before and loses one in two million references, that
// it sees one operand of an instruction only, and that it has no dirty lines. That it
// allocates on stores in L3 only is a setting, StoreMiss of L1D and L2.
package frontend
