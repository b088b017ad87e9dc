// Package stats holds the measured quantities of a run as plain values.
//
//	[Mean]      count and sum of latencies, exact
//	[Hist]      a distribution of latencies: mean, extremes and the paper's bands exact,
//	            quantiles within 0.1 %
//	[Brief]     median, 99th percentile and maximum of the latencies of a short time, which
//	            [Samples] make from the latencies themselves
//	[Series]    a mean for each window of time, and the cumulative mean over them: the courses
//	            of the paper's Figures 3 and 4
//	[Counts]    events by window of time
//	[Table]     rows of values with named columns and units, as CSV and JSON
//
// Latencies are [units.Time], picoseconds; what a function's name ends in says its unit, such as
// QuantileNs.
//
// Values of one kind merge, so that parts measured apart (nodes, runs) add up to the whole, in
// any order. Nothing here has a registry, a name space or an output of its own, and nothing is
// safe for concurrent use: workers measure apart and merge.
//
// A quantity without samples is NaN in Go, null in JSON and an empty cell in CSV; it is
// never zero.
package stats
