package nb

import (
	"strings"
	"testing"

	gota "github.com/go-gota/gota/series"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

func results() *stats.Table {
	t := stats.NewTable("Random <pools>", stats.Column{Name: "policy"}, stats.Column{Name: "accesses"},
		stats.Column{Name: "mean_latency", Unit: "ns"}, stats.Column{Name: "over_1000ns", Unit: "%"})
	t.Append("random", 1_234_567, 432.123456789, 2e-7)
	t.Append("idle", 12, 1000.5, nan)
	return t
}

func TestFrame(t *testing.T) {
	df := Frame(results())
	if got := strings.Join(df.Names(), " "); got != "policy accesses mean_latency_ns over_1000ns_percent" {
		t.Errorf("columns %s", got)
	}
	if ty := df.Types(); ty[0] != gota.String || ty[1] != gota.Int || ty[2] != gota.Float {
		t.Errorf("types %v", ty)
	}
	if v := df.Col("mean_latency_ns").Float()[0]; v != 432.123456789 {
		t.Errorf("value %v", v)
	}
	if !df.Col("over_1000ns_percent").Elem(1).IsNA() {
		t.Error("NaN is lost")
	}
	empty := Frame(stats.NewTable("empty", stats.Column{Name: "a"}))
	if empty.Nrow() != 0 || empty.Ncol() != 1 {
		t.Errorf("a table without rows has %d x %d", empty.Nrow(), empty.Ncol())
	}
}

func TestTableText(t *testing.T) {
	const want = `Random <pools>
policy   accesses  mean latency (ns)  over 1000ns (%)
random  1,234,567              432.1      0.000000200
idle           12             1000.5                –
`
	if got := tableCells(results()).plain(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTableHTML(t *testing.T) {
	got := tableCells(results()).html()
	for _, want := range []string{
		"<caption>Random &lt;pools&gt;</caption>",
		`<th align="right" style="text-align:right">mean latency (ns)</th>`,
		`<td align="right" style="text-align:right" title="432.123456789">432.1</td>`,
		`title="2e-07"`,
		`<td align="left" style="text-align:left">random</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestTwoColumnsOfOneName(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(error).Error(), `two columns "a"`) {
			t.Errorf("recovered %v", r)
		}
	}()
	Frame(stats.NewTable("t", stats.Column{Name: "a"}, stats.Column{Name: "a"}))
}
