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

// DDR3_1333_x4 returns Micron's 2 Gb DDR3-1333 x4 part as DRAMSim2 ships it, with the
// peer's system file; a rank holds 4 GiB. All values: DRAMSim2's
// DDR3_micron_64M_8B_x4_sg15.ini; Vdd: JEDEC JESD79-3, 1.5 V.
func DDR3_1333_x4() Config {
	return Config{
		Device: Device{
			NumBanks: 8, NumRows: 32768, NumCols: 2048, DeviceWidth: 4,
			RefreshPeriodNs: 7800, TCKNs: 1.5,
			CL: 10, AL: 0, BL: 8,
			TRAS: 24, TRCD: 10, TRRD: 4, TRC: 34, TRP: 10, TCCD: 4, TRTP: 5, TWTR: 5, TWR: 10,
			TRTRS: 1, TRFC: 107, TFAW: 20, TCKE: 4, TXP: 4, TCMD: 1,
			IDD0: 100, IDD1: 130, IDD2P: 10, IDD2Q: 70, IDD2N: 70, IDD3Pf: 60, IDD3Ps: 60, IDD3N: 90,
			IDD4W: 255, IDD4R: 230, IDD5: 305, IDD6: 9, IDD6L: 12, IDD7: 415,
			VddV: 1.5,
		},
		System: defaultSystem(),
	}
}

// DDR3_1333_x16 returns the DDR3-1333 x16 part of the golden lost-refresh cases, with the
// peer's system file; a rank holds 1 GiB. Timings: DRAMSim2's
// DDR3_micron_8M_8B_x16_sg15.ini; twice its rows and the currents: device.ini of
// testdata/oracle/open_lostref_ddr3_64r.
func DDR3_1333_x16() Config {
	return Config{
		Device: Device{
			NumBanks: 8, NumRows: 16384, NumCols: 1024, DeviceWidth: 16,
			RefreshPeriodNs: 7800, TCKNs: 1.5,
			CL: 10, AL: 0, BL: 8,
			TRAS: 24, TRCD: 10, TRRD: 4, TRC: 34, TRP: 10, TCCD: 4, TRTP: 5, TWTR: 5, TWR: 10,
			TRTRS: 1, TRFC: 74, TFAW: 20, TCKE: 4, TXP: 4, TCMD: 1,
			IDD0: 110, IDD1: 130, IDD2P: 12, IDD2Q: 60, IDD2N: 65, IDD3Pf: 40, IDD3Ps: 40, IDD3N: 62,
			IDD4W: 220, IDD4R: 200, IDD5: 240, IDD6: 6, IDD6L: 9, IDD7: 490,
			VddV: 1.5,
		},
		System: defaultSystem(),
	}
}

// DDR2_800_x4 returns Micron's 1 Gb DDR2-800 x4 part as DRAMSim2 ships it, with the peer's
// system file; a rank holds 2 GiB. All values: DRAMSim2's
// DDR2_micron_32M_8B_x4_sg25E.ini; Vdd: JEDEC JESD79-2, 1.8 V.
func DDR2_800_x4() Config {
	return Config{
		Device: Device{
			NumBanks: 8, NumRows: 16384, NumCols: 2048, DeviceWidth: 4,
			RefreshPeriodNs: 7800, TCKNs: 2.5,
			CL: 5, AL: 0, BL: 4,
			TRAS: 18, TRCD: 5, TRRD: 3, TRC: 23, TRP: 5, TCCD: 2, TRTP: 3, TWTR: 3, TWR: 6,
			TRTRS: 1, TRFC: 51, TFAW: 14, TCKE: 3, TXP: 2, TCMD: 1,
			IDD0: 90, IDD1: 110, IDD2P: 7, IDD2Q: 45, IDD2N: 50, IDD3Pf: 35, IDD3Ps: 12, IDD3N: 60,
			IDD4W: 145, IDD4R: 145, IDD5: 235, IDD6: 7, IDD6L: 3, IDD7: 335,
			VddV: 1.8,
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
