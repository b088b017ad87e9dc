package dramtest

import (
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Checker judges a command trace by the device's timing parameters alone. It knows nothing
// of queues, policies or requests; its rules are those of the JEDEC state diagram and
// timing tables, written as distances between commands and as a plan of the data bus, not
// as the controller's next-allowed times.
type Checker struct {
	Violations []Violation

	cfg   dram.Config
	chans []chanHistory
}

// Violation is a broken rule: the command came Early cycles too soon, or is not allowed in
// its bank's state at all (Early 0).
type Violation struct {
	Rule    string // the timing parameter, or "state", "command bus", "data bus", "rank switch", "row accesses"
	Early   units.Cycles
	Command dram.Command
}

// String returns the violation in one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s violated by %d cycles: %+v", v.Rule, v.Early, v.Command)
}

type chanHistory struct {
	last  units.Cycles // last command
	ranks []rankHistory
	bus   []burst // the latest bursts, in the order of their commands
}

type rankHistory struct {
	acts    []units.Cycles // the last four
	ref     units.Cycles
	read    units.Cycles // last column commands
	write   units.Cycles
	banks   []bankHistory
	readOf  []units.Cycles // by bank group
	writeOf []units.Cycles
	actOf   []units.Cycles
}

type bankHistory struct {
	open     bool
	row      uint32
	act      units.Cycles
	pre      units.Cycles // command, or the start of the auto-precharge
	read     units.Cycles // since the ACT
	write    units.Cycles
	accesses int
}

type burst struct {
	from, to units.Cycles
	rank     int
}

const longAgo = -1 << 40

// NewChecker returns a checker for traces of memories of this configuration.
func NewChecker(cfg dram.Config) *Checker {
	k := &Checker{cfg: cfg, chans: make([]chanHistory, cfg.System.NumChans)}
	groups := max(1, cfg.Device.BankGroups)
	past := func(n int) []units.Cycles {
		s := make([]units.Cycles, n)
		for i := range s {
			s[i] = longAgo
		}
		return s
	}
	for i := range k.chans {
		c := &k.chans[i]
		c.last = longAgo
		c.ranks = make([]rankHistory, cfg.Ranks())
		for r := range c.ranks {
			c.ranks[r] = rankHistory{
				acts: past(4), ref: longAgo, read: longAgo, write: longAgo,
				banks: make([]bankHistory, cfg.Device.NumBanks), readOf: past(groups), writeOf: past(groups), actOf: past(groups),
			}
			for b := range c.ranks[r].banks {
				c.ranks[r].banks[b] = bankHistory{act: longAgo, pre: longAgo, read: longAgo, write: longAgo}
			}
		}
	}
	return k
}

// Command judges the next command of the trace.
func (k *Checker) Command(cmd dram.Command) {
	d := &k.cfg.Device
	c := &k.chans[cmd.Channel]
	r := &c.ranks[cmd.Rank]
	b := &r.banks[cmd.Bank]
	now := cmd.Cycle
	burstCycles := units.Cycles(d.BL / 2)
	writeData := d.CL + d.AL - 1 + burstCycles // command to end of data
	broken := func(rule string, early units.Cycles) {
		k.Violations = append(k.Violations, Violation{rule, early, cmd})
	}
	after := func(rule string, since, gap units.Cycles) {
		if now < since+gap {
			broken(rule, since+gap-now)
		}
	}
	state := func(ok bool) {
		if !ok {
			broken("state", 0)
		}
	}
	after("command bus", c.last, 1)
	c.last = now
	group := 0
	if d.BankGroups > 0 {
		group = cmd.Bank % d.BankGroups
		if d.GroupsHigh {
			group = cmd.Bank / (d.NumBanks / d.BankGroups)
		}
	}

	switch cmd.Op {
	case dram.OpACT:
		state(!b.open)
		after("tRC", b.act, d.TRC)
		after("tRP", b.pre, d.TRP)
		after("tRFC", r.ref, d.TRFC)
		for i := range r.banks {
			if i != cmd.Bank {
				after("tRRD", r.banks[i].act, d.TRRD)
			}
		}
		after("tFAW", r.acts[0], d.TFAW)
		if d.BankGroups > 0 && r.actOf[group] != b.act {
			after("tRRD_L", r.actOf[group], d.TRRDL)
		}
		r.acts = append(r.acts[1:], now)
		r.actOf[group] = now
		*b = bankHistory{open: true, row: cmd.Row, act: now, pre: b.pre, read: longAgo, write: longAgo}

	case dram.OpRD, dram.OpRDA, dram.OpWR, dram.OpWRA:
		state(b.open && b.row == cmd.Row)
		after("tRCD", b.act, d.TRCD-d.AL)
		read := cmd.Op == dram.OpRD || cmd.Op == dram.OpRDA
		if read {
			after("tCCD", r.read, d.TCCD)
			after("tWTR", r.write, writeData+d.TWTR)
			if d.BankGroups > 0 {
				after("tCCD_L", r.readOf[group], d.TCCDL)
				after("tWTR_L", r.writeOf[group], writeData+d.TWTRL)
			}
			r.read, r.readOf[group], b.read = now, now, now
		} else {
			after("tCCD", r.write, d.TCCD)
			if d.BankGroups > 0 {
				after("tCCD_L", r.writeOf[group], d.TCCDL)
			}
			r.write, r.writeOf[group], b.write = now, now, now
		}
		k.data(c, cmd, read, broken)
		b.accesses++
		if k.cfg.System.RowBufferPolicy == dram.OpenPage && b.accesses > 1+k.cfg.System.TotalRowAccesses {
			broken("row accesses", 0)
		}
		switch cmd.Op {
		case dram.OpRDA:
			b.open, b.pre = false, now+d.AL+d.TRTP
		case dram.OpWRA:
			b.open, b.pre = false, now+writeData+d.TWR
		}

	case dram.OpPRE:
		state(b.open)
		after("tRAS", b.act, d.TRAS)
		after("tRTP", b.read, d.AL+burstCycles+max(d.TRTP, d.TCCD)-d.TCCD)
		after("tWR", b.write, writeData+d.TWR)
		b.open, b.pre = false, now

	case dram.OpREF:
		for i := range r.banks {
			state(!r.banks[i].open)
			after("tRP", r.banks[i].pre, d.TRP)
		}
		after("tRFC", r.ref, d.TRFC)
		r.ref = now
	}
}

// data plans a column command's burst on the channel's data bus.
func (k *Checker) data(c *chanHistory, cmd dram.Command, read bool, broken func(string, units.Cycles)) {
	d := &k.cfg.Device
	from := cmd.Cycle + d.CL + d.AL
	if !read {
		from-- // write latency is one less
	}
	next := burst{from, from + units.Cycles(d.BL/2), cmd.Rank}
	for _, b := range c.bus {
		switch {
		case next.from < b.to && b.from < next.to:
			broken("data bus", b.to-next.from)
		case b.rank != next.rank && next.from < b.to+d.TRTRS && b.from < next.to+d.TRTRS:
			broken("rank switch", b.to+d.TRTRS-next.from)
		}
	}
	if c.bus = append(c.bus, next); len(c.bus) > 8 {
		c.bus = c.bus[1:]
	}
}
