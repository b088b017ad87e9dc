package dramtest

import (
	"math/rand/v2"
	"strings"

	"github.com/dmemsys/dmemsys/dmem/dram"
	"github.com/dmemsys/dmemsys/dmem/mem"
	"github.com/dmemsys/dmemsys/dmem/units"
)

// Case is a configuration and traffic for it.
type Case struct {
	Config   dram.Config
	Requests []dram.Request
}

// RandomCase draws a valid configuration, over the whole range of the format and somewhat
// beyond plausible timings, and up to n requests: random, streaming and row-hitting
// phases, bursts and idle times. The same stream of rng gives the same case.
func RandomCase(rng *rand.Rand, n int) Case {
	for {
		c := Case{Config: randomConfig(rng)}
		if c.Config.Validate() == nil {
			c.Requests = randomRequests(rng, c.Config, 1+rng.IntN(n))
			return c
		}
	}
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func between(rng *rand.Rand, lo, hi int) units.Cycles { return units.Cycles(lo + rng.IntN(hi-lo+1)) }

func randomConfig(rng *rand.Rand) dram.Config {
	d := dram.Device{
		NumBanks: pick(rng, 2, 4, 8, 8, 16), NumRows: pick(rng, 1024, 4096, 16384, 65536), NumCols: pick(rng, 512, 1024, 2048),
		DeviceWidth:     pick(rng, 4, 8, 16),
		RefreshPeriodNs: pick(rng, 1000, 1950, 3900, 7800, 500+rng.IntN(8000)),
		TCKNs:           pick(rng, 0.625, 0.833, 1.2, 1.25, 1.5, 2.5, 3, 0.3+rng.Float32()*3),
		CL:              between(rng, 2, 20), BL: pick(rng, 4, 8, 8, 8, 16),
		TRCD: between(rng, 2, 20), TRRD: between(rng, 1, 8), TRP: between(rng, 2, 20), TCCD: between(rng, 1, 8),
		TRTP: between(rng, 1, 10), TWTR: between(rng, 1, 10), TWR: between(rng, 2, 20), TRTRS: between(rng, 0, 4),
		TRFC: between(rng, 20, 320), TFAW: between(rng, 1, 60), TCKE: between(rng, 0, 8), TXP: between(rng, 0, 12), TCMD: 1,
		IDD0: 90, IDD1: 110, IDD2P: 50, IDD2Q: 65, IDD2N: 70, IDD3Pf: 60, IDD3Ps: 60, IDD3N: uint32(70 + rng.IntN(20)),
		IDD4W: 230, IDD4R: 200, IDD5: uint32(80 + rng.IntN(200)), IDD6: 3, IDD6L: 8, IDD7: 270, VddV: 1.5,
	}
	d.TRAS = d.TRCD + between(rng, 1, 24)
	d.TRC = d.TRAS + between(rng, 0, 20)
	if rng.IntN(3) == 0 {
		d.AL = between(rng, 0, int(d.TRCD))
	}
	if rng.IntN(8) == 0 {
		d.BankGroups = pick(rng, 1, 2)
		d.TCCDL, d.TRRDL, d.TWTRL = d.TCCD+between(rng, 0, 4), d.TRRD+between(rng, 0, 4), d.TWTR+between(rng, 0, 6)
	}
	c := dram.Config{
		Device: d,
		System: dram.System{
			NumChans: pick(rng, 1, 1, 1, 2, 4), DataBusBits: 64,
			TransQueueDepth: pick(rng, 1, 2, 8, 32, 1+rng.IntN(40)), CmdQueueDepth: pick(rng, 2, 3, 8, 32, 2+rng.IntN(40)),
			EpochLength: 100000, RowBufferPolicy: pick(rng, dram.OpenPage, dram.ClosePage),
			AddressMapping: dram.AddressMapping(1 + rng.IntN(7)), Scheduling: pick(rng, dram.RankThenBank, dram.BankThenRank),
			Queuing: pick(rng, dram.PerRank, dram.PerRankPerBank), LowPower: rng.IntN(4) > 0, TotalRowAccesses: 1 + rng.IntN(6),
		},
		Front: pick(rng, dram.FrontFIFO, dram.FrontPend),
	}
	if c.Device.BankGroups > 0 {
		c.Device.GroupsHigh = rng.IntN(2) == 0
		order := []string{"chan", "rank", "bank", "row", "col"}
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		c.System.FieldOrder = strings.Join(order, ",")
	}
	ranks := pick(rng, 1, 1, 2, 2, 4, 8, 16)
	c.Capacity = units.Bytes(c.MiBPerRank()) * units.MiB * units.Bytes(ranks*c.System.NumChans)
	if rng.IntN(4) == 0 {
		hz := 1e9 / float64(d.TCKNs) * (0.2 + 4*rng.Float64())
		c.CPUClock, _ = units.NewClock(uint64(hz))
	}
	return c
}

func randomRequests(rng *rand.Rand, c dram.Config, n int) []dram.Request {
	reqs := make([]dram.Request, 0, n)
	var at units.Cycles
	total := uint64(c.Capacity) * 2
	for len(reqs) < n {
		gap := pick(rng, 0, 1, 4, 10, 40, 200)
		span := pick(rng, total, total, 1<<20, 1<<16, 1<<13)
		stride := pick(rng, uint64(0), 0, 64, 128, 8192)
		writes := pick(rng, 0, 30, 50, 100)
		base := rng.Uint64N(total)
		k := 0
		for range min(1+rng.IntN(60), n-len(reqs)) {
			a := base + rng.Uint64N(span)
			if stride > 0 {
				a = base + uint64(k)*stride
			}
			k++
			reqs = append(reqs, dram.Request{At: at, Addr: mem.PAddr(a), Write: rng.IntN(100) < writes})
			at += units.Cycles(rng.IntN(2*gap + 1))
		}
		at += pick(rng, 0, 0, 20, 1000, units.Cycles(rng.IntN(20000)))
	}
	return reqs
}
