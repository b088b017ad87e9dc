package nb

import (
	"fmt"
	"html"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Progress returns a function to report how much of something long is done: in a notebook it
// moves a bar with the time left, on a terminal a line of text, elsewhere nothing. The bar
// disappears when done reaches total and leaves no trace in the saved notebook. The function
// may be called from several goroutines and as often as one likes.
//
//	result, err := experiment.Run(ctx, cfg, nb.Progress("runs"))
func Progress(label string) func(done, total int) {
	p := &progress{label: label, start: time.Now(), write: writer()}
	return p.report
}

type progress struct {
	label string
	start time.Time
	write func(p *progress, share float64, left time.Duration) // nil: nowhere to

	mu    sync.Mutex
	id    string // of the output in the notebook
	last  time.Time
	ended bool
}

func (p *progress) report(done, total int) {
	if p.write == nil || total <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	end := done >= total
	if p.ended || !end && now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.ended = now, end
	share := min(max(float64(done)/float64(total), 0), 1)
	var left time.Duration
	if done > 0 {
		left = time.Duration(float64(now.Sub(p.start)) * (1 - share) / share)
	}
	p.write(p, share, left)
}

// writer returns the way to show progress from this process, nil for none.
func writer() func(*progress, float64, time.Duration) {
	if gonbui.IsNotebook {
		return (*progress).notebook
	}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return (*progress).terminal
	}
	return nil
}

func (p *progress) notebook(share float64, left time.Duration) {
	if p.id == "" {
		if p.ended {
			return // too quick for a bar
		}
		p.id = "progress-" + gonbui.UniqueId()
	}
	if p.ended {
		gonbui.UpdateHTML(p.id, "")
		return
	}
	gonbui.UpdateHTML(p.id, fmt.Sprintf(`%s <progress value="%.3f" max="1"></progress> %s`,
		html.EscapeString(p.label), share, remaining(share, left)))
}

func (p *progress) terminal(share float64, left time.Duration) {
	if p.ended {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
		return
	}
	const width = 30
	full := int(share * width)
	fmt.Fprintf(os.Stderr, "\r%s [%s%s] %s\x1b[K", p.label, strings.Repeat("=", full), strings.Repeat(" ", width-full), remaining(share, left))
}

// remaining returns the share in per cent and the time left, as soon as there is one.
func remaining(share float64, left time.Duration) string {
	s := fmt.Sprintf("%.0f %%", 100*share)
	if left >= time.Second {
		s += ", " + left.Round(time.Second).String() + " left"
	}
	return s
}
