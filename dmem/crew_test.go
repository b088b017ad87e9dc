package dmem

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// TestCrewDoesEveryTaskOnce runs many short phases of two kinds.
func TestCrewDoesEveryTaskOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		before := runtime.GOMAXPROCS(procs)
		for _, workers := range []int{1, 2, 3, 8} {
			counts := make([][]int, workers) // no atomics: a task is done once, by one worker
			var inPhase atomic.Int32
			do := func(kind int32) func(worker, owner, task int) {
				return func(worker, owner, task int) {
					if worker < 0 || worker >= workers || inPhase.Load() != kind {
						t.Errorf("worker %d does task %d of kind %d in a phase of kind %d", worker, task, kind, inPhase.Load())
					}
					counts[owner][task]++
				}
			}
			var even, odd []int
			for w := range workers {
				even, odd = append(even, 3+w), append(odd, w) // worker 0 has none of its own
				counts[w] = make([]int, 3+w)
			}
			c := newCrew(workers, phase{tasks: even, do: do(0)}, phase{tasks: odd, do: do(1)})
			const rounds = 3000
			for i := range rounds {
				inPhase.Store(0)
				c.run(0, i%5 == 0)
				inPhase.Store(1)
				c.run(1, false)
			}
			c.close()
			for w := range counts {
				for task, n := range counts[w] {
					want := rounds
					if task < w {
						want = 2 * rounds
					}
					if n != want {
						t.Errorf("GOMAXPROCS %d, %d workers: task %d of worker %d is done %d times, want %d", procs, workers, task, w, n, want)
					}
				}
			}
		}
		runtime.GOMAXPROCS(before)
	}
}

// TestCrewPassesPanicsOn lets each task panic in turn: whichever worker does it, the
// goroutine that runs the phase panics, and the workers end.
func TestCrewPassesPanicsOn(t *testing.T) {
	before := runtime.NumGoroutine()
	for bad := range 20 {
		var c *crew
		do := func(_, owner, task int) {
			if owner*10+task == bad {
				panic("task is bad")
			}
			runtime.Gosched()
		}
		c = newCrew(2, phase{tasks: []int{10, 10}, do: do})
		func() {
			defer c.close()
			defer func() {
				if v, ok := recover().(string); !ok || !strings.Contains(v, "task is bad") {
					t.Errorf("task %d: recovered %v, want its panic", bad, v)
				}
			}()
			c.run(0, false)
		}()
	}
	if n, more := GoroutinesAbove(before); more {
		t.Errorf("%d goroutines are left, %d before", n, before)
	}
}

func BenchmarkCrewPhase(b *testing.B) {
	c := newCrew(2, phase{tasks: []int{8, 8}, do: func(int, int, int) {}})
	defer c.close()
	for b.Loop() {
		c.run(0, false)
	}
}
