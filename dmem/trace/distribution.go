package trace

import (
	"math"
	"math/bits"
)

// subBuckets is how many buckets a power of two is cut into, so that a bucket is at most an
// eighth of its numbers wide.
const subBuckets = 8

// Distribution counts numbers in buckets: each of the numbers below 16 has its own, and
// above a bucket is an eighth of a power of two. The zero value is empty. Its size does not
// depend on what it counts.
type Distribution struct {
	buckets [(64 - 2) * subBuckets]int64
	n       int64
}

// Bucket is the numbers From to To, both included, and how many of them there were.
type Bucket struct {
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	Count int64  `json:"count"`
}

func (d *Distribution) add(v uint64, times int64) {
	i := int(v)
	if v >= subBuckets {
		shift := bits.Len64(v) - 4
		i = shift*subBuckets + int(v>>shift)
	}
	d.buckets[i] += times
	d.n += times
}

// bucket returns the bounds of bucket i.
func bucket(i int) (from, to uint64) {
	if i < 2*subBuckets {
		return uint64(i), uint64(i)
	}
	shift := i/subBuckets - 1
	from = uint64(i%subBuckets+subBuckets) << shift
	return from, from + 1<<shift - 1
}

// N returns how many numbers were counted.
func (d *Distribution) N() int64 { return d.n }

// Quantile returns the least number that the share q of all does not exceed, or rather the
// highest number of its bucket: exact below 16, at most an eighth too high above. It is NaN
// if nothing was counted or q is not in 0 to 1.
func (d *Distribution) Quantile(q float64) float64 {
	if d.n == 0 || !(q >= 0 && q <= 1) {
		return math.NaN()
	}
	need := max(1, int64(math.Ceil(q*float64(d.n))))
	seen := int64(0)
	for i, count := range d.buckets {
		if seen += count; seen >= need {
			_, to := bucket(i)
			return float64(to)
		}
	}
	return math.NaN() // not reached: the buckets hold n
}

// Octaves returns the counts by powers of two, from the first that holds a number to the
// last: 0, 1, 2 to 3, 4 to 7, and so on.
func (d *Distribution) Octaves() []Bucket {
	var list []Bucket
	for i, count := range d.buckets {
		from, to := bucket(i)
		if n := len(list); n > 0 && bits.Len64(list[n-1].From) == bits.Len64(from) {
			list[n-1].To = to
			list[n-1].Count += count
		} else {
			list = append(list, Bucket{from, to, count})
		}
	}
	for len(list) > 0 && list[len(list)-1].Count == 0 {
		list = list[:len(list)-1]
	}
	for len(list) > 0 && list[0].Count == 0 {
		list = list[1:]
	}
	return list
}
