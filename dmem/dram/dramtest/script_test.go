package dramtest_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

var update = flag.Bool("update", false, "rewrite the scripts' expected commands")

// Scripts are small texts: settings of the controller, requests ("at R|W rank bank row
// col") and, below a line of dashes, the commands and completions that must follow.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(text), "----\n")
			got := runScript(t, script)
			if *update {
				if err := os.WriteFile(file, []byte(script+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func runScript(t *testing.T, script string) string {
	cfg := dram.DDR4_2400()
	ranks, until := 2, units.Cycles(0)
	var reqs []gateReq
	for s := bufio.NewScanner(strings.NewReader(script)); s.Scan(); {
		line := s.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		var q gateReq
		var op string
		if n, _ := fmt.Sscanf(line, "%d %s %d %d %d %d", &q.at, &op, &q.rank, &q.bank, &q.row, &q.col); n == 6 {
			q.write = op == "W"
			reqs = append(reqs, q)
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		var err error
		switch key {
		case "ranks":
			_, err = fmt.Sscan(value, &ranks)
		case "until":
			_, err = fmt.Sscan(value, &until)
		case "al":
			_, err = fmt.Sscan(value, &cfg.Device.AL)
		case "cmd_queue":
			_, err = fmt.Sscan(value, &cfg.System.CmdQueueDepth)
		case "trans_queue":
			_, err = fmt.Sscan(value, &cfg.System.TransQueueDepth)
		case "accesses":
			_, err = fmt.Sscan(value, &cfg.System.TotalRowAccesses)
		case "rows":
			err = cfg.System.RowBufferPolicy.UnmarshalText([]byte(value))
		case "queues":
			err = cfg.System.Queuing.UnmarshalText([]byte(value))
		case "order":
			err = cfg.System.Scheduling.UnmarshalText([]byte(value))
		case "front":
			err = cfg.Front.UnmarshalText([]byte(value))
		case "lowpower":
			cfg.System.LowPower = value == "true"
		default:
			err = fmt.Errorf("unknown line %q", line)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg.Capacity = units.Bytes(cfg.MiBPerRank()*int64(ranks)) * units.MiB
	m, err := dram.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m.Probe.OnCommand = func(k *dram.Command) {
		fmt.Fprintf(&out, "%6d %-4v rank %d bank %d row %d", k.Cycle, k.Op, k.Rank, k.Bank, k.Row)
		if k.Op != dram.OpPRE && k.Op != dram.OpREF {
			fmt.Fprintf(&out, " for %d", k.Tag)
		}
		fmt.Fprintln(&out)
	}
	for i, q := range reqs {
		m.Push(q.at, place(cfg, q.rank, q.bank, q.row, q.col), q.write, uint32(i))
		until = max(until, q.at+300)
	}
	m.Advance(until)
	m.Stats()
	for {
		c, ok := m.Pop()
		if !ok {
			return out.String()
		}
		fmt.Fprintf(&out, "request %d: accepted %d, done %d\n", c.Tag, c.Accepted, c.Done)
	}
}
