package workload

import (
	"fmt"
	"slices"
	"strings"
)

// presets are the programs known by name.
var presets = []struct {
	name string
	make func(s float64) Program
}{
	{"lbm", func(s float64) Program { return PaperLBM().Scaled(s) }},
	{"fotonik3d", func(s float64) Program { return PaperFDTD().Scaled(s) }},
	{"fft", func(s float64) Program { return PaperFFT().Scaled(s) }},
	{"fmm", func(s float64) Program { return PaperFMM().Scaled(s) }},
	{"stream", func(s float64) Program { return synthetic(Stream, s) }},
	{"strided", func(s float64) Program { return synthetic(Strided, s) }},
	{"random", func(s float64) Program { return synthetic(Random, s) }},
	{"zipf", func(s float64) Program { return synthetic(Zipf, s) }},
	{"chase", func(s float64) Program { return synthetic(Chase, s) }},
	{"bursts", func(s float64) Program { return bursts(s) }},
	{"phases", func(s float64) Program { return phases(s) }},
}

func synthetic(p Pattern, s float64) Synthetic {
	c := DefaultSynthetic()
	c.Pattern = p
	return c.Scaled(s)
}

// bursts are a thousand random references, then as many instructions as would be ten
// thousand references.
func bursts(s float64) Synthetic {
	c := synthetic(Random, s)
	c.Burst, c.Pause = 1000, 30_000
	return c
}

// phases alternate between a stream and a few random references, five times.
func phases(s float64) Phases {
	stream, random := synthetic(Stream, s), synthetic(Random, s)
	stream.References, random.References = 200_000, 50_000
	random.Instructions = 10
	return Phases{Parts: []Synthetic{stream, random}, Rounds: 5}
}

// Names returns the names that [Lookup] knows: the kernels of the paper's Table I, then
// synthetic programs.
func Names() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Lookup returns a program by its name, its footprint scaled by s; 1 is the preset's. An
// unknown name is an error that lists the known ones; a scale that makes the program
// impossible is the error of its Validate.
func Lookup(name string, s float64) (Program, error) {
	i := slices.Index(Names(), name)
	if i < 0 {
		return nil, fmt.Errorf("workload: unknown %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	p := presets[i].make(s)
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("workload: %s, scaled by %v: %w", name, s, err)
	}
	return p, nil
}
