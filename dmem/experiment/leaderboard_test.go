package experiment

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/pool"
)

// TestLeaderboardAgain regenerates the rows of one mix and holds them to the kept results.
func TestLeaderboardAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("makes ten runs")
	}
	f, err := os.Open("../../data/results/leaderboard.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	kept, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, row := range kept {
		want[strings.Join(row[:4], ",")] = strings.Join(row, ",")
	}
	b, err := leaderboard(t.Context(), Options{Runs: t.TempDir()}, SmallDivisor, LeaderboardSeeds, Mixes()[:1], []pool.Policy{pool.SmartIdle, pool.LeastLoaded})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := b.Table().WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v: want a heading and four", len(rows), err)
	}
	for _, row := range rows {
		if got := strings.Join(row, ","); got != want[strings.Join(row[:4], ",")] {
			t.Errorf("got  %s\nkept %s", got, want[strings.Join(row[:4], ",")])
		}
	}
}

// TestMixes: all mixes are valid configurations, and those of streams have the accesses and
// the chunks they tell.
func TestMixes(t *testing.T) {
	for _, m := range Mixes() {
		for _, divisor := range []int{64, 16} {
			c := m.config(divisor)
			if err := c.Validate(); err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			if c.Workloads[0].Synthetic == nil {
				continue
			}
			records := int64(0)
			for i := range c.Nodes {
				records += c.Workloads[i%len(c.Workloads)].Synthetic.Records
			}
			want := int64(c.Nodes * chunksANode * int(c.Chunk/64))
			if records < want-int64(c.Nodes) || records > want {
				t.Errorf("%s: %d accesses, want %d", m.Name, records, want)
			}
		}
	}
}

// TestBoard works a board of two policies through by hand.
func TestBoard(t *testing.T) {
	score := func(mean ...float64) []Score {
		var all []Score
		for _, m := range mean {
			all = append(all, Score{MeanNs: m, P99Ns: 10 * m})
		}
		return all
	}
	b := &Board{Policies: []pool.Policy{pool.SmartIdle, pool.RoundRobin}, Seeds: 2, Cases: []Case{
		{Mix: Mix{Name: "a"}, Start: "staggered", Scores: [][]Score{score(200, 400), score(100, 200)}},
		{Mix: Mix{Name: "b"}, Start: "staggered", Scores: [][]Score{score(100, 100), score(200, 50)}},
	}}
	got := fmt.Sprint(b.Ratio(&b.Cases[0], 1, MeanNs), b.Ratio(&b.Cases[1], 1, MeanNs).Mean)
	if want := "0.5 [0.5, 0.5] 1"; got != want {
		t.Errorf("ratios %s, want %s", got, want)
	}
	r := b.Ranking()
	if r[0].Policy != "round-robin" || r[0].MeanWins != 1 || r[0].MeanLosses != 0 || r[0].WorstMeanCase != "b, staggered" || r[1].WorstMean != 1 {
		t.Errorf("ranking %+v", r)
	}
	if ratio, low, _ := b.Row("random", MeanNs); ratio != nil || low != nil {
		t.Errorf("a policy that is not there has the ratios %v", ratio)
	}
}
