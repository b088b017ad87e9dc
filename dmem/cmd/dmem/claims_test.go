package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem"
	"github.com/dmemsys/dmemsys/dmem/experiment"
)

// someClaims returns a statement on both machines: one holds, of the other a part does.
func someClaims() []experiment.Claim {
	holds := experiment.Part{Name: "mean in ns", Measured: experiment.Interval{Mean: 5, Low: 4, High: 6, N: 5}, Least: 3, Most: 10}
	fails := experiment.Part{Name: "share in %", Measured: experiment.Interval{Mean: 1, Low: 0, High: 2, N: 5}, Least: 3, Most: 10}
	return []experiment.Claim{
		{ID: "x/table2", Section: "V", Place: "Figure 3", Text: "x is so", Machine: experiment.TableII().Name, Parts: []experiment.Part{holds}, Verdict: experiment.Reproduced},
		{ID: "x/1rank", Section: "V", Place: "Figure 3", Text: "x is so", Machine: experiment.MemoryBound().Name, Parts: []experiment.Part{holds, fails}, Verdict: experiment.Partly, Reason: "share"},
	}
}

// TestClaimsJSON: measured and interval are those of the part that decides.
func TestClaimsJSON(t *testing.T) {
	b, err := json.Marshal(newClaimsReport("small", someClaims()))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Simulator string
		Claims    []struct {
			ID, Section, Claim, Verdict, Reason, Machine string
			Measured                                     float64
			Interval                                     []float64
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Claims) != 2 || got.Simulator != dmem.Fingerprint() {
		t.Fatalf("%d claims by %q", len(got.Claims), got.Simulator)
	}
	first, second := got.Claims[0], got.Claims[1]
	if first.ID != "x/table2" || first.Section != "V" || first.Measured != 5 || first.Interval[0] != 4 || first.Interval[1] != 6 || first.Verdict != "reproduced" || first.Reason != "" {
		t.Errorf("%+v", first)
	}
	if second.Measured != 1 || second.Interval[1] != 2 || second.Verdict != "partly" || second.Reason != "share" {
		t.Errorf("%+v", second)
	}
}

func TestClaimsForPeople(t *testing.T) {
	var out bytes.Buffer
	if err := printClaims(&out, someClaims()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"V, Figure 3: x is so\n", "Table II", "reproduced", "1 [0, 2], wanted 3 to 10", "1 partly"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "x is so"); n != 1 {
		t.Errorf("the statement stands there %d times", n)
	}
}

func TestClaimsBadInput(t *testing.T) {
	for _, args := range [][]string{{"-scale", "huge"}, {"-scale", "8"}, {"extra"}, {"-seeds", "1"}} {
		var out, errs bytes.Buffer
		if code := dispatch(t.Context(), append([]string{"claims"}, args...), &out, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
	}
}

// TestMeasuredWithoutNumber: what never happened has no number, and the report is still JSON.
func TestMeasuredWithoutNumber(t *testing.T) {
	b, err := json.Marshal([]measured{1.5, measured(math.NaN()), measured(math.Inf(1))})
	if err != nil || string(b) != "[1.5,null,null]" {
		t.Errorf("%s, %v", b, err)
	}
}
