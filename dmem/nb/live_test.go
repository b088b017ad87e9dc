package nb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakePage is a page in a test.
type fakePage struct {
	opened func(deliver func(string))
	closed bool
	told   chan int
}

func (p *fakePage) open(deliver func(string)) error     { go p.opened(deliver); return nil }
func (p *fakePage) repair()                             {}
func (p *fakePage) show([]byte, float64, float64) error { return nil }
func (p *fakePage) drawn(move int)                      { p.told <- move }
func (p *fakePage) close() error                        { p.closed = true; return nil }

func lineAt(v float64) *Figure {
	return Lines("x", "y", Line{X: []float64{0, 1}, Y: []float64{0, v + 1}})
}

// 50 bursts of moves that overtake each other: the last figure drawn is that of the last move.
func TestLiveEndsOnTheLastMove(t *testing.T) {
	slider := Slider("v", Range(0, 99, 1)...)
	rng := rand.New(rand.NewPCG(3, 4))
	var last float64
	p := &fakePage{told: make(chan int, 10_000)}
	p.opened = func(deliver func(string)) {
		move := 0
		for range 50 {
			var burst []string
			for range 12 {
				burst = append(burst, fmt.Sprintf("%d:%d", move, (move*37)%100))
				move++
			}
			rng.Shuffle(len(burst), func(i, j int) { burst[i], burst[j] = burst[j], burst[i] })
			var all sync.WaitGroup
			for _, m := range burst {
				all.Go(func() { deliver(m) })
			}
			all.Wait()
			for m := range p.told {
				if m == move-1 {
					break
				}
			}
			if want := float64((move - 1) * 37 % 100); last != want {
				t.Errorf("after move %d: drawn %v, want %v", move-1, last, want)
			}
		}
		deliver("stop")
	}
	draws := 0
	err := live(context.Background(), func(_ context.Context, at At) (*Figure, error) {
		draws++
		last = at.Value("v")
		return lineAt(last), nil
	}, []Control{slider}, p)
	if err != nil || !p.closed || draws < 51 {
		t.Errorf("error %v, closed %t, %d drawings", err, p.closed, draws)
	}
}

func TestLiveStopsAtOnce(t *testing.T) {
	for name, end := range map[string]func(deliver func(string), cancel func()){
		"stop button": func(deliver func(string), _ func()) { deliver("stop") },
		"interrupt":   func(_ func(string), cancel func()) { cancel() },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		drawing := make(chan bool, 1)
		p := &fakePage{told: make(chan int, 10)}
		p.opened = func(deliver func(string)) {
			deliver("0:1")
			<-drawing
			end(deliver, cancel)
		}
		err := live(ctx, func(ctx context.Context, at At) (*Figure, error) {
			if at.Index("v") == 0 {
				return lineAt(0), nil
			}
			drawing <- true
			select { // a long simulation
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Minute):
				return nil, errors.New("not stopped")
			}
		}, []Control{Slider("v", 0, 1)}, p)
		if err != nil || !p.closed {
			t.Errorf("%s: error %v, closed %t", name, err, p.closed)
		}
		cancel()
	}
}

func TestLiveFailsLoudly(t *testing.T) {
	bad := errors.New("no such rack")
	for want, message := range map[string]string{
		"v 1: no such rack": "0:1",
		`"0:7": setting 0`:  "0:7",
		`"x": want`:         "x",
	} {
		p := &fakePage{told: make(chan int, 10), opened: func(deliver func(string)) { deliver(message) }}
		err := live(context.Background(), func(_ context.Context, at At) (*Figure, error) {
			if at.Index("v") == 1 {
				return nil, bad
			}
			return lineAt(0), nil
		}, []Control{Slider("v", 0, 1)}, p)
		if err == nil || !strings.Contains(err.Error(), want) || !p.closed {
			t.Errorf("%q: error %v, closed %t", message, err, p.closed)
		}
	}
	if err := live(context.Background(), func(context.Context, At) (*Figure, error) { return nil, nil }, []Control{Slider("v", 0)}, nil); err == nil {
		t.Error("a nil figure is accepted")
	}
}
