// Package units holds the typed quantities every other package speaks: [Time] in
// picoseconds, [Cycles] of a [Clock], [Bytes] and [BitRate].
//
// A quantity prints with its unit and parses only with one: "120ns", "4MiB", "100Gbps",
// "1.2GHz". A number without a unit is refused, so a configuration file can never mean
// something else than it says. The text form round-trips exactly.
//
// # Time and clocks
//
// Simulated time is an integer number of picoseconds. A clock keeps its frequency in Hz
// and computes the time of cycle n from n, rounding up once; nothing ever adds a rounded
// period. An integer period of 3.6 GHz would be 277 ps, 0.28 % fast, and its ratio to
// 1.2 GHz 3.007 instead of 3.
//
// # GB and GiB
//
// [GB] is 10^9 bytes and [GiB] is 2^30; both exist and parse under their own names.
//
// The package also holds [FieldError], the form in which a configuration reports a fault,
// so that all packages name field, value and what is allowed alike.
package units
