package nb

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-gota/gota/dataframe"
	gota "github.com/go-gota/gota/series"

	"github.com/dmemsys/dmemsys/dmem/stats"
)

// Frame returns a table as a data frame: columns named by heading ("mean_ns"), of gota's
// types String, Int and Float; NaN stays NaN. It panics on two columns of one name, which a
// frame cannot hold.
//
// A frame prints floats with six decimals and forgets the order of groups: take the numbers
// to be kept from the table.
func Frame(t *stats.Table) dataframe.DataFrame {
	seen := map[string]bool{}
	columns := make([]gota.Series, len(t.Columns))
	for i, c := range t.Columns {
		name := c.Heading()
		if seen[name] {
			panic(fmt.Errorf("nb: table %q has two columns %q", t.Title, name))
		}
		seen[name] = true
		columns[i] = column(name, t, i)
	}
	df := dataframe.New(columns...)
	if df.Err != nil {
		panic(fmt.Errorf("nb: table %q: %w", t.Title, df.Err))
	}
	return df
}

func column(name string, t *stats.Table, i int) gota.Series {
	kind := gota.String
	if len(t.Rows) > 0 {
		switch t.Rows[0][i].(type) {
		case int64:
			kind = gota.Int
		case float64:
			kind = gota.Float
		}
	}
	switch kind {
	case gota.Int:
		return gota.New(values(t, i, func(v int64) int { return int(v) }), kind, name)
	case gota.Float:
		return gota.New(values(t, i, func(v float64) float64 { return v }), kind, name)
	}
	return gota.New(values(t, i, func(v string) string { return v }), kind, name)
}

func values[T, U any](t *stats.Table, i int, convert func(T) U) []U {
	out := make([]U, len(t.Rows))
	for r, row := range t.Rows {
		out[r] = convert(row[i].(T))
	}
	return out
}

// Cells of a table as they are shown.
type cells struct {
	title   string
	heading []string
	number  []bool // columns of numbers
	text    [][]string
	exact   [][]string // the value with all its digits, where text has fewer
}

// tableCells formats a table: its headings show units.
func tableCells(t *stats.Table) cells {
	c := frameCells(Frame(t))
	c.title = t.Title
	for i, col := range t.Columns {
		c.heading[i] = strings.ReplaceAll(col.Name, "_", " ")
		if col.Unit != "" {
			c.heading[i] += " (" + col.Unit + ")"
		}
	}
	return c
}

// frameCells formats a data frame. The numbers of a column have the same decimals, as many
// as its least value needs for three digits, none when all are whole; thousands are grouped
// in the whole column as soon as one value has five digits.
func frameCells(df dataframe.DataFrame) cells {
	if df.Err != nil {
		panic(fmt.Errorf("nb: data frame: %w", df.Err))
	}
	c := cells{heading: df.Names()}
	c.text = make([][]string, df.Nrow())
	c.exact = make([][]string, df.Nrow())
	for _, name := range df.Names() {
		s := df.Col(name)
		c.number = append(c.number, s.Type() == gota.Int || s.Type() == gota.Float)
		digits, long := 0, false
		if c.number[len(c.number)-1] {
			digits, long = decimals(s.Float()), slices.ContainsFunc(s.Float(), func(v float64) bool { return math.Abs(v) >= 10_000 })
		}
		for r := range df.Nrow() {
			e := s.Elem(r)
			shown, exact := e.String(), ""
			switch {
			case e.IsNA() && s.Type() != gota.String:
				shown = "–"
			case s.Type() == gota.Int:
				shown = grouped(shown, long)
			case s.Type() == gota.Float:
				v := e.Float()
				shown = grouped(unsigned(strconv.FormatFloat(v, 'f', digits, 64)), long && !math.IsInf(v, 0))
				if full := strconv.FormatFloat(v, 'g', -1, 64); strings.ReplaceAll(shown, ",", "") != full {
					exact = full
				}
			}
			c.text[r], c.exact[r] = append(c.text[r], shown), append(c.exact[r], exact)
		}
	}
	return c
}

func decimals(values []float64) int {
	least, whole := math.Inf(1), true
	for _, v := range values {
		if a := math.Abs(v); a > 0 && !math.IsInf(v, 0) {
			least, whole = min(least, a), whole && v == math.Trunc(v)
		}
	}
	if whole {
		return 0
	}
	return min(max(2-int(math.Floor(math.Log10(least))), 1), 9)
}

// html returns the table for a notebook. Alignment is given twice, as pages that show
// notebooks drop styles.
func (c cells) html() string {
	var b strings.Builder
	b.WriteString("<table>\n")
	if c.title != "" {
		fmt.Fprintf(&b, "<caption>%s</caption>\n", html.EscapeString(c.title))
	}
	side := func(i int) string {
		if c.number[i] {
			return ` align="right" style="text-align:right"`
		}
		return ` align="left" style="text-align:left"`
	}
	b.WriteString("<thead><tr>")
	for i, h := range c.heading {
		fmt.Fprintf(&b, "<th%s>%s</th>", side(i), html.EscapeString(h))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for r, row := range c.text {
		b.WriteString("<tr>")
		for i, v := range row {
			title := ""
			if c.exact[r][i] != "" {
				title = fmt.Sprintf(" title=%q", c.exact[r][i])
			}
			fmt.Fprintf(&b, "<td%s%s>%s</td>", side(i), title, html.EscapeString(v))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

// plain returns the table as text with aligned columns.
func (c cells) plain() string {
	width := make([]int, len(c.heading))
	lines := append([][]string{c.heading}, c.text...)
	for _, line := range lines {
		for i, v := range line {
			width[i] = max(width[i], utf8.RuneCountInString(v))
		}
	}
	var b strings.Builder
	if c.title != "" {
		b.WriteString(c.title + "\n")
	}
	for _, line := range lines {
		var row strings.Builder
		for i, v := range line {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(v))
			if i > 0 {
				row.WriteString("  ")
			}
			if c.number[i] {
				row.WriteString(pad + v)
			} else {
				row.WriteString(v + pad)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}
