// Package experiment holds the paper's experiments, one exported function a figure: each
// builds its configurations, runs them and returns tables and distributions, which a
// notebook shows. Nothing here draws.
//
// # Scale
//
// The paper's workloads exist as programs (package workload, [TableI]), but racks do not
// replay them yet. Until they do, the experiments on racks run at small scale: the paper's rack of 64 nodes and 6 pools with the memory of a node, the
// chunk and the window of the time series scaled by [Scale] to the footprints of the traces
// in data/traces. Rates are then set by one stretch factor on all stamps, chosen by a stated
// criterion ([TargetLoad]). That is calibration: it fixes under which load the policies are
// compared, and the latencies follow.
package experiment
