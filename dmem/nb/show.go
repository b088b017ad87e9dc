package nb

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Show displays its arguments in the notebook, in order: a [*Figure] as a PNG of twice the
// screen's resolution, a [*stats.Table] or a gota data frame as a table, a string as
// Markdown. In a program outside of a notebook tables and strings go to the standard output
// as text, and a figure is only drawn to see that it can be.
//
// What has a method Table is shown as that table, so that a comparison of runs is one line:
//
//	nb.Show(dmem.Compare(cfg, pool.RoundRobin, pool.SmartIdle))
//
// A nil error is passed over, and any other panics, so that results can be handed on as they
// come. Show panics too on an argument that it cannot show, on a figure whose data cannot be drawn and
// when the notebook cannot be reached, so that the cell fails.
func Show(args ...any) {
	if err := checkKernel(); err != nil {
		panic(err)
	}
	for i, arg := range args {
		if err := show(arg); err != nil {
			panic(fmt.Errorf("nb.Show, argument %d: %w", i+1, err))
		}
	}
	if err := flush(); err != nil {
		panic(fmt.Errorf("nb.Show: the notebook did not take the output: %w", err))
	}
}

func show(arg any) error {
	switch v := arg.(type) {
	case nil: // an error that did not happen
		return nil
	case error:
		return v
	case *Figure:
		if v == nil {
			return errors.New("a nil *Figure")
		}
		return v.show()
	case *stats.Table:
		if v == nil {
			return errors.New("a nil *stats.Table")
		}
		return send(output{tableCells(v).html(), protocol.MIMETextHTML, tableCells(v).plain()})
	case interface{ Table() *stats.Table }:
		return show(v.Table())
	case dataframe.DataFrame:
		return send(output{frameCells(v).html(), protocol.MIMETextHTML, frameCells(v).plain()})
	case string:
		return send(output{v, protocol.MIMETextMarkdown, v + "\n"})
	}
	return fmt.Errorf("a %T cannot be shown: want *nb.Figure, *stats.Table, something with a Table, dataframe.DataFrame or string", arg)
}

func (f *Figure) show() error {
	png, err := f.png(inlineDPI)
	if err != nil || !gonbui.IsNotebook {
		return err
	}
	w, h := f.size()
	sendPNG(png, w.Points(), h.Points(), "")
	return gonbui.Error()
}

// output is a text with its type, and the same in plain form.
type output struct {
	rich  string
	mime  protocol.MIMEType
	plain string
}

func send(t output) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Fprint(os.Stdout, t.plain)
		return err
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{t.mime: t.rich, protocol.MIMETextPlain: t.plain}})
	return gonbui.Error()
}

// flush waits until the notebook has all that was sent: what is on its way when a cell's
// program ends would be lost.
func flush() error {
	if !gonbui.IsNotebook {
		return nil
	}
	if err := gonbui.Error(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { gonbui.Sync(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute): // Sync waits for ever when the channel breaks under it
		return errors.New("no answer from the kernel for a minute")
	}
	return gonbui.Error()
}
