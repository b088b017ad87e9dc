// Package pool decides which memory pool of the rack grants the next chunk of remote
// memory: the interface of such a policy, the built-in ones and a registry by name.
//
// A node that needs remote memory asks the global memory manager (package manager) for a
// chunk; the manager asks the rack's one [Selector]. That is the whole of a policy's power:
// it only chooses. The manager does the accounting, checks the answer, lets a full pool
// fall through to the next and measures the intervals between grants.
//
// # A policy of one's own
//
// A [Policy] is a value, a name and a factory of selectors, in under twenty lines; assign
// it to a configuration and run. State lives in what New returns, so runs share nothing.
// pooltest.Run holds a policy to the rules below in one line.
//
//   - The answer is the number of a pool, below Env.NumPools.
//   - It depends on the arguments, on the selector's own state and on Env.Rand only: the
//     same seed and the same questions give the same answers.
//   - Unless the policy declares AllowFull, the answer has room if any pool has.
//
// # The built-in policies
//
//   - [Random], uniform [Paper §IV-A]
//   - [RoundRobin], one turn for the rack [Paper §V]
//   - [PerNodeRoundRobin], one turn for each node
//   - [SmartIdle], idle pools first, then the one with the most free memory [Paper §IV-B]
//   - [SmartIdleReleased], its variant in the authors' released code
//   - [MostFree], the most free memory, whatever the traffic
//   - [LeastLoaded], the least load to come, by a forecast; ours
//   - [RoundRobinSkip], round-robin that passes over pools of high load to come; ours
//
// All skip pools that have no room for the request while another has.
//
// # What is not modelled
//
// Chunks are neither returned nor moved, and a selector sees the rack only at grants: no
// policy can react in between. The registry ([Register], [Lookup]) serves the command line
// and saved configurations; Go code passes values.
package pool
