package experiment

import (
	"fmt"
	"strconv"

	"github.com/dmemsys/dmemsys/dmem"
)

// SmallDivisor is what the paper's rack is divided by at small scale: 21 million accesses a
// run. Chunks are 16 pages then; with the 4 pages of a division by 256 hot chunks, which are
// what pool policies differ on, no longer exist.
const SmallDivisor = 64

// Options are what all experiments on racks take. The zero value is small scale and one seed.
type Options struct {
	// Scale is "small" (or ""), "paper", or what footprints, caches, local memory, chunks and
	// windows are divided by, a power of four from 1 to 256: "small" is 64, "paper" 1.
	Scale string
	// Seed decides the start of the nodes, and what random policies draw; 0 stands for 1.
	Seed uint64
	// Runs is the folder in which finished runs are kept; see [Sweep].
	Runs string
	// Progress may be nil. It is called often, from one goroutine at a time, with the accesses
	// simulated so far and, estimated anew each time, those that have to be in all; both are the
	// same at the end and not before. Runs that had been kept count in neither: if all had been,
	// it is not called. [TableI] counts references.
	Progress func(done, total int)

	watch  func(SweepProgress) // if not nil, takes the progress of sweeps, and Progress does not
	change func(*dmem.Config)  // made to every configuration; for tests
}

// Divisor returns what the paper's rack is divided by at a scale; see [Options].
func Divisor(scale string) (int, error) {
	switch scale {
	case "", "small":
		return SmallDivisor, nil
	case "paper":
		return 1, nil
	}
	n, err := strconv.Atoi(scale)
	if err == nil {
		for d := 1; d <= 256; d *= 4 {
			if n == d {
				return d, nil
			}
		}
	}
	return 0, fmt.Errorf("experiment: unknown scale %q: want small, paper, or a divisor of the paper's rack: 1, 4, 16, 64 or 256", scale)
}

func (o *Options) seed() uint64 { return max(o.Seed, 1) }
