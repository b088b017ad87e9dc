// Package experiment holds the paper's experiments, one exported function a figure or table:
// each builds its configurations, runs them in a [Sweep] and returns tables and
// distributions, which a notebook shows. Nothing here draws.
//
// # Scale
//
// Experiments on racks run the paper's rack ([Rack]) divided by a number ([Divisor]):
// footprints, caches, misses, local memory, chunks and windows of time all get smaller by it,
// rates stay. What a chunk sees of load gets shorter with it, and so do the queues of a pool
// that has more than its share: latencies under overload shrink with the scale.
//
// # Load
//
// The paper does not tell the load of its runs. Here one timing model, one stretch and one
// spread of starts serve all policies and all figures: the stamps that the paper's tracer
// would give (frontend.Tracer), fills only, times [Stretch], with the starts of the nodes
// drawn over [StaggerShare] of a run. The stretch is chosen by a criterion that does not look
// at any policy but random: with random pools and alternate pages, 2 % of the accesses take
// 1000 ns or more [Paper §IV-A], on the machine whose memory binds ([MemoryBound]). That is
// calibration: it fixes under which load policies are compared, and the latencies follow.
// [Calibrate] shows how the criterion depends on the stretch.
//
// # Runs
//
// A [Sweep] makes the runs of an experiment side by side and keeps each in a file, so that
// nothing is simulated twice. [Seeds] repeats a configuration, [MeanOf] and
// [MeanDifference] tell what the seeds leave uncertain.
package experiment
