package nb

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Control is something to turn in [Sweep] and [Live], made by [Slider] or [Choice].
type Control struct {
	Name    string   // beside it; the callback asks by it
	Unit    string   // after a slider's value; may be empty
	Start   int      // index of the first setting
	options []string // the settings as text
	values  []float64
	choice  bool
}

// Slider returns a slider over the given values, for instance those of [Range].
func Slider(name string, values ...float64) Control {
	c := Control{Name: name, values: values}
	for _, v := range values {
		c.options = append(c.options, strconv.FormatFloat(v, 'g', 6, 64))
	}
	return c
}

// Choice returns a list to choose one of the options from.
func Choice(name string, options ...string) Control {
	return Control{Name: name, options: options, choice: true}
}

// Range returns the values from lo to hi, both included, in equal steps.
// It panics unless the step is positive and divides the range.
func Range(lo, hi, step float64) []float64 {
	n := math.Round((hi - lo) / step)
	if !(step > 0 && hi >= lo) || n > 10_000 || math.Abs(lo+n*step-hi) > 1e-6*step {
		panic(fmt.Errorf("nb.Range: from %v to %v in steps of %v: want a positive step that divides the range into at most 10000", lo, hi, step))
	}
	out := make([]float64, int(n)+1)
	for i := range out {
		v, _ := strconv.ParseFloat(strconv.FormatFloat(lo+float64(i)*step, 'g', 12, 64), 64) // 0.3, not 0.30000000000000004
		out[i] = v
	}
	return out
}

// At is a setting of all controls.
type At struct {
	controls []Control
	index    []int
}

// Value returns the number that a slider stands at. It panics on a name that no slider has.
func (a At) Value(name string) float64 {
	i := a.find(name)
	if a.controls[i].choice {
		panic(fmt.Errorf("nb: control %q is a choice: ask for its Option", name))
	}
	return a.controls[i].values[a.index[i]]
}

// Option returns the text that a control stands at. It panics on a name that no control has.
func (a At) Option(name string) string {
	i := a.find(name)
	return a.controls[i].options[a.index[i]]
}

// Index returns the number of the setting that a control stands at, from 0. It panics on a
// name that no control has.
func (a At) Index(name string) int { return a.index[a.find(name)] }

func (a At) find(name string) int {
	for i, c := range a.controls {
		if c.Name == name {
			return i
		}
	}
	panic(fmt.Errorf("nb: there is no control %q", name))
}

// start returns the setting that controls begin with.
func start(controls []Control) At {
	a := At{controls, make([]int, len(controls))}
	for i, c := range controls {
		a.index[i] = c.Start
	}
	return a
}

// checkControls returns what is wrong with controls, all faults at once.
func checkControls(controls []Control) error {
	if len(controls) == 0 {
		return errors.New("no controls: give a Slider or a Choice")
	}
	var errs []error
	seen := map[string]bool{}
	for _, c := range controls {
		switch {
		case c.Name == "":
			errs = append(errs, errors.New("a control without a name"))
		case seen[c.Name]:
			errs = append(errs, fmt.Errorf("two controls %q", c.Name))
		case len(c.options) == 0:
			errs = append(errs, fmt.Errorf("control %q has nothing to choose from", c.Name))
		case c.Start < 0 || c.Start >= len(c.options):
			errs = append(errs, fmt.Errorf("control %q starts at %d: want 0 to %d", c.Name, c.Start, len(c.options)-1))
		}
		for _, v := range c.values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				errs = append(errs, fmt.Errorf("control %q has the value %v: want finite ones", c.Name, v))
			}
		}
		seen[c.Name] = true
	}
	return errors.Join(errs...)
}

// controlJSON is a control as the page's script takes it.
type controlJSON struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Start   int      `json:"start"`
	Options []string `json:"options"`
	Choice  bool     `json:"choice"`
}

func controlsJSON(controls []Control) (out []controlJSON) {
	for _, c := range controls {
		out = append(out, controlJSON{c.Name, c.Unit, c.Start, c.options, c.choice})
	}
	return out
}
