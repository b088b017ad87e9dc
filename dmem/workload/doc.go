// Package workload runs programs for their references: what they load and store, thread by
// thread, as a [trace.RefSource] that package frontend turns into misses.
//
//	Program.Start ──▶ a function ──▶ run by each thread   Load, Store, Work, Barrier
//	                                    │ turns of Quantum references
//	                                    ▼
//	                                 Source.Next ──▶ trace.Reference
//
// The programs are the four of the paper's Table I, as kernels ([LBM], [FDTD] for
// fotonik3d, [FFT], [FMM]), and synthetic ones ([Synthetic], [Phases]). [TableI] has the
// table's rows, [Lookup] finds a preset by name, a [Meter] measures what is touched. A
// [Program] of one's own is a loop nest that calls the methods of its [Thread].
//
// # What is modelled
//
// The loop nests of real algorithms on arrays at virtual addresses, so that each reference
// is where the program would make it. Data are computed only where addresses depend on them
// (the tree of FMM). Threads run as coroutines, take turns of at most [Quantum] references,
// and meet at barriers. The same program always yields the same references.
//
// # What is not modelled
//
// Instruction fetches (a loop stays in its cache), initialisation and input (a window begins
// with cold caches and memory already allocated), what the operating system and the run-time
// system do, vector instructions (all references of a kernel have 8 bytes), and what a
// compiler keeps in registers or not, but for FMM.Spills.
//
// # What is fitted
//
// Table I does not say how its programs were run. The presets are calibrated to it:
//
//   - sizes (LBM.X, Y, Z, FDTD.X, Y, Z, FFT.M, FMM.Particles) to the footprints
//   - windows (FFT.Skip, and the end at the table's number of fills) to the fills
//   - FFT's four matrices and FMM.Spills to the miss rates
//   - Work, the instructions without a reference, to about 10^9 in a window, which all four
//     rows suggest; no row depends on it
//
// So agreement with the table shows that such programs exist, not that they are those of
// the paper. The miss rate of the table is taken to be lines filled into the last-level
// cache over data references; the footprint is what is touched for lbm and fotonik3d and
// what is allocated for fft and fmm, for no one definition fits all.
//
// # Sources
//
// The paper's §V, Tables I and II. The kernels follow the published structure of SPEC CPU
// 2017's lbm and fotonik3d and of SPLASH's FFT and FMM, whose struct sizes and allocation
// rule FMM has; no code is taken over.
package workload
