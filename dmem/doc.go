// Package dmem simulates rack-scale disaggregated memory: compute nodes with little local
// memory, and memory pools behind one switch. Misses of last-level caches are replayed; a
// memory management unit places each new page in local or in remote memory; a global memory
// manager grants memory of the pools in chunks; remote accesses cross the node's RMAC (its
// network interface), the switch and the pool's RMAC and come back; cycle-accurate DRAM
// serves them. It follows "Design and Evaluation of a Rack-Scale Disaggregated Memory
// Architecture For Data Centers" (arXiv:2303.06420), called the paper below.
//
//	cfg := dmem.Small()                     // a preset; change any field
//	cfg.Pool = pool.SmartIdle
//	result, err := dmem.Run(ctx, cfg)
//
// # One access
//
//	trace ─▶ issue ─▶ mmu: page table, place ─┬─ local ──▶ DRAM of the node ──────────────────────────▶ done
//	                     │ no chunk left       └─ remote ─▶ RMAC ─▶ link ─▶ switch ─▶ link ─▶ RMAC ─▶ DRAM of the pool
//	                     ▼                                  ◀── link ◀── switch ◀── link ◀── RMAC ◀───────┘
//	                  manager: pool policy
//
// The time in each stage is kept per access ([mem.Breakdown]) and sums exactly to the
// latency. The packages below this one model the parts and know nothing of each other; dmem
// plugs them together and owns time.
//
// # Time
//
// The rack is divided in two sides that touch only through time-stamped packets and
// credits: nodes, each with the switch output towards it, and pools, each with the switch
// output towards it. Simulation goes in rounds: all nodes run first, then all pools. There is
// no global event queue. In a phase the parts of one side share nothing: each pair of parts
// has a queue and a credit account of its own, and an access's record belongs to the side
// that holds its packet.
//
// A round takes each part as far as nothing that is not simulated yet can reach it. That is
// at least the fabric's lookahead, the least time in which a pool's packets or credits reach
// a node: a window. In the open loop nothing but credits ties what a node does to the pools,
// so that nodes go on as long as credits suffice, and pools as far as all requests are known.
// A chunk grant is an event of the whole rack: the node that needs one stops, the pools come
// up to its window, and the grants of a window are made in order of time and node, with the
// counters as of their time.
//
// Both sides are thereby simulated in parallel: the parts of a side are shared among workers
// ([Rack.SetWorkers]), which owe each other nothing before the end of the phase.
//
// The result depends on the configuration and its seed only, bit by bit.
//
// # Glossary
//
//   - RMAC: remote memory access controller, the network interface for cache lines.
//   - Chunk: the unit in which pools grant memory to nodes; page: the unit of placement.
//   - Fill: a line read into the last-level cache. Write-back: a dirty line written out.
//   - Open loop: accesses issue at their stamps. Closed loop: latency delays what follows.
//   - Source queue: where accesses wait that the RMAC has no room for.
//
// # Where do I add ...
//
//	a pool policy          a value of type pool.Policy, in a notebook cell or a file in dmem/pool
//	a placement policy     a value of type place.Policy, likewise in dmem/place
//	a workload             a type that implements workload.Program, in dmem/workload
//	a trace format         a decoder in dmem/trace
//	a program of yours     recorded by "dmem trace record" (dmem/record), replayed as a trace
//	a memory part          a function that returns a dram.Config, in dmem/dram
//	a rack                 a function that returns a Config, in presets.go
//	an experiment          an exported function in dmem/experiment, called by a notebook
package dmem
