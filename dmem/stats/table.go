package stats

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Column is a named column of a [Table]. Its unit is part of its heading.
type Column struct {
	Name string // snake case
	Unit string // "ns", "%", "B", ...; empty for names and counts
}

// Heading returns the column's name in files: name and unit, "mean_ns".
func (c Column) Heading() string {
	switch c.Unit {
	case "":
		return c.Name
	case "%":
		return c.Name + "_percent"
	}
	return c.Name + "_" + c.Unit
}

// Table is a result as rows of typed values: string, int64 or float64, the same type in a
// whole column. NaN stands for "no samples".
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]any
}

// NewTable returns an empty table.
func NewTable(title string, columns ...Column) *Table { return &Table{Title: title, Columns: columns} }

// Append adds a row. Integers of any type are stored as int64. It panics when the number of
// values or a value's type does not fit the columns: that is a fault of the program.
func (t *Table) Append(values ...any) {
	if len(values) != len(t.Columns) {
		panic(fmt.Sprintf("stats: table %q: %d values for %d columns", t.Title, len(values), len(t.Columns)))
	}
	row := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string, float64, int64:
			row[i] = v
		case int:
			row[i] = int64(v)
		case uint64:
			row[i] = int64(v)
		case uint32:
			row[i] = int64(v)
		default:
			panic(fmt.Sprintf("stats: table %q: column %s: a table holds no %T", t.Title, t.Columns[i].Name, v))
		}
		if len(t.Rows) > 0 && fmt.Sprintf("%T", row[i]) != fmt.Sprintf("%T", t.Rows[0][i]) {
			panic(fmt.Sprintf("stats: table %q: column %s: %T after %T", t.Title, t.Columns[i].Name, row[i], t.Rows[0][i]))
		}
	}
	t.Rows = append(t.Rows, row)
}

// WriteCSV writes a header line and the rows. Floats are written with as many digits as
// they need to be read back exactly, NaN as an empty cell.
func (t *Table) WriteCSV(w io.Writer) error {
	cw := csv.NewWriter(w)
	record := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		record[i] = c.Heading()
	}
	if err := cw.Write(record); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for i, v := range row {
			record[i] = cell(v)
		}
		if err := cw.Write(record); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

func cell(v any) string {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return v.(string)
}

// MarshalJSON writes the rows as a list of objects keyed by heading, NaN as null.
func (t *Table) MarshalJSON() ([]byte, error) {
	rows := make([]map[string]any, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make(map[string]any, len(row))
		for j, v := range row {
			if f, ok := v.(float64); ok && math.IsNaN(f) {
				v = nil
			}
			rows[i][t.Columns[j].Heading()] = v
		}
	}
	return json.Marshal(rows)
}
