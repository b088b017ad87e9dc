package jupyter

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// normalize brings an executed notebook into the form that does not depend on the time, the
// machine or the order in which outputs happened to arrive; original is the notebook before.
func normalize(nb, original object) {
	meta, _ := nb["metadata"].(object)
	if meta == nil {
		meta = object{}
		nb["metadata"] = meta
	}
	delete(meta, "widgets")
	delete(meta, "signature")
	meta["kernelspec"] = object{"display_name": "Go (gonb)", "language": "go", "name": kernelName}
	meta["language_info"] = object{"file_extension": ".go", "mimetype": "text/x-go", "name": "go"}
	for _, k := range []string{"nbformat", "nbformat_minor"} {
		nb[k] = original[k]
	}
	before := cellsOf(original)
	count := 0
	for i, cell := range cellsOf(nb) {
		delete(cell, "id")
		if i < len(before) && before[i]["id"] != nil {
			cell["id"] = before[i]["id"]
		} else if minor(original) >= 5 {
			cell["id"] = fmt.Sprintf("cell-%d", i+1)
		}
		if m, ok := cell["metadata"].(object); ok {
			for _, k := range []string{"execution", "ExecuteTime", "collapsed", "scrolled"} {
				delete(m, k)
			}
		}
		if cell["cell_type"] != "code" {
			continue
		}
		cell["execution_count"] = nil
		if strings.TrimSpace(textOf(cell["source"])) != "" {
			count++
			cell["execution_count"] = json.Number(strconv.Itoa(count))
		}
		cell["outputs"] = outputs(objects(cell["outputs"]), cell["execution_count"])
	}
}

func minor(nb object) int {
	n, _ := strconv.Atoi(fmt.Sprint(nb["nbformat_minor"]))
	return n
}

// outputs returns the lasting outputs of a cell: what it printed, what it printed to standard
// error, and then its displays.
func outputs(all []object, count any) []any {
	text := map[string]*strings.Builder{"stdout": {}, "stderr": {}}
	displays := []any{}
	for _, o := range all {
		if o["output_type"] == "stream" {
			if b := text[fmt.Sprint(o["name"])]; b != nil {
				b.WriteString(textOf(o["text"]))
			}
			continue
		}
		data, _ := o["data"].(object)
		if o["output_type"] != "error" && empty(data) {
			continue // of something transient, a progress bar
		}
		delete(o, "transient")
		switch o["output_type"] {
		case "execute_result":
			o["execution_count"] = count
		case "error":
			trace, _ := o["traceback"].([]any)
			for i, line := range trace {
				trace[i] = lasting(fmt.Sprint(line))
			}
		}
		displays = append(displays, o)
	}
	out := []any{}
	for _, name := range []string{"stdout", "stderr"} {
		s := text[name].String()
		if name == "stderr" {
			s = lasting(s)
		}
		if s != "" {
			out = append(out, object{"output_type": "stream", "name": name, "text": lines(s)})
		}
	}
	return append(out, displays...)
}

// empty reports whether a display shows nothing.
func empty(data object) bool {
	for _, v := range data {
		if _, isText := v.(string); !isText {
			if _, isList := v.([]any); !isList {
				return false
			}
		}
		if strings.TrimSpace(textOf(v)) != "" {
			return false
		}
	}
	return true
}

var (
	// stack is the stack trace of a panic: addresses and paths of one execution.
	stack = regexp.MustCompile(`(?m)^goroutine \d+ (.*\n)*?((?:exit status|signal: )|\z)`)
	// work is the kernel's temporary folder.
	work = regexp.MustCompile(`[^\s"']*/gonb_[0-9a-f]+/`)
)

// lasting removes from standard error what only one execution has.
func lasting(s string) string {
	var out strings.Builder
	for _, line := range strings.SplitAfter(s, "\n") {
		if !strings.HasPrefix(line, "go: downloading ") {
			out.WriteString(line)
		}
	}
	return work.ReplaceAllString(stack.ReplaceAllString(out.String(), "$2"), "")
}
