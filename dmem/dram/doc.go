// Package dram simulates DRAM and its memory controller, cycle by cycle in effect and from
// event to event in fact. It completes every request in exactly the memory cycle in which
// DRAMSim2 (revision 753819a) completes it, in every configuration that program's files can
// express, and is many times faster.
//
//	Push ─▶ arrivals ─▶ door ─▶ transaction queue ─▶ command queues ─▶ banks ─▶ Pop
//	                  FIFO, pend    one a channel,     one a rank, or     ACT, RD, WR,
//	                                one leaves a cycle one a bank         PRE, REF: one a cycle
//
// # What is modelled
//
// Open and close page, one command queue for each rank or each bank, both round-robin
// policies, the seven address mappings, any number of ranks and channels, additive latency,
// staggered refresh, power-down of idle ranks, both front doors of the reference, a CPU
// clock with its single-precision arithmetic; and the reference's quirks, lost refreshes
// among them. Energy, row hits, occupancies and latencies are counted ([Stats]). Bank
// groups (tCCD_L, tRRD_L, tWTR_L) are an option of this package, off in the exact mode.
//
// Not modelled: data, ECC, command-bus parity, self-refresh, per-bank refresh, write
// latencies other than the read latency less one, temperature. DEVIATIONS.md lists every
// known difference to the reference (R), to DRAMsim3's files (D) and to real parts.
//
// # Time
//
// All times are memory cycles, numbered from zero, except that with Config.CPUClock the
// arguments of Push and Advance and the result of Next count ticks of that clock.
// A request that arrives at cycle n enters before cycle n is simulated. The model is lazy:
// Advance(u) makes every command of the cycles before u happen, a command makes its
// completion known [Memory.MinLatency] cycles or more ahead, and an idle memory costs
// nothing until the next request.
//
// # How it stays exact
//
// Each bank has at most one candidate for a command, so that a cycle's choice is a minimum
// over the banks of one rank; each rank keeps the times of its first candidates, so that the
// choice of the rank is a minimum, too; and nothing else can happen before the earliest of
// these times, the next arrival, the next refresh and the next row to close. Where the
// timings do not let limits be kept per rank, they are kept per bank (file literal.go).
// The tests hold it to 38 traces of the reference, to a naive model of the specification
// (package dramtest) in random configurations, command by command, and to a checker that
// knows the timing parameters only.
//
// # Invariants
//
// A row is never closed before the request it was opened for is served; requests for the
// same row keep their order; every accepted request completes; two Memories share nothing;
// the same calls give the same results.
//
// Source: DRAMSim2 (Rosenfeld, Cooper-Balis, Jacob, IEEE CAL 2011), studied by experiment;
// the rack's memory is that of [Paper Table II] with the part of the peer simulator
// DRackSim, as the paper names none.
package dram
