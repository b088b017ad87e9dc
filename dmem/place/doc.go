// Package place decides, page by page, whether a node's new page goes to its local memory
// or to remote memory: the interface of such a policy, the built-in ones and a registry by
// name.
//
// Memory is given out at first touch. At a page fault the node's MMU (package mmu) asks the
// node's [Placer], which answers [Local] or [Remote]. A remote page comes from the chunks
// the node holds; if they are used up, the MMU has one more granted, from a pool that a
// policy of package pool chooses [Paper §IV, first level of the allocation].
//
// # A policy of one's own
//
// A [Policy] has the shape of a pool policy: a name and a factory, a value to assign to a
// configuration. Each node gets a placer of its own, so placers share nothing and nodes can
// be simulated in parallel. placetest.Run holds a policy to the rules:
//
//   - The answer is Local or Remote.
//   - It depends on the arguments, on the placer's own state and on Env.Rand only.
//   - Local without local memory left ends the run with an error, as [AllLocal] does on
//     purpose; a policy that may answer so declares AllowFull.
//
// # The built-in policies
//
//   - [LocalFirst], local memory until it is used up [Paper §IV]
//   - [Alternate], every other page, for as long as local memory lasts [Paper §IV]
//   - [AllLocal] and [AllRemote], the two ends of the scale
//
// # What is not modelled
//
// Pages never move and are never freed, so a placement is final.
package place
