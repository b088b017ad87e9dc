package jupyter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Server is what [Env.Serve] starts. The zero value but for Root is sensible.
type Server struct {
	Root     string   // the folder that can be opened, absolute
	Notebook string   // to show at first: a path below Root with slashes; "": the folder
	Port     int      // 0: the first free one from 8888
	Browser  bool     // open the user's browser
	Settings string   // folder that keeps the front end's settings; "": forget them
	Environ  []string // added to the environment, "name=value"
	Args     []string // more arguments for Jupyter

	// Ready, if not nil, is called once, when the server answers.
	Ready func(Address)
}

// Address tells where a server is.
type Address struct {
	Base  string // "http://127.0.0.1:8888/"
	Page  string // what to open in a browser, with the token
	Token string // a secret: who has it can run programs
}

// firstPort is Jupyter's usual one; taken ports are passed over, up to portTries in all.
const (
	firstPort = 8888
	portTries = 100
)

// startTime is the longest time that a server may take to answer.
const startTime = 2 * time.Minute

// quiet turns off JupyterLab's question whether it may look for news at its makers.
const quiet = `{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}`

// Serve runs the app's server on 127.0.0.1 until ctx ends, and ends it with all its kernels
// then, which is no error. The server wants a token: that of JUPYTER_TOKEN, if the environment
// has one, or a new one at random.
func (e *Env) Serve(ctx context.Context, s Server) error {
	first, last := s.Port, s.Port
	if s.Port == 0 {
		first, last = firstPort, firstPort+portTries-1
	}
	for {
		port, err := freePort(first, last)
		if err != nil {
			return err
		}
		if err = e.serve(ctx, s, port); port == last || !errors.Is(err, errTaken) {
			return err
		}
		first = port + 1 // somebody was quicker
	}
}

// errTaken is the error of a port that another server took.
var errTaken = errors.New("another server is there")

// serve is Serve on a port.
func (e *Env) serve(ctx context.Context, s Server, port int) error {
	temp, err := os.MkdirTemp("", "dmem-lab-")
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	defer os.RemoveAll(temp)
	mark := "DMEM_NOTEBOOK_RUN=" + filepath.Base(temp)
	defer killMarked(mark)

	token := os.Getenv("JUPYTER_TOKEN")
	if token == "" {
		token = strings.ToLower(rand.Text())
	}
	settings := s.Settings
	if settings == "" {
		settings = temp
	}
	config := filepath.Join(settings, "config")
	page := filepath.Join(config, "labconfig", "page_config.json")
	if err := os.MkdirAll(filepath.Dir(page), 0o700); err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	if err := os.WriteFile(page, []byte(quiet), 0o600); err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	// The token goes by the environment: everybody on the machine sees a command line.
	env, err := e.environ(temp, append([]string{mark, "JUPYTER_TOKEN=" + token, "JUPYTER_CONFIG_DIR=" + config,
		"JUPYTER_DATA_DIR=" + filepath.Join(settings, "data")}, s.Environ...))
	if err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}

	args := []string{apps[e.app].name, "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=" + strconv.Itoa(port),
		"--ServerApp.port_retries=0", "--ServerApp.root_dir=" + s.Root, "--ServerApp.password=", "--MultiKernelManager.default_kernel_name=" + kernelName}
	if os.Geteuid() == 0 {
		args = append(args, "--allow-root") // it refuses root, whom only the token's owner can reach
	}
	cmd := exec.Command(e.jupyter, append(args, s.Args...)...)
	cmd.Dir, cmd.Env = s.Root, env
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is for us
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	a := Address{Base: fmt.Sprintf("http://127.0.0.1:%d/", port), Token: token}
	ready := make(chan error, 1)
	go func() { ready <- answers(ctx, a) }()
	for {
		select {
		case err := <-ready:
			switch {
			case err == nil:
				a.Page = a.Base + e.page(ctx, a, s.Notebook) + "?token=" + url.QueryEscape(token)
				if s.Ready != nil {
					s.Ready(a)
				}
				if s.Browser {
					browse(a.Page)
				}
			case ctx.Err() == nil:
				stop(cmd, ended)
				return fmt.Errorf("jupyter: the server does not answer at %s: %w\n%s", a.Base, err, indent(said.String()))
			}
			ready = nil // has said all
		case err := <-ended:
			if ctx.Err() != nil {
				return nil
			}
			if text := said.String(); strings.Contains(text, "already in use") {
				return fmt.Errorf("jupyter: port %d: %w\n%s", port, errTaken, indent(text))
			}
			return fmt.Errorf("jupyter: the server ended by itself (%v); the last it said:\n%s", err, indent(said.String()))
		case <-ctx.Done():
			stop(cmd, ended)
			return nil
		}
	}
}

// freePort returns the first free port of a range.
func freePort(first, last int) (int, error) {
	var err error
	for p := first; p <= last; p++ {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p)); err == nil {
			return p, l.Close()
		}
	}
	if first == last {
		return 0, fmt.Errorf("jupyter: port %d cannot be had: %w; take another, or none for the first free one from %d", first, err, firstPort)
	}
	return 0, fmt.Errorf("jupyter: no port from %d to %d can be had: %w", first, last, err)
}

// answers waits until a server takes its token.
func answers(ctx context.Context, a Address) error {
	end := time.Now().Add(startTime)
	for {
		code, err := get(ctx, a, "api/status")
		if err == nil && code == http.StatusOK {
			return nil
		}
		if err == nil && code == http.StatusForbidden {
			return errTaken // it does not know our token
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v", startTime)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// get asks a server for a page and returns the status.
func get(ctx context.Context, a Address, path string) (code int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Base+path, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "token "+a.Token)
	client := http.Client{Timeout: 10 * time.Second}
	reply, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	return reply.StatusCode, reply.Body.Close()
}

// page returns the path of a notebook's page on a server.
func (e *Env) page(ctx context.Context, a Address, notebook string) string {
	path := (&url.URL{Path: notebook}).EscapedPath()
	if e.app != Classic {
		if path == "" {
			return "lab"
		}
		return "lab/tree/" + path
	}
	prefix := "" // unless notebook 7 took the place
	if code, err := get(ctx, a, "nbclassic/tree"); err == nil && code == http.StatusOK {
		prefix = "nbclassic/"
	}
	if path == "" {
		return prefix + "tree"
	}
	return prefix + "notebooks/" + path
}

// stop ends a server: it shuts its kernels down on SIGTERM, and gets ten seconds for it.
func stop(cmd *exec.Cmd, ended <-chan error) {
	_ = syscall.Kill(cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of the group
}

// browse opens a page in the user's browser, if there is one; the address was told in any case.
func browse(page string) {
	for _, program := range []string{"xdg-open", "open", "wslview"} {
		if !missing(program) {
			cmd := exec.Command(program, page)
			if cmd.Start() == nil {
				go func() { _ = cmd.Wait() }()
			}
			return
		}
	}
}

// tail is a writer that keeps the end of what it gets. The zero value is ready to use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 1 << 13
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
