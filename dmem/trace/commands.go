package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// Commands says what the commands of gem5's packets do, by their numbers: bring a line to a
// cache, for a load or for a store, write one back, or neither. The zero value knows only the
// two that have kept their numbers, ReadReq, 1, a [LoadFill], and WriteReq, 4, a [WriteBack].
//
// The others have changed theirs: they are the places in the enumeration MemCmd::Command of
// src/mem/packet.hh. Behind a cache these matter, here as of about 2018 and of 2023:
//
//	                                2018  2023
//	WritebackDirty                     6     7  write-back
//	WritebackClean, CleanEvict      7, 9  8,10  skip, if the memory has the line already
//	WriteClean                         8     9  write-back
//	ReadExReq                         20    22  store-fill
//	ReadCleanReq, ReadSharedReq    22,23 24,25  load-fill
type Commands struct {
	of   [numKinds]uint64 // bits of the numbers of each kind
	skip uint64           // of those passed over
}

// maxCommand is the largest number of a command; gem5 has 60 of them.
const maxCommand = 63

// skipped is the name of what a command does that is no kind of miss.
const skipped = "skip"

var defaultCommands = Commands{of: [numKinds]uint64{LoadFill: 1 << 1, WriteBack: 1 << 4}}

// told returns c, or what is known without it if nothing is told.
func (c Commands) told() Commands {
	if c == (Commands{}) {
		return defaultCommands
	}
	return c
}

// kind returns the kind of miss that a command is; skip if it is none, and known if either is
// told.
func (c *Commands) kind(number uint64) (_ Kind, skip, known bool) {
	if number > maxCommand {
		return 0, false, false
	}
	for kind, bits := range c.of {
		if bits>>number&1 != 0 {
			return Kind(kind), false, true
		}
	}
	skip = c.skip>>number&1 != 0
	return 0, skip, skip
}

// String returns c as UnmarshalText reads it, with ReadReq and WriteReq.
func (c Commands) String() string {
	c = c.told()
	var parts []string
	for number := range uint64(maxCommand + 1) {
		if kind, skip, known := c.kind(number); skip {
			parts = append(parts, fmt.Sprintf("%d=%s", number, skipped))
		} else if known {
			parts = append(parts, fmt.Sprintf("%d=%v", number, kind))
		}
	}
	return strings.Join(parts, ",")
}

// MarshalText implements [encoding.TextMarshaler].
func (c Commands) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads numbers, 0 to 63, each with what the command does, load-fill, store-fill,
// write-back or skip: "25=load-fill,22=store-fill,7=write-back,10=skip". ReadReq and WriteReq
// are known without being told.
func (c *Commands) UnmarshalText(b []byte) error {
	all := defaultCommands
	told := uint64(0)
	for part := range strings.SplitSeq(string(b), ",") {
		digits, does, _ := strings.Cut(part, "=")
		number, err := strconv.ParseUint(digits, 10, 64)
		var kind Kind
		if err != nil || number > maxCommand || does != skipped && kind.UnmarshalText([]byte(does)) != nil {
			return fmt.Errorf("trace: commands %q: %q: want a number from 0 to %d and what it does, load-fill, store-fill, write-back or skip, as in 25=load-fill,7=write-back,10=skip", b, part, maxCommand)
		}
		bit := uint64(1) << number
		if told&bit != 0 {
			return fmt.Errorf("trace: commands %q: %d stands twice", b, number)
		}
		told |= bit
		for i := range all.of {
			all.of[i] &^= bit
		}
		if does == skipped {
			all.skip |= bit
		} else {
			all.of[kind] |= bit
		}
	}
	*c = all
	return nil
}
