// Package stats holds the measured quantities of a run as plain values: [Mean], the latency
// histogram [Hist], the short summary [Brief] that [Samples] make, the time series [Series]
// and the result table [Table].
//
// Values of one kind merge, so that parts measured apart (nodes, runs) add up to the whole.
// Nothing here has a registry, a name space or an output of its own.
//
// A quantity without samples is NaN in Go, null in JSON and an empty cell in CSV; it is
// never zero.
package stats
