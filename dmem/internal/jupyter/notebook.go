package jupyter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// object is a JSON object of the notebook format. What this package does not know it keeps.
type object = map[string]any

// parse reads a notebook.
func parse(data []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var nb object
	if err := d.Decode(&nb); err != nil {
		return nil, fmt.Errorf("no notebook: %w", err)
	}
	if _, ok := nb["cells"].([]any); !ok || fmt.Sprint(nb["nbformat"]) != "4" {
		return nil, fmt.Errorf("no notebook of format 4")
	}
	return nb, nil
}

// encode writes a notebook as Jupyter does: keys in order, one blank of indent.
func encode(nb object) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(nb)
	return b.Bytes(), err
}

// cellsOf returns the cells of a notebook.
func cellsOf(nb object) []object { return objects(nb["cells"]) }

func objects(list any) []object {
	items, _ := list.([]any)
	var out []object
	for _, item := range items {
		if o, ok := item.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// textOf returns a text that the format stores as a string or as a list of lines.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, line := range v {
			s, _ := line.(string)
			b.WriteString(s)
		}
		return b.String()
	}
	return ""
}

// lines returns a text as the list that the format stores.
func lines(s string) []any {
	out := []any{}
	for _, line := range strings.SplitAfter(s, "\n") {
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

// tagged reports whether a cell has a tag.
func tagged(cell object, tag string) bool {
	meta, _ := cell["metadata"].(object)
	tags, _ := meta["tags"].([]any)
	return slices.Contains(tags, any(tag))
}

// CellError reports a cell that failed.
type CellError struct {
	Notebook string // path
	Cell     int    // number among all cells, the first is 1
	Reason   string
	Source   string
	Output   string // error, streams and texts
}

func (e *CellError) Error() string {
	s := fmt.Sprintf("%s: cell %d: %s\n  source:\n%s", e.Notebook, e.Cell, e.Reason, indent(e.Source))
	if e.Output != "" {
		s += "\n  output:\n" + indent(e.Output)
	}
	return s
}

// failure returns the first failure in an executed notebook, nil if there is none.
func failure(path string, nb object) *CellError {
	for i, cell := range cellsOf(nb) {
		if cell["cell_type"] != "code" || tagged(cell, "raises-exception") {
			continue
		}
		if reason := fault(cell); reason != "" {
			return &CellError{Notebook: path, Cell: i + 1, Reason: reason, Source: textOf(cell["source"]), Output: printed(cell)}
		}
	}
	return nil
}

// Lines on standard error by which the kernel tells of a failure and calls the cell a success.
var silent = []struct{ pattern, reason string }{
	{"failed to write to GoNB pipe", "a display failed"},
	{"failed to read from GoNB pipe", "a display failed"},
	{"exit status ", "a command failed"},
	{"signal: ", "a command was killed"},
}

// fault returns why a cell failed, "" if it did not.
func fault(cell object) string {
	outputs := objects(cell["outputs"])
	picture, reason := false, ""
	for _, o := range outputs {
		switch o["output_type"] {
		case "error":
			return "failed"
		case "stream":
			if o["name"] != "stderr" {
				continue
			}
			for _, s := range silent {
				if reason == "" && strings.Contains(textOf(o["text"]), s.pattern) {
					reason = s.reason
				}
			}
		}
		data, _ := o["data"].(object)
		_, ok := data["image/png"]
		picture = picture || ok
	}
	if reason == "" && tagged(cell, "figure") && !picture {
		reason = `tagged "figure", but it shows none`
	}
	return reason
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// printed returns the outputs of a cell as text.
func printed(cell object) string {
	var b strings.Builder
	for _, o := range objects(cell["outputs"]) {
		s := ""
		switch o["output_type"] {
		case "stream": // comes in chunks
			b.WriteString(ansi.ReplaceAllString(textOf(o["text"]), ""))
			continue
		case "error":
			if s = textOf(join(o["traceback"])); strings.TrimSpace(s) == "" {
				s = fmt.Sprintf("%v: %v", o["ename"], o["evalue"])
			}
		default:
			data, _ := o["data"].(object)
			s = textOf(data["text/plain"])
		}
		s = strings.TrimRight(ansi.ReplaceAllString(s, ""), "\n")
		if s == "" || strings.HasSuffix(strings.TrimRight(b.String(), "\n"), "\n"+s) {
			continue // said before
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString("\n")
		}
		b.WriteString(s + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// join ends each entry of a list with a line feed.
func join(v any) any {
	items, _ := v.([]any)
	out := make([]any, len(items))
	for i, item := range items {
		s, _ := item.(string)
		out[i] = strings.TrimRight(s, "\n") + "\n"
	}
	return out
}
