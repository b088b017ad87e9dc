package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/stats"
)

// showTable prints a table, and writes it into a folder if one is named.
func showTable(w io.Writer, folder, name string, t *stats.Table) error {
	if err := printTable(w, t); err != nil || folder == "" {
		return err
	}
	return writeTable(folder, name, t)
}

// printTable prints a table for people.
func printTable(w io.Writer, t *stats.Table) error {
	var b bytes.Buffer
	if err := t.WriteCSV(&b); err != nil {
		return err
	}
	r := csv.NewReader(&b)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	fmt.Fprintln(w, t.Title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, s := range row {
			if x, err := strconv.ParseFloat(s, 64); err == nil {
				row[i] = fmt.Sprintf("%.4g", x)
			}
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}

// makeFolder makes the folder of tables, if one is named: before the runs, which take long.
func makeFolder(folder string) error {
	if folder == "" {
		return nil
	}
	return os.MkdirAll(folder, 0o777)
}

// writeTable writes a table as CSV.
func writeTable(folder, name string, t *stats.Table) error {
	return wholefile.Write(tablePath(folder, name), t.WriteCSV)
}

// tablePath returns where a table is written.
func tablePath(folder, name string) string { return filepath.Join(folder, name+".csv") }
