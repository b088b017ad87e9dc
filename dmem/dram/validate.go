package dram

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// maxTiming bounds every timing.
const maxTiming = 1<<20 - 1

// Validate returns all faults of the Config joined, each a *[units.FieldError] that says
// what is allowed, or nil. It refuses what the reference cannot survive: see DEVIATIONS.md.
func (c Config) Validate() error {
	var errs []error
	fault := func(path string, got any, want string, args ...any) {
		errs = append(errs, &units.FieldError{Path: "dram." + path, Got: got, Want: fmt.Sprintf(want, args...)})
	}
	between := func(path string, v, lo, hi int64, why string) {
		if v < lo || v > hi {
			if why != "" {
				why = " (" + why + ")"
			}
			fault(path, v, "%d to %d%s", lo, hi, why)
		}
	}
	d, s := &c.Device, &c.System

	between("device.num_banks", int64(d.NumBanks), 1, 1<<bankBits, "")
	between("device.num_rows", int64(d.NumRows), 1, 1<<26, "")
	between("device.num_cols", int64(d.NumCols), 1, 1<<16, "")
	between("device.device_width", int64(d.DeviceWidth), 1, 1024, "")
	between("device.refresh_period_ns", int64(d.RefreshPeriodNs), 1, math.MaxInt32, "")
	if !(d.TCKNs > 0.001) || d.TCKNs > 1e6 {
		fault("device.tck_ns", d.TCKNs, "more than 0.001 ns")
	}
	between("device.bl", int64(d.BL), 2, 1024, "at least one cycle of data")
	timing := []struct {
		name string
		v    units.Cycles
		lo   int64
		why  string
	}{
		{"cl", d.CL, 1, ""}, {"al", d.AL, 0, ""}, {"tras", d.TRAS, 0, ""}, {"trcd", d.TRCD, 0, ""}, {"trrd", d.TRRD, 0, ""},
		{"trc", d.TRC, 0, ""}, {"trp", d.TRP, 1, "a bank would never finish closing"}, {"tccd", d.TCCD, 0, ""}, {"trtp", d.TRTP, 0, ""},
		{"twtr", d.TWTR, 0, ""}, {"twr", d.TWR, 0, ""}, {"trtrs", d.TRTRS, 0, ""},
		{"trfc", d.TRFC, 1, "a refresh would never end"},
		{"tfaw", d.TFAW, 1, "the reference's counter wraps at 0 and stops all ACTs after four"},
		{"tcke", d.TCKE, 0, ""}, {"txp", d.TXP, 0, ""},
		{"tccdl", d.TCCDL, 0, ""}, {"trrdl", d.TRRDL, 0, ""}, {"twtrl", d.TWTRL, 0, ""},
	}
	for _, t := range timing {
		between("device."+t.name, int64(t.v), t.lo, maxTiming, t.why)
	}
	if d.TCMD != 1 {
		fault("device.tcmd", d.TCMD, "1 (commands would collide on the command bus)")
	}
	if d.AL > d.TRCD {
		fault("device.al", d.AL, "at most trcd = %d (the reference computes tRCD-AL in unsigned numbers)", d.TRCD)
	}
	if d.CL+d.AL < 2 {
		fault("device.cl", d.CL, "cl + al of at least 2 (write latency is one less)")
	}
	if d.BankGroups < 0 || d.BankGroups > 0 && (d.NumBanks%d.BankGroups != 0) {
		fault("device.bank_groups", d.BankGroups, "0 (none) or a divisor of num_banks = %d", d.NumBanks)
	}
	if d.BankGroups == 0 && (d.TCCDL != 0 || d.TRRDL != 0 || d.TWTRL != 0 || d.GroupsHigh) {
		fault("device.bank_groups", d.BankGroups, "the number of bank groups, as tccdl, trrdl, twtrl or groups_high is given")
	}

	between("system.num_chans", int64(s.NumChans), 1, 1<<15, "")
	between("system.data_bus_bits", int64(s.DataBusBits), 8, 1<<12, "")
	between("system.trans_queue_depth", int64(s.TransQueueDepth), 1, 1<<20, "")
	between("system.cmd_queue_depth", int64(s.CmdQueueDepth), 2, 1<<20, "a transaction needs room for two commands: with less none ever enters")
	between("system.epoch_length", int64(s.EpochLength), 0, math.MaxInt64, "")
	if s.RowBufferPolicy == OpenPage {
		between("system.total_row_accesses", int64(s.TotalRowAccesses), 1, math.MaxInt32, "with 0 no column command is ever issued")
	}
	if s.RowBufferPolicy > ClosePage {
		fault("system.row_buffer_policy", uint8(s.RowBufferPolicy), "open_page or close_page")
	}
	if s.FieldOrder != "" {
		order := strings.Split(s.FieldOrder, ",")
		slices.Sort(order)
		if !slices.Equal(order, []string{"bank", "chan", "col", "rank", "row"}) {
			fault("system.field_order", s.FieldOrder, "chan, rank, bank, row and col in some order, joined by commas; or empty")
		}
	} else if s.AddressMapping < Scheme1 || s.AddressMapping > Scheme7 {
		fault("system.address_mapping", uint8(s.AddressMapping), "scheme1 to scheme7")
	}
	if s.Scheduling > BankThenRank {
		fault("system.scheduling", uint8(s.Scheduling), "rank_then_bank_round_robin or bank_then_rank_round_robin")
	}
	if s.Queuing > PerRankPerBank {
		fault("system.queuing", uint8(s.Queuing), "per_rank or per_rank_per_bank")
	}
	if c.Front > FrontPend {
		fault("front", uint8(c.Front), "fifo or pend")
	}
	if mib := c.Capacity / units.MiB; mib == 0 || mib&(mib-1) != 0 || c.Capacity%units.MiB != 0 || mib > 1<<40 {
		fault("capacity", c.Capacity, "a power of two MiB")
	}
	if errs != nil {
		return errors.Join(errs...)
	}

	// What only shows in the derived values.
	if s.DataBusBits < d.DeviceWidth {
		fault("device.device_width", d.DeviceWidth, "at most data_bus_bits = %d", s.DataBusBits)
	}
	if c.MiBPerRank() < 1 {
		fault("device.num_rows", d.NumRows, "at least 1 MiB in a rank (the reference divides by the MiB of a rank)")
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	if w := colWidth(&c); w < 0 {
		fault("device.num_cols", d.NumCols, "at least the %d columns of a burst", d.BL)
		return errors.Join(errs...)
	}
	ranks := ranksOf(&c)
	if ranks >= 1<<rankBits {
		fault("capacity", c.Capacity, "fewer than %d ranks (it makes %d)", 1<<rankBits, ranks)
	} else if v := derive(&c); v.stagger < 1 {
		fault("device.refresh_period_ns", d.RefreshPeriodNs, "at least one cycle of refresh period for each of the %d ranks", ranks)
	}
	return errors.Join(errs...)
}
