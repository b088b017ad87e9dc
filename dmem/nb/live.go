package nb

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Waiting times of [Live].
const (
	liveRepair  = 2500 * time.Millisecond // between attempts to reach the page
	liveConnect = 15 * time.Second        // until the page is given up
	liveIdle    = 10 * time.Minute        // without a move
)

// Live shows a figure under sliders and lists and draws it anew, in the cell's own process,
// whenever one of them moves: draw may run the simulation. Moves that come while a figure is
// drawn are skipped but for the last.
//
//	nb.Live(func(ctx context.Context, at nb.At) (*nb.Figure, error) {
//		cfg.Replay.Stretch = at.Value("stretch")
//		result, err := dmem.Run(ctx, cfg)
//		if err != nil {
//			return nil, err
//		}
//		return nb.Of(result).CDF(), nil
//	}, nb.Slider("stretch", 1, 0.8, 0.6, 0.4))
//
// The cell, and every cell after it, waits until the Stop button is pressed, the kernel is
// interrupted or nothing has moved for ten minutes; then the last figure stays in the
// notebook. Put such cells last. Without a page that answers (a notebook that is executed by
// a program, an editor without scripts) the figure of the first setting is shown and the cell
// ends. Stopping cancels ctx. Live panics, so that the cell fails, on an error of draw or of
// the display.
func Live(draw func(ctx context.Context, at At) (*Figure, error), controls ...Control) {
	err := checkControls(controls)
	if err == nil {
		ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
		defer cancel()
		err = live(ctx, draw, controls, notebookPage(controls))
	}
	if err != nil {
		panic(fmt.Errorf("nb.Live: %w", err))
	}
}

// page is what Live knows of the notebook; nil stands for none with a script that answers.
type page interface {
	// open shows the controls. deliver is called, from any goroutine and in any order, with
	// the messages of the page: see mailbox.
	open(deliver func(string)) error
	repair()                             // tries to reach the page once more
	show(png []byte, w, h float64) error // the figure, in place of the one before
	drawn(move int)                      // tells the page that the figure of a move is shown
	close() error                        // removes the controls
}

// mailbox keeps the latest move of the controls. Messages are texts "number:i,j,...": the
// moves are numbered, as they may overtake each other on their way, and i, j, ... are the
// settings of the controls. "stop" ends.
type mailbox struct {
	controls []Control
	wake     chan struct{} // of capacity 1

	mu      sync.Mutex
	move    int // number of the latest, -1 before the first
	latest  []int
	again   bool // the page asked for an answer to a move known already
	stopped bool
	bad     error
}

func newMailbox(controls []Control) *mailbox {
	return &mailbox{controls: controls, wake: make(chan struct{}, 1), move: -1}
}

func (m *mailbox) deliver(message string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if message == "stop" {
		m.stopped = true
	} else if move, at, err := m.parse(message); err != nil {
		m.bad = err
	} else if move > m.move {
		m.move, m.latest = move, at
	} else {
		m.again = true
	}
	select {
	case m.wake <- struct{}{}:
	default: // awake already
	}
}

func (m *mailbox) parse(message string) (move int, at []int, err error) {
	head, tail, _ := strings.Cut(message, ":")
	move, err = strconv.Atoi(head)
	fields := strings.Split(tail, ",")
	if err != nil || move < 0 || len(fields) != len(m.controls) {
		return 0, nil, fmt.Errorf("the page sent %q: want a number and %d settings", message, len(m.controls))
	}
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil || v < 0 || v >= len(m.controls[i].options) {
			return 0, nil, fmt.Errorf("the page sent %q: setting %d is none of the %d of control %q", message, i, len(m.controls[i].options), m.controls[i].Name)
		}
		at = append(at, v)
	}
	return move, at, nil
}

// take returns the latest move and what else has come since the last call.
func (m *mailbox) take() (move int, at []int, again, stopped bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	again, m.again = m.again, false
	return m.move, m.latest, again, m.stopped, m.bad
}

// live draws until it is told to stop.
func live(ctx context.Context, draw func(context.Context, At) (*Figure, error), controls []Control, p page) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var last []byte
	var w, h float64
	render := func(at At) error {
		f, err := draw(ctx, at)
		if err == nil && f == nil {
			err = errors.New("a nil *Figure")
		}
		if err == nil {
			last, err = f.png(inlineDPI)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		fw, fh := f.size()
		w, h = fw.Points(), fh.Points()
		return nil
	}
	at := start(controls)
	if err := render(at); err != nil {
		return err
	}
	if p == nil {
		if !gonbui.IsNotebook {
			return nil
		}
		sendPNG(last, w, h, "")
		return flush()
	}

	box := newMailbox(controls)
	go func() { // a stop ends a long simulation too
		for range box.wakeStop(ctx) {
			cancel()
		}
	}()
	err := p.open(box.deliver)
	if err == nil {
		err = p.show(last, w, h)
	}
	if err == nil {
		err = loop(ctx, box, p, func(index []int) error {
			at.index = index
			if err := render(at); err != nil {
				return err
			}
			return p.show(last, w, h)
		})
	}
	return errors.Join(err, p.close())
}

// wakeStop returns a channel that gives one value when the page asks to stop, and is closed
// with ctx.
func (m *mailbox) wakeStop(ctx context.Context) <-chan struct{} {
	out := make(chan struct{}, 1)
	go func() {
		defer close(out)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				m.mu.Lock()
				stopped := m.stopped
				m.mu.Unlock()
				if stopped {
					out <- struct{}{}
					return
				}
			}
		}
	}()
	return out
}

// loop waits for moves and redraws.
func loop(ctx context.Context, box *mailbox, p page, redraw func([]int) error) error {
	repair := time.NewTicker(liveRepair)
	defer repair.Stop()
	begin := time.Now()
	active, shown := begin, -1
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-repair.C:
			if shown < 0 && now.Sub(begin) > liveConnect || now.Sub(active) > liveIdle {
				return nil
			}
			if shown < 0 {
				p.repair()
			}
			continue
		case <-box.wake:
		}
		move, at, again, stopped, err := box.take()
		if err != nil || stopped {
			return err
		}
		if move > shown {
			active = time.Now()
			if err := redraw(at); err != nil {
				if ctx.Err() != nil {
					return nil // stopped while drawing
				}
				return err
			}
			shown = move
			p.drawn(shown)
		} else if again {
			p.drawn(shown)
		}
	}
}

//go:embed live.js
var liveScript string

// notebook is the page of a Jupyter notebook.
type notebook struct {
	address  string
	html     string
	controls string // display ids
	figure   string
}

// notebookPage returns the page, nil when no server with a page has started this kernel.
func notebookPage(controls []Control) page {
	if !gonbui.IsNotebook || os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) == "" {
		return nil
	}
	unique := gonbui.UniqueId()
	sum := sha256.Sum256([]byte(unique))
	id := "dmem-live-" + hex.EncodeToString(sum[:6])
	address := "/dmem/live/" + unique
	data, _ := json.Marshal(struct { // of strings and numbers only: cannot fail
		Address  string        `json:"address"`
		Controls []controlJSON `json:"controls"`
	}{address, controlsJSON(controls)})
	return &notebook{address: address, html: script(id, liveScript, data), controls: id + "-controls", figure: id + "-figure"}
}

func (n *notebook) open(deliver func(string)) error {
	// Never unsubscribed: a message without a subscriber would block the library for good.
	comms.Subscribe(n.address, func(_ string, message string) { deliver(message) })
	gonbui.UpdateHTML(n.controls, n.html)
	if err := flush(); err != nil { // the script prepares the page for what Start installs there
		return err
	}
	n.repair()
	return gonbui.Error()
}

func (n *notebook) repair() { comms.Start() }

func (n *notebook) show(png []byte, w, h float64) error {
	sendPNG(png, w, h, n.figure)
	return gonbui.Error()
}

func (n *notebook) drawn(move int) {
	comms.Send(n.address+"/drawn", "move "+strconv.Itoa(move)) // never empty: the page drops 0 and ""
}

func (n *notebook) close() error {
	comms.Send(n.address+"/drawn", "end")
	gonbui.UpdateHTML(n.controls, "")
	return flush()
}
