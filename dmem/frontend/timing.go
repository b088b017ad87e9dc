package frontend

import (
	"fmt"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Rule is how the costs of a reference combine.
type Rule uint8

// The rules.
const (
	// Sum charges each part: L1 to a reference to data, L2 for each line missing in L1, L3
	// for each missing in L2, the TLB, and Instruction to every instruction. A fetch costs
	// nothing itself if it hits.
	Sum Rule = iota
	// Longest charges the longer of the TLB and the level that held the line, or of the
	// TLB alone if none did. Instruction stands for the fetch of an instruction that is
	// not among the references.
	Longest
	numRules
)

var ruleNames = [numRules]string{"sum", "longest"}

// String returns "sum" or "longest".
func (r Rule) String() string {
	if r < numRules {
		return ruleNames[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// MarshalText implements [encoding.TextMarshaler]; a rule that does not exist is an error.
func (r Rule) MarshalText() ([]byte, error) {
	if r >= numRules {
		return nil, fmt.Errorf("frontend: rule %d: want 0 to %d", uint8(r), numRules-1)
	}
	return []byte(ruleNames[r]), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]; an unknown name is an error that
// lists the known ones.
func (r *Rule) UnmarshalText(b []byte) error {
	for i, name := range ruleNames {
		if string(b) == name {
			*r = Rule(i)
			return nil
		}
	}
	return fmt.Errorf("frontend: unknown rule %q: want one of %s", b, strings.Join(ruleNames[:], ", "))
}

// Timing is what a reference costs its core, in cycles of Config.Clock. No memory latency
// is in it. The zero value stamps every miss with 0.
type Timing struct {
	Rule        Rule         `toml:"rule" json:"rule" comment:"sum, or longest of the TLB and the level that held the line"`
	Instruction units.Cycles `toml:"instruction" json:"instruction" comment:"of each instruction; by the longest rule, of each whose fetch is no reference"`
	TLBHit      units.Cycles `toml:"tlb_hit" json:"tlb_hit"`
	TLBMiss     units.Cycles `toml:"tlb_miss" json:"tlb_miss"`
	L1          units.Cycles `toml:"l1" json:"l1" comment:"by the sum rule of a reference to data, by the longest of a hit"`
	L2          units.Cycles `toml:"l2" json:"l2" comment:"of an L1 miss, of a hit in L2"`
	L3          units.Cycles `toml:"l3" json:"l3" comment:"of an L2 miss, of a hit in L3"`
}

// ComputeTime returns the time a program computes between its misses, for a replay in
// which latency delays what follows.
func ComputeTime() Timing {
	return Timing{
		Rule:        Sum,
		Instruction: 1,  // as the stamps of the traces in data/traces
		TLBHit:      0,  // hidden
		TLBMiss:     60, // Table II
		L1:          4,  // Table II
		L2:          12, // Table II
		L3:          41, // Table II
	}
}

// Tracer returns what the paper's tool, a Pin tool of DRackSim, charges: a serial machine
// that spends at least 10 cycles on an instruction's fetch and 10 on its operand. It is for
// a replay in which latency delays nothing.
func Tracer() Timing {
	return Timing{
		Rule:        Longest,
		Instruction: 10, // its fetch: TLB hit and L1I hit
		TLBHit:      10, // DRackSim, Mem_Trace.cpp:529-537, as all that follow
		TLBMiss:     60,
		L1:          4,
		L2:          12,
		L3:          42, // 41 in Table II
	}
}

// maxCost bounds a cost, so that no clock can overflow within a batch.
const maxCost units.Cycles = 1 << 16

// The depths at which a line can be found.
const (
	inL1 = iota
	inL2
	inL3
	inMemory
	depths
)

// costs is the cost of a reference to one line, by TLB miss (0 or 1) and depth.
type costs [2][depths]units.Cycles

// tables returns the costs of references to data and of fetches.
func (t Timing) tables() (data, code costs) {
	level := [depths]units.Cycles{t.L1, t.L2, t.L3, 0}
	for miss, tlb := range [2]units.Cycles{t.TLBHit, t.TLBMiss} {
		beyond := units.Cycles(0) // of the levels searched after L1
		for depth := range depths {
			if t.Rule == Longest {
				data[miss][depth] = max(tlb, level[depth])
				code[miss][depth] = max(tlb, level[depth])
				continue
			}
			if depth == inL2 || depth == inL3 {
				beyond += level[depth]
			}
			data[miss][depth] = tlb + t.L1 + beyond
			code[miss][depth] = tlb + beyond
		}
	}
	return data, code
}
