// Package fabric models the interconnect of the rack: the RMAC (the remote memory access
// controller, a node's or a pool's network interface), the links and the switch
// [Paper §III-C, §V, Table II].
//
// # The way of a packet
//
//	 node                                     switch                               pool
//	 prep → process → [RMAC queue] ══link══▶ process → [VOQ in→out] → arbiter ══link══▶ process → unpack → [RMAC buffer] → memory
//	└────────────────── Egress ──────────────────┘   └─────────────────── Output ──────────────────┘
//
// A response passes the same stages from the pool to the node. An [Egress] is the sending
// half of the way, up to a virtual output queue (VOQ) of the switch; an [Output] is the
// receiving half: the switch's output port with its arbiter, the link and the receiver's
// RMAC. The switch is thereby split by output port, and its input ports deliver to several
// outputs at once (no internal bottleneck). The two halves touch only through time-stamped
// packets in the VOQs and through time-stamped credits: along this border a simulation can
// be divided among processors.
//
// # Rules
//
//   - Every stage has a delay (latency) and an interval (the least time between two packets).
//     Stages and links are first come, first served, so a packet's time of leaving is computed
//     when it enters; there is no event a stage.
//   - A link is store and forward: it serialises each packet once, then propagates it.
//   - Every buffer is finite and a sender holds credits for the room in the next buffer, a VOQ
//     or a receiver's RMAC buffer, which return some time after the room is free. Without
//     credit a packet waits where it is; nothing is ever lost.
//   - A sender without credit for one VOQ goes on sending to the others, and the arbiter takes
//     turns over the inputs that have a packet: neither blocks the head of a line nor starves.
//
// # Not modelled
//
// Bit errors and retries, more than one switch, flits, headers beyond the packet sizes of
// the configuration, limits inside the switch other than its ports and buffers.
package fabric
