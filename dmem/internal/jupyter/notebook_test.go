package jupyter

import (
	"strings"
	"testing"
)

// notebook returns a notebook of one code cell with the given tags and outputs, as JSON.
func notebook(t *testing.T, tags, outputs string) object {
	t.Helper()
	nb, err := parse([]byte(`{"cells": [
		{"cell_type": "markdown", "metadata": {}, "source": "text"},
		{"cell_type": "code", "execution_count": 7, "id": "b", "metadata": {"execution": {"iopub": 1}, "tags": [` + tags + `]},
		 "source": ["%%\n", "run()"], "outputs": [` + outputs + `]}],
		"metadata": {"kernelspec": {"name": "go-nightly"}}, "nbformat": 4, "nbformat_minor": 5}`))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

const (
	picture = `{"output_type": "display_data", "metadata": {"image/png": {"width": 1}}, "data": {"image/png": "AA=="}}`
	bar     = `{"output_type": "display_data", "metadata": {}, "transient": {"display_id": "x"}, "data": {"text/html": [""]}}`
)

func stderr(text string) string {
	return `{"output_type": "stream", "name": "stderr", "text": "` + text + `"}`
}

func TestFailure(t *testing.T) {
	for _, c := range []struct{ name, tags, outputs, want string }{
		{"success", "", stderr("a warning\\n") + "," + picture, ""},
		{"error", "", `{"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": ["` + "\\u001b[7mCell [5]\\u001b[0m" + ` undefined: x"]}`, "Cell [5] undefined: x"},
		{"panic", "", stderr("panic: no") + "," + stderr(" data\\nexit status 2\\n") + `,{"output_type": "error", "ename": "ERROR", "evalue": "", "traceback": ["exit status 2"]}`, "cell 2: failed"},
		{"panic in chunks", "", stderr("panic: no") + "," + stderr(" data\\nexit status 2\\n") + `,{"output_type": "error", "ename": "ERROR", "evalue": "", "traceback": ["exit status 2"]}`, "    panic: no data\n    exit status 2"},
		{"command", "", stderr("exit status 1\\n"), "a command failed"},
		{"display", "", stderr("E1 failed to write to GoNB pipe"), "a display failed"},
		{"words on stdout", "", `{"output_type": "stream", "name": "stdout", "text": "exit status 1"}`, ""},
		{"figure", `"figure"`, picture, ""},
		{"no figure", `"figure"`, bar, "it shows none"},
		{"may fail", `"raises-exception"`, stderr("exit status 2"), ""},
	} {
		err := failure("a.ipynb", notebook(t, c.tags, c.outputs))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && err == nil:
			t.Errorf("%s: no failure", c.name)
		case c.want != "":
			for _, part := range []string{"a.ipynb: cell 2: ", c.want, "    run()"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %q without %q", c.name, err, part)
				}
			}
			if strings.Contains(err.Error(), "\x1b") {
				t.Errorf("%s: colours in %q", c.name, err)
			}
		}
	}
}

func TestNormalize(t *testing.T) {
	panicked := `panic: no data\n\ngoroutine 1 [running]:\nmain.f({0xc0001, 0x1})\n\t/home/a/main.go:27 +0x178\nexit status 2\n`
	const out = `{"output_type": "stream", "name": "stdout", "text": `
	nb := notebook(t, `"figure"`, strings.Join([]string{
		picture, out + `["one\n", "tw"]}`, stderr("go: downloading m v1\\n" + panicked), bar, out + `"o\n"}`,
	}, ","))
	original := notebook(t, "", "")
	delete(cellsOf(original)[0], "id")
	normalize(nb, original)
	data, err := encode(nb)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "cell-1",
   "metadata": {},
   "source": "text"
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "b",
   "metadata": {
    "tags": [
     "figure"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "one\n",
      "two\n"
     ]
    },
    {
     "name": "stderr",
     "output_type": "stream",
     "text": [
      "panic: no data\n",
      "\n",
      "exit status 2\n"
     ]
    },
    {
     "data": {
      "image/png": "AA=="
     },
     "metadata": {
      "image/png": {
       "width": 1
      }
     },
     "output_type": "display_data"
    }
   ],
   "source": [
    "%%\n",
    "run()"
   ]
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "Go (gonb)",
   "language": "go",
   "name": "gonb"
  },
  "language_info": {
   "file_extension": ".go",
   "mimetype": "text/x-go",
   "name": "go"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
}

func TestNoNotebook(t *testing.T) {
	for _, text := range []string{"", "{}", `{"cells": [], "nbformat": 3}`, `{"cells": 1, "nbformat": 4}`, "<html>"} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is taken for a notebook", text)
		}
	}
}

func TestCellFlags(t *testing.T) {
	for flags, want := range map[string]string{
		"": "-ldflags=-w",
		"-mod=mod  -modcacherw --modfile=x -trimpath": "-modcacherw -trimpath -ldflags=-w",
		"-ldflags=-X=a.b=c":                           "-ldflags=-X=a.b=c",
		"-tags=x '-ldflags=-s -w'":                    "-tags=x '-ldflags=-s -w'",
	} {
		if got := cellFlags(flags); got != want {
			t.Errorf("%q: got %q, want %q", flags, got, want)
		}
	}
}

func TestException(t *testing.T) {
	const text = "[NbConvertApp] Converting\nTraceback (most recent call last):\n  File \"x\", line 1\n    f()\nDeadKernelError: Kernel died\nlast words\n"
	if got, want := exception(text), "DeadKernelError: Kernel died\nlast words\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := exception("no such file"); got != "no such file" {
		t.Errorf("got %q", got)
	}
}
