package experiment_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

const data = "../../data"

// TestCalibrationMeetsItsCriterion recomputes the demand at the stretch that Calibrate chose.
func TestCalibrationMeetsItsCriterion(t *testing.T) {
	c := experiment.SmallRack(data, 1)
	c.Nodes = 8
	cal, err := experiment.Calibrate(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	c.Replay.Until = 0 // whole traces again, to find anew when the first one ends
	d, err := dmem.MeasureDemand(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.LinkLoad(&c); math.Abs(got-experiment.TargetLoad) > 0.001 {
		t.Errorf("demand at stretch %v loads the links to %.4f, want %.2f", cal.Stretch, got, experiment.TargetLoad)
	}
	if got := float64(d.Remote) / float64(d.Local+d.Remote); math.Abs(got-cal.Remote) > 1e-3 {
		t.Errorf("remote share %.4f, calibration says %.4f", got, cal.Remote)
	}
}

// TestDemandIsWhatARunSends holds the demand, measured without network and DRAM, to the
// accesses of a whole run.
func TestDemandIsWhatARunSends(t *testing.T) {
	c := experiment.SmallRack(data, 3)
	c.Nodes = 4
	c.Replay.Limit = 20_000
	d, err := dmem.MeasureDemand(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	c.Replay.Until = d.Active + 1
	r, err := dmem.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Total.Local.Count(), d.Local; got != want {
		t.Errorf("local accesses %d, demand %d", got, want)
	}
	if got, want := r.Total.Remote.Count(), d.Remote; got != want {
		t.Errorf("remote accesses %d, demand %d", got, want)
	}
	var busy float64
	for _, p := range r.Pools {
		busy += p.LinkOutUtilization * r.Simulated.Seconds()
	}
	want := float64(d.FromPools) * 8 / float64(c.Fabric.RMACLink.Rate)
	if math.Abs(busy/want-1) > 1e-9 {
		t.Errorf("the pools' links were busy for %v s, demand %v s", busy, want)
	}
}

// TestFigure2AsCommitted regenerates the numbers behind the committed figure.
func TestFigure2AsCommitted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole figure")
	}
	f, err := experiment.Figure2(context.Background(), experiment.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := f.Table().WriteCSV(&got); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(data + "/results/fig2.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\ncommitted\n%s", got.Bytes(), want)
	}
}

func TestPaperScaleIsRefused(t *testing.T) {
	_, err := experiment.Figure2(context.Background(), experiment.Options{Data: data, Scale: "paper"})
	if err == nil || !strings.Contains(err.Error(), "workloads") {
		t.Errorf("got %v, want an error that names the missing workloads", err)
	}
	_, err = experiment.Figure2(context.Background(), experiment.Options{Data: data, Scale: "huge"})
	if err == nil || !strings.Contains(err.Error(), "small or paper") {
		t.Errorf("got %v, want an error that lists the scales", err)
	}
}

func TestCancelledFigure(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := experiment.Figure2(ctx, experiment.Options{Data: data}); err == nil {
		t.Error("no error")
	}
}
