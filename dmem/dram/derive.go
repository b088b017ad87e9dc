package dram

import (
	"math/bits"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// derived holds everything computed once from a valid Config. Gaps are cycles between two
// commands; their names follow the specification of the reference.
type derived struct {
	rl, wl, b units.Cycles // read latency, write latency, cycles of a burst

	r2p, w2p   units.Cycles // column command to PRE
	r2w        units.Cycles // read to write, any rank
	r2a, w2a   units.Cycles // auto-precharging column command to ACT
	w2rb, w2rr units.Cycles // write to read of the same and of another rank
	c2c        units.Cycles // column command to the same kind, same rank
	x2x        units.Cycles // column command to the same kind, another rank
	rdDone     units.Cycles // read to its completion
	wrDone     units.Cycles // write to its completion

	gaps [2]columnGaps // of reads and of writes

	period  units.Cycles // between two refreshes of a rank
	stagger units.Cycles // between the refreshes of neighbouring ranks

	ranks, banks int
	fields       fieldMap

	// literal: column and activate limits are kept per bank exactly as specified, because
	// these timings do not let a later ACT cover what the shorter form leaves out.
	literal bool
	// ordered: column commands complete in the order in which they are issued.
	ordered bool
	// holes: some address fields can name a channel, rank or bank that does not exist.
	holes bool
}

// columnGaps holds the gaps from a column command of one kind: to reads and to writes of
// the same rank and of others, to its bank's PRE, or with auto-precharge to its ACT, and
// to its completion.
type columnGaps struct {
	same, other        [2]units.Cycles
	toPRE, toACT, done units.Cycles
}

// fieldMap cuts an address: each field is (addr >> shift) & mask, with shift below 64.
type fieldMap struct {
	chanShift, rankShift, bankShift, rowShift uint8
	chanMask, rankMask, bankMask, rowMask     uint32
}

// Fields tells which channel, rank, bank and row of the memory an address selects: the
// position of each field's lowest bit and its width in bits. Addresses wrap: bits above
// the highest field are ignored, as are the bits below the burst. The Config must be valid.
func (c Config) Fields() map[string][2]int {
	m := map[string][2]int{}
	layout(&c, ranksOf(&c), func(field string, shift, width int) { m[field] = [2]int{shift, width} })
	return m
}

// MiBPerRank returns the size of one rank in MiB, rounded down as in the reference.
func (c Config) MiBPerRank() int64 {
	d := &c.Device
	if d.DeviceWidth <= 0 {
		return 0
	}
	return int64(d.NumRows) * int64(d.NumCols) * int64(d.DeviceWidth) * int64(d.NumBanks) * int64(c.System.DataBusBits/d.DeviceWidth) / 8 >> 20
}

// Ranks returns the number of ranks of each channel. The Config must be valid.
func (c Config) Ranks() int { return ranksOf(&c) }

func ranksOf(c *Config) int {
	per := c.MiBPerRank()
	if per <= 0 || c.System.NumChans <= 0 {
		return 1
	}
	return int(max(1, int64(c.Capacity/units.MiB)/int64(c.System.NumChans)/per))
}

// log2 returns the logarithm to base two, rounded up.
func log2(n int) int {
	if n <= 1 {
		return 0
	}
	return bits.Len(uint(n - 1))
}

var schemes = [...][5]string{
	Scheme1: {"bank", "col", "row", "rank", "chan"},
	Scheme2: {"rank", "bank", "col", "row", "chan"},
	Scheme3: {"row", "col", "bank", "rank", "chan"},
	Scheme4: {"col", "row", "bank", "rank", "chan"},
	Scheme5: {"bank", "rank", "col", "row", "chan"},
	Scheme6: {"col", "rank", "bank", "row", "chan"},
	Scheme7: {"chan", "bank", "rank", "col", "row"},
}

// fieldOrder returns the address fields from the low end.
func fieldOrder(s *System) []string {
	if s.FieldOrder != "" {
		return strings.Split(s.FieldOrder, ",")
	}
	return schemes[s.AddressMapping][:]
}

// colWidth is the number of address bits that select a burst within a row.
func colWidth(c *Config) int {
	return log2(c.Device.NumCols) - (log2(c.System.DataBusBits/8*c.Device.BL) - log2(c.System.DataBusBits/8))
}

func layout(c *Config, ranks int, place func(field string, shift, width int)) {
	width := map[string]int{
		"chan": log2(c.System.NumChans),
		"rank": log2(ranks),
		"bank": log2(c.Device.NumBanks),
		"row":  log2(c.Device.NumRows),
		"col":  colWidth(c),
	}
	shift := log2(c.System.DataBusBits / 8 * c.Device.BL)
	for _, f := range fieldOrder(&c.System) {
		place(f, shift, width[f])
		shift += width[f]
	}
}

func derive(c *Config) derived {
	dev := &c.Device
	var d derived
	d.rl = dev.CL + dev.AL
	d.wl = d.rl - 1
	d.b = units.Cycles(dev.BL / 2)
	d.r2p = dev.AL + d.b + max(dev.TRTP, dev.TCCD) - dev.TCCD
	d.w2p = d.wl + d.b + dev.TWR
	d.r2w = d.rl + d.b + dev.TRTRS - d.wl
	d.r2a = dev.AL + dev.TRTP + dev.TRP
	d.w2a = d.wl + d.b + dev.TWR + dev.TRP
	d.w2rb = d.wl + d.b + dev.TWTR
	d.w2rr = d.wl + d.b + dev.TRTRS - d.rl
	d.c2c = max(dev.TCCD, d.b)
	d.x2x = d.b + dev.TRTRS
	d.rdDone = dev.TCMD + d.rl + d.b
	d.wrDone = d.wl + d.b

	d.gaps[0] = columnGaps{[2]units.Cycles{d.c2c, d.r2w}, [2]units.Cycles{d.x2x, d.r2w}, d.r2p, d.r2a, d.rdDone}
	d.gaps[1] = columnGaps{[2]units.Cycles{d.w2rb, d.c2c}, [2]units.Cycles{d.w2rr, d.x2x}, d.w2p, d.w2a, d.wrDone}

	d.ranks, d.banks = ranksOf(c), dev.NumBanks
	cycles := float32(dev.RefreshPeriodNs) / dev.TCKNs
	d.period = units.Cycles(cycles)
	d.stagger = units.Cycles(cycles / float32(d.ranks))

	layout(c, d.ranks, func(field string, shift, width int) {
		s, m := uint8(shift), uint32(1)<<width-1
		if shift > 63 {
			s, m = 0, 0
		}
		switch field {
		case "chan":
			d.fields.chanShift, d.fields.chanMask = s, m
		case "rank":
			d.fields.rankShift, d.fields.rankMask = s, m
		case "bank":
			d.fields.bankShift, d.fields.bankMask = s, m
		case "row":
			d.fields.rowShift, d.fields.rowMask = s, m
		}
	})
	pow2 := func(n int) bool { return n&(n-1) == 0 }
	d.holes = !pow2(c.System.NumChans) || !pow2(d.ranks) || !pow2(d.banks)

	// What a later ACT of the bank must cover for limits to be kept per rank.
	open := dev.TRCD - dev.AL
	covered := max(d.x2x, d.r2w, d.w2rr) <= 1+open &&
		d.r2w <= d.r2a+open && d.c2c <= min(d.r2a, d.w2a)+open && d.w2rb <= d.w2a+open &&
		dev.TRRD <= dev.TRC
	d.literal = !covered || dev.BankGroups > 0
	d.ordered = !d.literal && c.System.NumChans == 1 && d.r2w > dev.TCMD+1
	return d
}
