// Package experiment holds the paper's experiments, one exported function a figure: each
// builds its configurations, runs them and returns tables and distributions, which a
// notebook shows. Nothing here draws.
//
// # Scale
//
// The paper's workloads are not part of the project yet. Until they are, the experiments
// run at small scale: the paper's rack of 64 nodes and 6 pools with the memory of a node, the
// chunk and the window of the time series scaled by [Scale] to the footprints of the traces
// in data/traces. Rates are then set by one stretch factor on all stamps, chosen by a stated
// criterion ([TargetLoad]). That is calibration: it fixes under which load the policies are
// compared, and the latencies follow.
package experiment
