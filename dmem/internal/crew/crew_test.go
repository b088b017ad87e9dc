package crew

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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
			c := New(workers, Phase{Tasks: even, Do: do(0)}, Phase{Tasks: odd, Do: do(1)})
			const rounds = 3000
			for i := range rounds {
				inPhase.Store(0)
				c.Run(0, i%5 == 0)
				inPhase.Store(1)
				c.Run(1, false)
			}
			c.Close()
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
// goroutine that runs the phase panics, and the workers end: Close waits for them.
func TestCrewPassesPanicsOn(t *testing.T) {
	for bad := range 20 {
		var c *Crew
		do := func(_, owner, task int) {
			if owner*10+task == bad {
				panic("task is bad")
			}
			runtime.Gosched()
		}
		c = New(2, Phase{Tasks: []int{10, 10}, Do: do})
		func() {
			defer c.Close()
			defer func() {
				if v, ok := recover().(string); !ok || !strings.Contains(v, "task is bad") {
					t.Errorf("task %d: recovered %v, want its panic", bad, v)
				}
			}()
			c.Run(0, false)
		}()
	}
}

// TestCrewRests has a worker lose its core in the midst of a task, as far as the others can see:
// worker 0 does the next phases alone.
func TestCrewRests(t *testing.T) {
	began := make(chan struct{})
	stall := true
	var done [2]int // by owner, by worker 0
	c := New(2, Phase{Tasks: []int{1, 1}, Do: func(worker, owner, _ int) {
		switch {
		case stall && worker == 0:
			<-began // worker 1 has begun its task
		case stall:
			began <- struct{}{}
			time.Sleep(20 * time.Millisecond)
		case worker == 0:
			done[owner]++
		}
	}})
	defer c.Close()
	c.Run(0, false)
	stall = false
	for range minAlone {
		c.Run(0, false)
	}
	if done != [2]int{minAlone, minAlone} {
		t.Errorf("in the %d phases after it was held up worker 0 did %d tasks of its own and %d of the other's, want all", minAlone, done[0], done[1])
	}
}

func BenchmarkPhase(b *testing.B) {
	c := New(2, Phase{Tasks: []int{8, 8}, Do: func(int, int, int) {}})
	defer c.Close()
	for b.Loop() {
		c.Run(0, false)
	}
}
