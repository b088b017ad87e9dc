package jupyter_test

import (
	"context"
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/dmemsys/dmemsys/dmem/internal/jupyter"
)

var (
	browser     = flag.String("browser", "", "open the notebook `NAME`, a path below notebooks without .ipynb, in a real browser; all: every notebook")
	screenshots = flag.String("screenshots", "", "with -browser: keep pictures of the pages in `DIR`")
)

// fronts is the JavaScript that makes window.front of a front end.
//
//go:embed testdata/lab.js testdata/classic.js testdata/drawing.js
var fronts embed.FS

// TestBrowser drives JupyterLab and the classic notebook in headless Chromium as a reader
// would: open a notebook, run all, move sliders, interrupt, go on, save, reload.
//
//	go test ./dmem/internal/jupyter -run TestBrowser -v -browser quickstart -screenshots pages
func TestBrowser(t *testing.T) {
	if *browser == "" {
		t.Skip("asked for by -browser quickstart or -browser all")
	}
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Skip("there is no Chromium; on Debian: apt-get install chromium")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range []struct {
		name   string
		app    jupyter.App
		script string
		args   []string
	}{
		{"JupyterLab", jupyter.Lab, "lab.js", []string{"--LabApp.expose_app_in_browser=True"}},
		{"Classic", jupyter.Classic, "classic.js", nil},
	} {
		t.Run(app.name, func(t *testing.T) {
			env, err := jupyter.Setup(t.Context(), root, app.app, func(s string) { t.Log(s) })
			if err != nil {
				t.Skip(err)
			}
			script, err := fronts.ReadFile("testdata/" + app.script)
			if err != nil {
				t.Fatal(err)
			}
			for _, source := range chosen(t, filepath.Join(root, "notebooks")) {
				name := strings.TrimSuffix(source, ".ipynb")
				t.Run(name, func(t *testing.T) {
					copied, original := browsed(t, filepath.Join(root, "notebooks", source))
					address := serve(t, env, jupyter.Server{Root: root, Notebook: "dmem/internal/jupyter/" + copied, Args: app.args})
					r := &reader{T: t, ctx: tab(t, chromium), script: string(script), prefix: app.name + "-" + strings.ReplaceAll(name, "/", "-")}
					r.read(address, original)
				})
			}
		})
	}
}

// chosen returns the notebooks that -browser names, as paths from dir.
func chosen(t *testing.T, dir string) []string {
	t.Helper()
	if *browser != "all" {
		return []string{*browser + ".ipynb"}
	}
	var out []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".ipynb") && !strings.Contains(path, ".ipynb_checkpoints") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// facts are what is known of a notebook before it is opened.
type facts struct {
	codeCells int // with the two that browsed adds
	pictures  int
}

// browsed copies a notebook into the repository, with two more cells: one that never ends, to
// be interrupted, and one for afterwards. The outputs are dropped: what a page shows has come
// from its kernel.
func browsed(t *testing.T, source string) (path string, f facts) {
	t.Helper()
	var nb map[string]any
	if err := json.Unmarshal(read(t, source), &nb); err != nil {
		t.Fatal(err)
	}
	cells, _ := nb["cells"].([]any)
	for _, c := range cells {
		cell := c.(map[string]any)
		if cell["cell_type"] != "code" {
			continue
		}
		f.codeCells++
		outputs, _ := cell["outputs"].([]any)
		for _, o := range outputs {
			if data, _ := o.(map[string]any)["data"].(map[string]any); data["image/png"] != nil {
				f.pictures++
			}
		}
		cell["outputs"], cell["execution_count"] = []any{}, nil
	}
	add := func(id, source string) {
		cells = append(cells, map[string]any{"cell_type": "code", "id": id, "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil, "source": source})
		f.codeCells++
	}
	add("endless", "%%\nfmt.Println(\"begun\")\nfor {\n\ttime.Sleep(time.Second)\n}")
	add("after", "%%\nfmt.Println(\"still \" + \"alive\")")
	nb["cells"] = cells
	dir, err := os.MkdirTemp("testdata", "browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := json.Marshal(nb)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, filepath.Base(source))
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(path), f
}

// serve runs a server until the test ends.
func serve(t *testing.T, env *jupyter.Env, s jupyter.Server) jupyter.Address {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan jupyter.Address, 1), make(chan error, 1)
	s.Ready = func(a jupyter.Address) { ready <- a }
	go func() { ended <- env.Serve(ctx, s) }()
	t.Cleanup(cancel)
	select {
	case a := <-ready:
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		return a
	case err := <-ended:
		t.Fatal(err)
		panic("unreachable")
	}
}

// tab returns the context of a page in a browser of its own.
func tab(t *testing.T, chromium string) context.Context {
	t.Helper()
	o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 1000))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), o...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events newer than the library
	t.Cleanup(cancel)
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventJavascriptDialogOpening:
			go func() { _ = chromedp.Run(ctx, page.HandleJavaScriptDialog(true)) }()
		case *runtime.EventExceptionThrown:
			t.Logf("the page: %v", e.ExceptionDetails)
		}
	})
	return ctx
}

// reader is one who reads a notebook.
type reader struct {
	*testing.T
	ctx    context.Context
	script string // makes window.front
	prefix string // of screenshots
	shots  int
}

// Longest times; a notebook itself should need less than a minute.
const (
	pageTime = 2 * time.Minute
	runTime  = 10 * time.Minute
	stepTime = 30 * time.Second
	liveTime = 4 * time.Second // a cell that shows sliders and runs on for longer waits for their moves
)

// read reads a notebook as TestBrowser says.
func (r *reader) read(a jupyter.Address, f facts) {
	r.open(a.Page)
	endless, after := f.codeCells-2, f.codeCells-1
	if name := eval[string](r, `front.kernel()`); name != "gonb" {
		r.Fatalf("the kernel is %q", name)
	}

	began := time.Now()
	r.do(`front.runAll()`)
	tried := map[int]bool{}
	seen := map[int]time.Time{} // running cells with sliders
	r.until(runTime, "the notebook has run", func() bool {
		r.noErrors()
		states := eval[[]string](r, `front.states()`)
		for i, s := range states[:endless] {
			if s == "running" && !tried[i] && r.sliders(i) > 0 {
				if seen[i].IsZero() {
					seen[i] = time.Now()
				}
				if time.Since(seen[i]) < liveTime {
					continue // it may only have shown its last display
				}
				tried[i] = true // it lives until it is stopped
				r.slide(i)
				r.do(`front.interrupt()`)
			}
		}
		return states[endless] == "running" && strings.Contains(r.text(endless), "begun")
	})
	r.Logf("run all: %.1f s", time.Since(began).Seconds())
	pictures := r.pictures()
	if pictures < f.pictures {
		r.Errorf("%d pictures, and %d in the repository", pictures, f.pictures)
	}

	// While the kernel is busy, what needs none still moves.
	for i := range endless {
		if !tried[i] && r.sliders(i) > 0 {
			r.slide(i)
		}
	}
	for i := range endless {
		if r.pictures(i) > 0 {
			r.show(i)
			r.shot("figure")
		}
	}

	r.do(`front.interrupt()`)
	r.until(stepTime, "the interrupt ends the cell", func() bool { return eval[bool](r, `front.idle()`) })
	r.do(fmt.Sprintf(`front.run(%d)`, after))
	r.until(stepTime, "the kernel goes on", func() bool { return strings.Contains(r.text(after), "still alive") })
	r.show(after)
	r.shot("interrupted")

	r.do(`front.save()`)
	r.open("") // reload
	if got := r.pictures(); got != pictures {
		r.Errorf("%d pictures after a reload, %d before", got, pictures)
	}
	r.show(0)
	r.shot("reloaded")
}

// open opens a page, "" for the present one again, and waits until its notebook and its
// kernel are there.
func (r *reader) open(page string) {
	r.Helper()
	load := chromedp.Reload()
	if page != "" {
		load = chromedp.Navigate(page)
	}
	ctx, cancel := context.WithTimeout(r.ctx, pageTime)
	defer cancel()
	if page != "" {
		ctx = r.ctx // its end would be the browser's
	}
	if err := chromedp.Run(ctx, load); err != nil {
		r.Fatal(err)
	}
	r.until(pageTime, "the notebook is open", func() bool {
		return eval[bool](r, r.script)
	})
	drawing, err := fronts.ReadFile("testdata/drawing.js")
	if err != nil {
		r.Fatal(err)
	}
	r.do(string(drawing))
}

// slide moves the sliders of a cell and sees the drawing follow.
func (r *reader) slide(cell int) {
	r.show(cell)
	for s := range r.sliders(cell) {
		position := func() string { return eval[string](r, fmt.Sprintf(`drawing.value(%d, %d)`, cell, s)) }
		drawn := func() string { return eval[string](r, fmt.Sprintf(`drawing.of(%d)`, cell)) }
		move := func(share float64) { r.do(fmt.Sprintf(`drawing.move(%d, %d, %g)`, cell, s, share)) }
		settled := func() string {
			last, since := drawn(), time.Now()
			r.until(stepTime, "the drawing settles", func() bool {
				if d := drawn(); d != last {
					last, since = d, time.Now()
				}
				return time.Since(since) > time.Second
			})
			return last
		}
		move(0)
		first := settled()
		r.shot("slider-first")
		began := time.Now()
		move(1)
		r.until(stepTime, fmt.Sprintf("cell %d: slider %d changes the drawing", cell+1, s+1), func() bool { return drawn() != first })
		r.Logf("cell %d, slider %d: drawn anew after %d ms", cell+1, s+1, time.Since(began).Milliseconds())
		last := settled()
		r.shot("slider-last")

		for i := range 20 { // a burst, with its end where the slider stands for "first"
			move(float64((i*7)%10) / 10)
		}
		move(0)
		if got := settled(); got != first {
			r.Errorf("cell %d, slider %d at %s: the drawing after a burst is not that of its value", cell+1, s+1, position())
		}

		// By the keyboard, as far as it goes.
		before := position()
		r.do(fmt.Sprintf(`drawing.focus(%d, %d)`, cell, s))
		if err := chromedp.Run(r.ctx, chromedp.KeyEvent(kb.ArrowRight)); err != nil {
			r.Error(err)
		}
		r.until(stepTime, "the arrow key moves the slider", func() bool { return position() != before })
		if first == last {
			r.Errorf("cell %d, slider %d: the drawing is the same at both ends", cell+1, s+1)
		}
	}
}

func (r *reader) sliders(cell int) int {
	return eval[int](r, fmt.Sprintf(`drawing.sliders(%d)`, cell))
}

// output is what a cell put out, as far as the test asks.
type output struct {
	Type      string          `json:"output_type"`
	Text      any             `json:"text"`
	Data      map[string]any  `json:"data"`
	Traceback json.RawMessage `json:"traceback"`
}

func (r *reader) outputs() [][]output { return eval[[][]output](r, `front.outputs()`) }

// noErrors fails if a cell did, other than by an interrupt.
func (r *reader) noErrors() {
	r.Helper()
	for i, cell := range r.outputs() {
		for _, o := range cell {
			if o.Type == "error" && !strings.Contains(string(o.Traceback), "signal: interrupt") {
				r.Fatalf("code cell %d failed: %s %s", i+1, o.Traceback, r.text(i))
			}
		}
	}
}

// text returns what a cell printed.
func (r *reader) text(cell int) string {
	var b strings.Builder
	for _, o := range r.outputs()[cell] {
		switch text := o.Text.(type) {
		case string:
			b.WriteString(text)
		case []any:
			for _, line := range text {
				fmt.Fprint(&b, line)
			}
		}
	}
	return b.String()
}

// pictures returns how many pictures the cells show, all cells if none is named.
func (r *reader) pictures(cells ...int) int {
	n := 0
	for i, cell := range r.outputs() {
		if len(cells) > 0 && cells[0] != i {
			continue
		}
		for _, o := range cell {
			if o.Data["image/png"] != nil {
				n++
			}
		}
	}
	return n
}

// show scrolls to a cell.
func (r *reader) show(cell int) {
	r.Helper()
	r.do(fmt.Sprintf(`front.show(%d)`, cell))
	time.Sleep(300 * time.Millisecond) // scrolling
}

// shot keeps a picture of the page, if asked for.
func (r *reader) shot(what string) {
	r.Helper()
	if *screenshots == "" {
		return
	}
	r.shots++
	var png []byte
	err := chromedp.Run(r.ctx, chromedp.CaptureScreenshot(&png))
	if err == nil {
		err = os.MkdirAll(*screenshots, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(*screenshots, fmt.Sprintf("%s-%02d-%s.png", r.prefix, r.shots, what)), png, 0o666)
	}
	if err != nil {
		r.Error(err)
	}
}

// do runs JavaScript on the page and waits for its end.
func (r *reader) do(script string) {
	r.Helper()
	err := chromedp.Run(r.ctx, chromedp.Evaluate(script, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true)
	}))
	if err != nil {
		r.Fatalf("%.60s: %v", script, err)
	}
}

// eval returns the value of JavaScript on the page.
func eval[T any](r *reader, script string) (v T) {
	r.Helper()
	if err := chromedp.Run(r.ctx, chromedp.Evaluate(script, &v)); err != nil {
		r.Fatalf("%.60s: %v", script, err)
	}
	return v
}

// until waits for a condition, and fails when it takes too long.
func (r *reader) until(limit time.Duration, what string, done func() bool) {
	r.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			r.shot("timeout")
			r.Fatalf("not within %v: %s", limit, what)
		}
	}
}
