package main

import (
	"errors"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/trace"
)

// advise adds to the error of a trace the flag that helps, if there is one: a flag of trace
// info, head and convert, or to replay the trace, as dmem run has none of them, a conversion
// before.
func advise(err error, replay bool) error {
	var e *trace.Error
	if !errors.As(err, &e) {
		return err
	}
	flag, does := "", ""
	switch {
	case errors.Is(err, trace.ErrFamily):
		does = "puts it through caches"
	case errors.Is(err, trace.ErrBomb):
		flag, does = "-max-ratio N ", "allows more"
	case errors.Is(err, trace.ErrOption) && e.Field == "address mapping" && e.Got == "(none)":
		flag, does = "-mapping FIELDS ", "tells it"
	case errors.Is(err, trace.ErrFormat) && e.Field == "start of file":
		err = fmt.Errorf("%w; \"dmem trace formats\" tells more", err)
		flag, does = "-from NAME ", "tells the format"
	case errors.Is(err, trace.ErrCorrupt) && e.Field == "gem5 command":
		flag, does = "-gem5-commands LIST ", "tells what it does"
	case (errors.Is(err, trace.ErrCorrupt) || errors.Is(err, frontend.ErrReference)) && e.ReadAs != "":
		flag, does = "-from NAME ", "tells another format"
	default:
		return err
	}
	if replay {
		return fmt.Errorf("%w; \"dmem trace convert %s%s OUT%s\" %s", err, flag, e.Path, trace.Extension, does)
	}
	if flag == "" {
		return err
	}
	return fmt.Errorf("%w; %s%s", err, flag, does)
}
