package dram

import (
	"fmt"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Device describes one DRAM device, the unit a rank is made of, in the terms of
// DRAMSim2's device file, whose keys are the fields' names; the tags gloss them. All
// timings are in memory clock cycles. The zero value is invalid; start from a preset or
// from [ReadINI]. Nothing in it is derived.
type Device struct {
	NumBanks    int `toml:"num_banks" comment:"a power of two unless the addresses avoid the rest"`
	NumRows     int `toml:"num_rows" comment:"rows of a bank"`
	NumCols     int `toml:"num_cols" comment:"columns of a row"`
	DeviceWidth int `toml:"device_width" comment:"data pins of a device"`

	RefreshPeriodNs int     `toml:"refresh_period_ns" comment:"ns between two refreshes of a rank (tREFI)"`
	TCKNs           float32 `toml:"tck_ns" comment:"clock period in ns; single precision as in the reference, which decides the refresh period"`

	// Clock is the nominal memory clock, for conversions to time only ([Memory.Clock]).
	// The zero value means 1/TCKNs.
	Clock units.Clock `toml:"clock,omitzero" comment:"nominal memory clock, for conversions to time only; left out: 1/tck_ns"`

	CL units.Cycles `toml:"cl" comment:"timings in memory cycles: CAS latency; a read's data follow it after cl+al"`
	AL units.Cycles `toml:"al" comment:"additive latency"`
	BL int          `toml:"bl" comment:"burst length in beats, two a cycle"`

	TRAS  units.Cycles `toml:"tras" comment:"ACT to PRE"`
	TRCD  units.Cycles `toml:"trcd" comment:"ACT to column command, less al"`
	TRRD  units.Cycles `toml:"trrd" comment:"ACT to ACT of another bank"`
	TRC   units.Cycles `toml:"trc" comment:"ACT to ACT of the same bank"`
	TRP   units.Cycles `toml:"trp" comment:"PRE to ACT"`
	TCCD  units.Cycles `toml:"tccd" comment:"column command to column command"`
	TRTP  units.Cycles `toml:"trtp" comment:"read to PRE"`
	TWTR  units.Cycles `toml:"twtr" comment:"end of write data to read, same rank"`
	TWR   units.Cycles `toml:"twr" comment:"end of write data to PRE"`
	TRTRS units.Cycles `toml:"trtrs" comment:"bus turnaround between ranks"`
	TRFC  units.Cycles `toml:"trfc" comment:"REF to ACT"`
	TFAW  units.Cycles `toml:"tfaw" comment:"window in which at most four ACTs go to a rank"`
	TCKE  units.Cycles `toml:"tcke" comment:"least stay in power-down"`
	TXP   units.Cycles `toml:"txp" comment:"power-up to the first command"`
	TCMD  units.Cycles `toml:"tcmd" comment:"a command's time on the bus; only 1 is usable"`

	// Bank groups are not known to the reference and off (zero) in the exact mode; see
	// DEVIATIONS.md D1. The group is the bank's number modulo BankGroups, or, with
	// GroupsHigh, divided by the banks of a group.
	BankGroups int          `toml:"bank_groups" comment:"groups the banks are divided into; 0: none, as in the reference"`
	GroupsHigh bool         `toml:"groups_high" comment:"the high bits of the bank's number select its group, not the low ones"`
	TCCDL      units.Cycles `toml:"tccdl" comment:"column command to column command of the same bank group"`
	TRRDL      units.Cycles `toml:"trrdl" comment:"ACT to ACT of the same bank group"`
	TWTRL      units.Cycles `toml:"twtrl" comment:"end of write data to read of the same bank group"`

	// Currents in mA, for energy only.
	IDD0   uint32 `toml:"idd0" comment:"currents in mA, for energy only"`
	IDD1   uint32 `toml:"idd1"`
	IDD2P  uint32 `toml:"idd2p"`
	IDD2Q  uint32 `toml:"idd2q"`
	IDD2N  uint32 `toml:"idd2n"`
	IDD3Pf uint32 `toml:"idd3pf"`
	IDD3Ps uint32 `toml:"idd3ps"`
	IDD3N  uint32 `toml:"idd3n"`
	IDD4W  uint32 `toml:"idd4w"`
	IDD4R  uint32 `toml:"idd4r"`
	IDD5   uint32 `toml:"idd5"`
	IDD6   uint32 `toml:"idd6"`
	IDD6L  uint32 `toml:"idd6l"`
	IDD7   uint32 `toml:"idd7"`

	VddV float32 `toml:"vdd_v" comment:"supply voltage in V, for energy only"`
}

// System describes the memory controller, in the terms of DRAMSim2's system file.
type System struct {
	NumChans         int            `toml:"num_chans" comment:"independent channels, each with a controller"`
	DataBusBits      int            `toml:"data_bus_bits" comment:"of a channel"`
	TransQueueDepth  int            `toml:"trans_queue_depth" comment:"transactions per channel"`
	CmdQueueDepth    int            `toml:"cmd_queue_depth" comment:"commands per command queue"`
	RowBufferPolicy  RowPolicy      `toml:"row_buffer_policy" comment:"open_page or close_page"`
	AddressMapping   AddressMapping `toml:"address_mapping" comment:"scheme1 to scheme7: the order of the address fields"`
	FieldOrder       string         `toml:"field_order,omitempty" comment:"instead of a scheme, the fields from the low end, such as col,rank,bank,row,chan; unknown to the reference"`
	Scheduling       Scheduling     `toml:"scheduling" comment:"rank_then_bank_round_robin or bank_then_rank_round_robin"`
	Queuing          Queuing        `toml:"queuing" comment:"per_rank or per_rank_per_bank"`
	LowPower         bool           `toml:"low_power" comment:"idle ranks power down"`
	TotalRowAccesses int            `toml:"total_row_accesses" comment:"open_page: row hits served before an open row is closed"`
	EpochLength      int            `toml:"epoch_length" comment:"of the reference's statistics; without effect here"`
}

// Config describes one memory. The zero value is invalid: start from a preset such as
// [DDR4_2400] or from [ReadINI], and set Capacity.
type Config struct {
	Device   Device
	System   System
	Capacity units.Bytes // all channels together; a power of two MiB. Less than one rank gives one rank
	Front    Front       // how requests enter
	CPUClock units.Clock // the clock whose ticks stamp the arrivals; zero: the memory clock itself
}

// Front is the door through which requests enter the transaction queue.
type Front uint8

// The doors of the reference.
const (
	FrontFIFO Front = iota // an unbounded FIFO whose head is offered as long as the transaction queue accepts it
	FrontPend              // always accepting: past the queue's depth into an overflow list that newcomers can overtake
)

// RowPolicy says what becomes of a row after a column access.
type RowPolicy uint8

// The row policies.
const (
	OpenPage  RowPolicy = iota // rows stay open while requests wait for them
	ClosePage                  // every column access precharges its bank
)

// AddressMapping selects the order of the address fields; see [Config.Fields].
type AddressMapping uint8

// The address mappings; the comment lists the fields from the low end.
const (
	Scheme1 AddressMapping = iota + 1 // bank, col, row, rank, chan
	Scheme2                           // rank, bank, col, row, chan
	Scheme3                           // row, col, bank, rank, chan
	Scheme4                           // col, row, bank, rank, chan
	Scheme5                           // bank, rank, col, row, chan
	Scheme6                           // col, rank, bank, row, chan
	Scheme7                           // chan, bank, rank, col, row
)

// Scheduling is the order in which the command queues are looked at.
type Scheduling uint8

// The scheduling policies.
const (
	RankThenBank Scheduling = iota // the rank changes first
	BankThenRank                   // the bank changes first
)

// Queuing says how many command queues a channel has.
type Queuing uint8

// The queue structures.
const (
	PerRank        Queuing = iota // one queue for each rank
	PerRankPerBank                // one queue for each bank of each rank
)

var (
	frontNames      = []string{"fifo", "pend"}
	rowPolicyNames  = []string{"open_page", "close_page"}
	mappingNames    = []string{"", "scheme1", "scheme2", "scheme3", "scheme4", "scheme5", "scheme6", "scheme7"}
	schedulingNames = []string{"rank_then_bank_round_robin", "bank_then_rank_round_robin"}
	queuingNames    = []string{"per_rank", "per_rank_per_bank"}
)

// The String methods return the names used in files, and "unknown" for a value that is
// none of the constants.
func (f Front) String() string          { return name(frontNames, uint8(f)) }
func (p RowPolicy) String() string      { return name(rowPolicyNames, uint8(p)) }
func (s AddressMapping) String() string { return name(mappingNames, uint8(s)) }
func (s Scheduling) String() string     { return name(schedulingNames, uint8(s)) }
func (q Queuing) String() string        { return name(queuingNames, uint8(q)) }

// The MarshalText methods write the name used in files.
func (f Front) MarshalText() ([]byte, error)          { return []byte(f.String()), nil }
func (p RowPolicy) MarshalText() ([]byte, error)      { return []byte(p.String()), nil }
func (s AddressMapping) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s Scheduling) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (q Queuing) MarshalText() ([]byte, error)        { return []byte(q.String()), nil }

// The UnmarshalText methods read the name used in files; any other text is an error that
// lists the names.
func (f *Front) UnmarshalText(b []byte) error {
	return parseName((*uint8)(f), frontNames, "front", b)
}
func (p *RowPolicy) UnmarshalText(b []byte) error {
	return parseName((*uint8)(p), rowPolicyNames, "row policy", b)
}
func (s *AddressMapping) UnmarshalText(b []byte) error {
	return parseName((*uint8)(s), mappingNames, "address mapping", b)
}
func (s *Scheduling) UnmarshalText(b []byte) error {
	return parseName((*uint8)(s), schedulingNames, "scheduling policy", b)
}
func (q *Queuing) UnmarshalText(b []byte) error {
	return parseName((*uint8)(q), queuingNames, "queuing structure", b)
}

func name(names []string, v uint8) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return "unknown"
}

func parseName(dst *uint8, names []string, kind string, b []byte) error {
	for i, n := range names {
		if n != "" && n == string(b) {
			*dst = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("dram: %q is no %s: want one of %s", b, kind, strings.TrimPrefix(strings.Join(names, ", "), ", "))
}
