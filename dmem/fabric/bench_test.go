package fabric

import (
	"testing"

	"github.com/dmemsys/dmemsys/dmem/units"
)

// BenchmarkHop sends packets of 64 senders to 6 receivers, which get 80 % of what their links
// carry: the way of a packet from the sender's RMAC to the receiver's.
func BenchmarkHop(b *testing.B) {
	c := Default()
	const inputs, outputs = 64, 6
	mean := 7_680.0 / 0.8 * inputs / outputs
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		r := newRig(c, inputs, outputs)
		for i := range inputs {
			next, n := poisson(uint64(i), 2000, mean, 0), 0
			r.feed(i, func() (load, bool) {
				l, ok := next()
				n++
				l.dst, l.size = (i+n)%outputs, 64<<(n%2)
				return l, ok
			})
		}
		r.deliver = func(int, *Delivery) { packets++ }
		r.run(units.Never)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
