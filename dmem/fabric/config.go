package fabric

import (
	"errors"
	"fmt"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// Stage is the timing of a processing step.
type Stage struct {
	Delay    units.Time `toml:"delay" comment:"time one packet takes"`
	Interval units.Time `toml:"interval" comment:"least time between two packets; 0: fully pipelined"`
}

// Link is the timing of a link in one direction.
type Link struct {
	Rate        units.BitRate `toml:"rate" comment:"serialisation rate"`
	Gap         units.Time    `toml:"gap" comment:"idle time after each packet"`
	Propagation units.Time    `toml:"propagation" comment:"time of flight"`
}

// Sizes are the packet sizes by what a packet carries.
type Sizes struct {
	ReadRequest  units.Bytes `toml:"read_request"`
	ReadResponse units.Bytes `toml:"read_response"`
	WriteRequest units.Bytes `toml:"write_request"`
	WriteAck     units.Bytes `toml:"write_ack"`
}

// Request returns the size of a request packet.
func (s *Sizes) Request(write bool) units.Bytes {
	if write {
		return s.WriteRequest
	}
	return s.ReadRequest
}

// LargestRequest returns the size of the larger request packet.
func (s *Sizes) LargestRequest() units.Bytes { return max(s.ReadRequest, s.WriteRequest) }

// Response returns the size of a response packet.
func (s *Sizes) Response(write bool) units.Bytes {
	if write {
		return s.WriteAck
	}
	return s.ReadResponse
}

// Config describes the interconnect. The zero value is invalid; start from [Default].
type Config struct {
	PacketPrep   Stage       `toml:"packet_prep" comment:"packing at the sender and again unpacking at the receiver"`
	RMAC         Stage       `toml:"rmac" comment:"processing in the RMAC, at the sender and at the receiver"`
	RMACLink     Link        `toml:"rmac_link" comment:"from an RMAC to the switch"`
	Switch       Stage       `toml:"switch" comment:"processing at an input port, before arbitration"`
	SwitchLink   Link        `toml:"switch_link" comment:"from the switch to an RMAC"`
	Sizes        Sizes       `toml:"sizes" comment:"packet sizes by what a packet carries"`
	RMACQueue    units.Bytes `toml:"rmac_queue" comment:"room for packets going out, in each RMAC"`
	RMACBuffer   units.Bytes `toml:"rmac_buffer" comment:"room for packets coming in, in each RMAC"`
	PortBuffer   units.Bytes `toml:"port_buffer" comment:"room at each input port of the switch, shared equally by its virtual output queues"`
	CreditReturn units.Time  `toml:"credit_return" comment:"from the moment room is free until the sender may use it"`
}

// Default returns the interconnect of the paper's Table II. What the table leaves open is
// marked as an assumption.
func Default() Config {
	link := Link{Rate: 100 * units.Gbps, Propagation: 5 * units.Nanosecond} // Table II; propagation is assumed: the peer simulator's 5 ns
	return Config{
		PacketPrep: Stage{Delay: 12_500 * units.Picosecond}, // Table II: 25 ns, assumed to cover both ends; pipelined
		RMAC:       Stage{Delay: 10 * units.Nanosecond},     // Table II; pipelined
		RMACLink:   link,
		Switch:     Stage{Delay: 20 * units.Nanosecond}, // Table II; pipelined
		SwitchLink: link,
		Sizes: Sizes{
			ReadRequest:  64 * units.Byte,  // Table II
			ReadResponse: 128 * units.Byte, // Table II
			WriteRequest: 128 * units.Byte, // by what it carries: address and line, as a read response
			WriteAck:     64 * units.Byte,  // by what it carries, as a read request
		},
		RMACQueue:    units.MiB,             // assumed: the peer simulator's 1 MiB
		RMACBuffer:   units.MiB,             // assumed: likewise
		PortBuffer:   132 * units.MB / 128,  // Table II: 132 MB over 128 ports
		CreditReturn: 45 * units.Nanosecond, // assumed: a link, a switch and a link back
	}
}

// Validate returns all faults joined, each a [*units.FieldError], or nil.
func (c *Config) Validate() error {
	var errs []error
	fault := func(path string, got any, want string) {
		errs = append(errs, &units.FieldError{Path: "fabric." + path, Got: got, Want: want})
	}
	for _, s := range []struct {
		path string
		Stage
	}{{"packet_prep", c.PacketPrep}, {"rmac", c.RMAC}, {"switch", c.Switch}} {
		if s.Delay < 0 {
			fault(s.path+".delay", s.Delay, "0s or more")
		}
		if s.Interval < 0 {
			fault(s.path+".interval", s.Interval, "0s or more")
		}
	}
	for _, l := range []struct {
		path string
		Link
	}{{"rmac_link", c.RMACLink}, {"switch_link", c.SwitchLink}} {
		if l.Rate == 0 {
			fault(l.path+".rate", l.Rate, "a positive rate")
		}
		if l.Gap < 0 {
			fault(l.path+".gap", l.Gap, "0s or more")
		}
		if l.Propagation < 0 {
			fault(l.path+".propagation", l.Propagation, "0s or more")
		}
	}
	largest := units.Bytes(0)
	for _, s := range []struct {
		path string
		size units.Bytes
	}{
		{"read_request", c.Sizes.ReadRequest}, {"read_response", c.Sizes.ReadResponse},
		{"write_request", c.Sizes.WriteRequest}, {"write_ack", c.Sizes.WriteAck},
	} {
		if s.size == 0 || s.size > 64*units.KiB {
			fault("sizes."+s.path, s.size, "1B to 64KiB")
		}
		largest = max(largest, s.size)
	}
	for _, b := range []struct {
		path string
		size units.Bytes
	}{{"rmac_queue", c.RMACQueue}, {"rmac_buffer", c.RMACBuffer}, {"port_buffer", c.PortBuffer}} {
		if b.size < largest {
			fault(b.path, b.size, fmt.Sprintf("room for the largest packet, %v or more", largest))
		}
	}
	if c.CreditReturn <= 0 {
		fault("credit_return", c.CreditReturn, "a positive time")
	}
	if len(errs) == 0 && c.Lookahead() <= 0 {
		fault("switch_link.propagation", c.SwitchLink.Propagation, "a positive time from RMAC to switch")
	}
	return errors.Join(errs...)
}

// Lookahead returns the least time between a decision on one side of the rack and its
// effect on the other: the shorter of the credits' return and the way of the smallest
// packet from the start of its transmission to a virtual output queue.
func (c *Config) Lookahead() units.Time {
	smallest := min(c.Sizes.ReadRequest, c.Sizes.ReadResponse, c.Sizes.WriteRequest, c.Sizes.WriteAck)
	return min(c.CreditReturn, c.RMACLink.Rate.Time(smallest)+c.RMACLink.Propagation+c.Switch.Delay)
}

// Hop is one stage of an unloaded packet's way.
type Hop struct {
	Name string
	Time units.Time
}

// Unloaded returns the way of one packet through an idle fabric, stage by stage, in closed
// form. The simulator equals its sum to the picosecond.
func (c *Config) Unloaded(size units.Bytes) []Hop {
	return []Hop{
		{"packet preparation", c.PacketPrep.Delay},
		{"RMAC", c.RMAC.Delay},
		{"link serialisation", c.RMACLink.Rate.Time(size)},
		{"propagation", c.RMACLink.Propagation},
		{"switch", c.Switch.Delay},
		{"switch link serialisation", c.SwitchLink.Rate.Time(size)},
		{"propagation", c.SwitchLink.Propagation},
		{"RMAC", c.RMAC.Delay},
		{"unpacking", c.PacketPrep.Delay},
	}
}

// UnloadedLatency returns the sum of [Config.Unloaded].
func (c *Config) UnloadedLatency(size units.Bytes) units.Time {
	var sum units.Time
	for _, h := range c.Unloaded(size) {
		sum += h.Time
	}
	return sum
}
