package trace

// newDRAMsim3 reads lines "0xADDR COMMAND cycle" of DRAMsim3. It takes every command that
// it does not know for a read; here the known ones are those of its examples and of
// DRAMSim2, and any other is an error.
func newDRAMsim3(in *input, o Options) decoder[Miss] {
	p := stamped{want: "READ, WRITE, read, write, IFETCH, or a command of a k6 trace", write: func(c []byte) (bool, bool) {
		switch string(c) {
		case "WRITE", "write", "P_MEM_WR", "BOFF":
			return true, true
		case "READ", "read", "IFETCH", "P_FETCH", "P_MEM_RD", "P_LOCK_RD", "P_LOCK_WR":
			return false, true
		}
		return false, false
	}}
	return p.decoder(in)
}

// appendDRAMsim3 writes what newDRAMsim3 reads.
func appendDRAMsim3(b []byte, m *Miss) []byte { return appendStamped(b, m, "READ", "WRITE") }
