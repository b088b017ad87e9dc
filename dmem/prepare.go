package dmem

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/dmemsys/dmemsys/dmem/frontend"
	"github.com/dmemsys/dmemsys/dmem/internal/cachefolder"
	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/trace"
	"github.com/dmemsys/dmemsys/dmem/workload"
)

// CacheVariable is the environment variable that names the folder of [CacheDir].
const CacheVariable = cachefolder.Variable

// CacheDir returns the folder of everything that can be made again: what the environment
// variable [CacheVariable] says, an absolute path, else dmemsys in [os.UserCacheDir], whose
// error it returns. It need not exist. In it lie
//
//	traces               the misses of programs: see [TracesDir]
//	runs                 finished runs of experiments, by version of the simulator
//	record-*.so          the plugin of the recorder (package record)
//	kernel-*, jupyter-*  the notebook kernel and Jupyter, which "dmem figures" sets up
//	lab                  the settings of "dmem lab"
func CacheDir() (string, error) {
	dir, err := cachefolder.Path()
	if err != nil {
		return "", fmt.Errorf("dmem: %w", err)
	}
	return dir, nil
}

// TracesDir returns the folder in which the misses of programs are stored, traces in that
// of [CacheDir].
func TracesDir() (string, error) {
	dir, err := CacheDir()
	return filepath.Join(dir, "traces"), err
}

// path returns where the misses of a valid program are stored. The name has a hash of all
// that decides the file's content, the source code that generates it among it: a version
// would not do, since a program that is run from a checkout has none. How the file is laid
// out is not part of it; that is in the file, which [trace.CountAtEnd] does not take for
// whole if it is another.
func (p *Program) path(dir string) (string, error) {
	program, err := workload.Lookup(p.Name, p.scale())
	if err != nil {
		return "", fmt.Errorf("dmem: %w", err)
	}
	key, err := json.Marshal(struct {
		Source  string
		Format  int
		Type    string
		Program workload.Program
		Node    frontend.Config
		Divide  int // in the trace's header
		Fills   uint64
	}{generatorSource(), trace.Version, fmt.Sprintf("%T", program), program, p.node(), p.Divide, p.fills()})
	if err != nil {
		return "", fmt.Errorf("dmem: %s: %w", p.Name, err)
	}
	return filepath.Join(dir, fmt.Sprintf("%s-%.8x%s", p.Name, sha256.Sum256(key), trace.Extension)), nil
}

// stored matches the names that path gives, and those of files that a killed process left
// half-written.
var stored = regexp.MustCompile(`^[a-z0-9]+-[0-9a-f]{16}\` + trace.Extension + `(\.[0-9a-f]{8}\.tmp)?$`)

// Stored returns the traces of programs in the folder of [TracesDir], and what killed
// processes left of them; other files there are left out. A folder that does not exist has
// none.
func Stored() ([]fs.FileInfo, error) {
	dir, err := TracesDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dmem: stored traces: %w", err)
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if !e.Type().IsRegular() || !stored.MatchString(e.Name()) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("dmem: stored traces: %w", err)
		}
		files = append(files, info)
	}
	return files, nil
}

// Prepare generates the misses of the configuration's programs and stores them in the
// folder of [TracesDir], as many programs at a time as there are processors. Programs whose
// misses are there already cost nothing. [New], [Run] and [MeasureDemand] call it: it is
// for who wants to see progress, and for who starts several runs at once, which would else
// all generate the same.
//
// Progress may be nil; it is told how many fills are done of a total, 0 if that is not
// known, from one goroutine at a time. Files appear whole or not at all, also if several
// processes generate the same. Prepare returns ctx's error if it ends first.
func Prepare(ctx context.Context, c Config, progress func(done, total int)) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("dmem: invalid configuration:\n%w", err)
	}
	return prepare(ctx, &c, progress)
}

// prepare is Prepare of a valid configuration.
func prepare(ctx context.Context, c *Config, progress func(done, total int)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	missing := map[string]*Program{}
	order := []string{}
	for i := range c.Workloads {
		p := c.Workloads[i].Program
		if p == nil {
			continue
		}
		dir, err := TracesDir()
		if err != nil {
			return err
		}
		path, err := p.path(dir)
		if err != nil {
			return err
		}
		if missing[path] == nil && !whole(path) {
			missing[path] = p
			order = append(order, path)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	sum := newSum(missing, progress)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, path := range order {
		p := missing[path]
		g.Go(func() error {
			if err := store(ctx, p, path, sum.add()); err != nil {
				return fmt.Errorf("dmem: misses of %s: %w", p.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// whole reports whether a stored trace is complete, as its end shows. Damage further in is
// found when it is read.
func whole(path string) bool {
	_, ok := trace.CountAtEnd(path)
	return ok
}

// store generates the misses of a program.
func store(ctx context.Context, p *Program, path string, progress func(done, total int)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return wholefile.Write(path, func(w io.Writer) error {
		_, err := p.WriteTrace(ctx, w, progress)
		return err
	})
}

// sum adds up the progress of several programs.
type sum struct {
	mu          sync.Mutex
	done, total int
	report      func(done, total int)
}

func newSum(programs map[string]*Program, report func(done, total int)) *sum {
	s := &sum{report: report}
	for _, p := range programs {
		n := int(p.fills())
		if n == 0 { // so the total is not known
			s.total = 0
			break
		}
		s.total += n
	}
	return s
}

// add returns what a further program reports to; nil if nobody listens.
func (s *sum) add() func(done, total int) {
	if s.report == nil {
		return nil
	}
	last := 0
	return func(done, _ int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done += done - last
		last = done
		s.report(s.done, s.total)
	}
}
