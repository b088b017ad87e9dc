package workload

import (
	"math"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Extent is what a footprint counts.
type Extent uint8

// The extents. The paper's Table I fits no single one of them.
const (
	Touched   Extent = iota // pages of 4 KiB with at least one reference in the window
	Allocated               // all that the program allocates
)

// String returns "touched" or "allocated".
func (e Extent) String() string {
	if e == Allocated {
		return "allocated"
	}
	return "touched"
}

// Row is a line of the paper's Table I and the program that stands for it.
type Row struct {
	Name      string
	Program   Program
	MissRate  float64     // lines filled into the last-level cache over data references, 0 to 1
	Fills     uint64      // lines filled: the window ends with them
	Footprint units.Bytes // of the kind Extent
	Extent    Extent      // assumed, for it fits
}

// TableI returns the workloads of the paper's Table I in its order, with programs, fills
// and footprints times s; 1 is the paper's size. No program can have every size, so it may
// be a little smaller or larger than its row; where s makes one impossible, [New] tells.
//
// Fills match by construction. Sizes, windows and what goes with a reference were fitted to
// footprint and miss rate: see the presets.
func TableI(s float64) []Row {
	shrink := func(v float64) uint64 {
		if v *= s; v >= 0 && v < math.MaxInt64 {
			return uint64(math.Round(v))
		}
		return 0
	}
	row := func(name string, p Program, rate, fills float64, size units.Bytes, e Extent) Row {
		return Row{name, p, rate, shrink(fills), units.Bytes(shrink(float64(size))), e}
	}
	return []Row{
		row("lbm", PaperLBM().Scaled(s), 0.1249, 45.47e6, 2_899_102_925, Touched), // 2.7 GiB: as GB it would be 7 % less than what the fills of one sweep touch
		row("fotonik3d", PaperFDTD().Scaled(s), 0.0596, 11.92e6, 570*units.MB, Touched),
		row("fft", PaperFFT().Scaled(s), 0.0416, 15.81e6, 1060*units.MB, Allocated),
		row("fmm", PaperFMM().Scaled(s), 0.0342, 12.50e6, 3200*units.MB, Allocated),
	}
}
