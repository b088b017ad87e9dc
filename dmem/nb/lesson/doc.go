// Package lesson draws the moving pictures of the tutorials: each function returns the frames
// of one, for nb.Animate or nb.Sweep, and each frame is a schematic of package nb.
//
//   - [Stranded]: memory in servers, and how little of it is needed at once
//   - [Journey]: one remote access on its way through the rack
//   - [Queue]: packets that wait before a link
//   - [Placement]: pages that go to local or to remote memory
//   - [Grants]: a pool policy at work, with all that it sees
//   - [Race]: mean latencies that grow while policies run
//   - [Footprint]: the pages of a program as it touches them
//
// The pictures are small, what they show is not made up: a journey has the times of the rack's
// configuration, pages and chunks go where the policies of packages place and pool send them,
// a race shows results of runs. What is simplified each comment says.
//
// The functions panic on an argument that makes no picture; the cell of a notebook then fails.
package lesson
