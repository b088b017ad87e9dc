package dram

import "github.com/dmemsys/dmemsys/dmem/units"

// DDR4_2400 returns the memory of the peer simulator DRackSim: its DDR4-2400 x16 part with
// its system file (open page, scheme 2, one queue for each rank, power-down). The capacity
// is left to the caller; a rank holds 2 GiB. All values: DRackSim's DRAMSim2 files
// DDR4_x16_2400.ini and system.ini. They describe no real part: four banks (a x16 DDR4
// device has eight), no bank groups.
func DDR4_2400() Config {
	return Config{
		Device: Device{
			NumBanks: 4, NumRows: 65536, NumCols: 1024, DeviceWidth: 16,
			RefreshPeriodNs: 7800, TCKNs: 0.833, Clock: units.MustClock(1200 * units.MHz),
			CL: 16, AL: 0, BL: 8,
			TRAS: 32, TRCD: 16, TRRD: 4, TRC: 48, TRP: 16, TCCD: 4, TRTP: 4, TWTR: 5, TWR: 18,
			TRTRS: 1, TRFC: 312, TFAW: 20, TCKE: 3, TXP: 4, TCMD: 1,
			IDD0: 90, IDD1: 110, IDD2P: 50, IDD2Q: 65, IDD2N: 70, IDD3Pf: 60, IDD3Ps: 60, IDD3N: 75,
			IDD4W: 230, IDD4R: 230, IDD5: 84, IDD6: 3, IDD6L: 8, IDD7: 270,
			VddV: 1.2,
		},
		System: defaultSystem(),
	}
}

// defaultSystem is the peer simulator's system.ini.
func defaultSystem() System {
	return System{
		NumChans: 1, DataBusBits: 64, TransQueueDepth: 32, CmdQueueDepth: 32, EpochLength: 100000,
		RowBufferPolicy: OpenPage, AddressMapping: Scheme2, Scheduling: RankThenBank, Queuing: PerRank,
		LowPower: true, TotalRowAccesses: 4,
	}
}
