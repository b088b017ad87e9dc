package fabric

import "github.com/dmemsys/dmemsys/dmem/units"

// pipe is a stage at work: first come, first served.
type pipe struct {
	Stage
	free units.Time // when it takes the next packet
}

// pass returns when a packet that comes at t leaves the stage.
func (p *pipe) pass(t units.Time) units.Time {
	start := max(t, p.free)
	p.free = start + p.Interval
	return start + p.Delay
}

// line is a link at work.
type line struct {
	Link
	free units.Time // when the transmitter is idle
	busy units.Time // total time of transmission, gaps included

	// Serialisation times of the last two sizes: a run knows few.
	size [2]units.Bytes
	time [2]units.Time
}

func (l *line) serialise(size units.Bytes) units.Time {
	if l.size[0] == size {
		return l.time[0]
	}
	if l.size[1] != size {
		l.size[1], l.time[1] = size, l.Rate.Time(size)
	}
	l.size[0], l.size[1] = l.size[1], l.size[0]
	l.time[0], l.time[1] = l.time[1], l.time[0]
	return l.time[0]
}

// send transmits from start on, when the line is free, and returns when the last bit has
// left and when it has arrived.
func (l *line) send(start units.Time, size units.Bytes) (left, arrived units.Time) {
	t := l.serialise(size)
	l.free = start + t + l.Gap
	l.busy += t + l.Gap
	return start + t, start + t + l.Propagation
}

// busyBefore returns the time of transmission before t. What has been promised beyond t is
// taken to be without a break, as it is on a loaded line.
func (l *line) busyBefore(t units.Time) units.Time {
	return max(0, l.busy-max(0, l.free-t))
}
