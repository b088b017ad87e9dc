package trace_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// seeds adds the samples of a format, and what each of its readers has to refuse.
func seeds(f *testing.F, format trace.Format, more ...string) {
	f.Helper()
	add := func(file string) {
		data, err := os.ReadFile(samplePath(file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)-1])
		f.Add(data[:len(data)/2])
	}
	for _, c := range missSamples {
		if c.format == format {
			add(c.file)
		}
	}
	for _, c := range refSamples {
		if c.format == format {
			add(c.file)
		}
	}
	for _, text := range more {
		f.Add([]byte(text))
	}
}

// fuzzMisses reads anything as a trace of one format: records and one of the known errors
// come of it, no more of them than the bytes can hold, and what can be written reads the
// same again.
func fuzzMisses(f *testing.F, o trace.Options, more ...string) {
	seeds(f, o.Format, more...)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := trace.NewFile(bytes.NewReader(data), "fuzz", o)
		known(t, err)
		if err != nil {
			return
		}
		defer file.Close()
		ms, err := readAll(t, file)
		known(t, err)
		if len(data) < 1<<16 && len(ms) > 65*len(data) {
			t.Fatalf("%d records of %d bytes", len(ms), len(data))
		}
		rewritten(t, ms)
		if o.Format.Writable() {
			samefile(t, ms, o.Format)
		}
	})
}

// samefile fails unless a file that is written of misses reads, and writes, the same again.
func samefile(t *testing.T, ms []trace.Miss, format trace.Format) {
	t.Helper()
	once := written(t, ms, format)
	again, err := decodeAs(t, once, trace.Options{Format: format})
	if err != nil || len(again) != len(ms) {
		t.Fatalf("%d records written, %d read: %v", len(ms), len(again), err)
	}
	if twice := written(t, again, format); !bytes.Equal(once, twice) {
		t.Fatalf("written\n%s\nread and written\n%s", once, twice)
	}
}

// written returns a file of misses.
func written(t testing.TB, ms []trace.Miss, format trace.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	sink, err := trace.NewSink(&b, format, ghz)
	if err == nil {
		_, err = trace.Copy(sink, &slice{misses: ms, batch: 1000})
	}
	if err == nil {
		err = sink.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fuzzReferences is fuzzMisses for a format of references.
func fuzzReferences(f *testing.F, format trace.Format, more ...string) {
	seeds(f, format, more...)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := trace.NewRefFile(bytes.NewReader(data), "fuzz", trace.Options{Format: format})
		known(t, err)
		if err != nil {
			return
		}
		defer file.Close()
		refs, err := readRefs(t, file)
		known(t, err)
		if len(data) < 1<<16 && len(refs) > 65*len(data) {
			t.Fatalf("%d records of %d bytes", len(refs), len(data))
		}
		for i, r := range refs {
			if _, err := r.Kind.MarshalText(); err != nil || r.Instructions > 1 || uint64(r.Addr)+uint64(max(r.Size, 1))-1 < uint64(r.Addr) {
				t.Fatalf("reference %d: %+v", i, r)
			}
		}
	})
}

func FuzzDRackSimRaw(f *testing.F) { fuzzMisses(f, trace.Options{Format: trace.DRackSimRaw}) }
func FuzzDRackSimText(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRackSimText}, "0 0 0x1 R 5\n", "1 65536 0x1 R 5\n", "1 0 0x1 R 5\n1 0 0x1 R 4\n")
}
func FuzzGem5(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.Gem5}, "gem5", "gem5\x02\x18\x01", "gem5\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")
}
func FuzzDRAMSys(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMSys}, "1: (0) read 0x1\n", "1: (65) write 0xffffffffffffffff 0x1\n", "#\n")
}
func FuzzDRAMSysRelative(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMSysRelative}, "9223372036854775806: read 0x1\n0: read 0x1\n1: read 0x1\n", "3: (65) write 0x1\n2: read 0x1\n")
}
func FuzzProspero(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.Prospero}, "1 R 18446744073709551615 2\n", "1 R 1 4097\n")
}
func FuzzK6(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMSim2K6}, "0x1 P_INT_ACK 3\n", "0x1 BOFF 1,234.5 ns\n")
}
func FuzzMase(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMSim2Mase}, "0x READ 1\n", "0x11111111111111111 READ 1\n")
}
func FuzzMisc(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMSim2Misc, Gap: trace.MaxStamp / 2}, "0x1 read 0xf\n", "0x1 read\n0x1 read\n0x1 read\n0x1 read\n")
}
func FuzzDRAMsim3(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.DRAMsim3}, "0x1 TRANS 3\n", "0x1 READ -1\n")
}
func FuzzRamulator(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.Ramulator, Gap: 9}, "0x1 r\n")
}
func FuzzReadWrite(f *testing.F) {
	fuzzMisses(f, trace.Options{Format: trace.RamulatorReadWrite, Mapping: mapping("ro16,ba2,bg2,ra1,co7,ch1,by6")}, "R 0,0,0,0,0\n", "R 2,0,0,0,0,0\n", "W 0,0,0,0,0,0,0\n")
}
func FuzzDRMemtrace(f *testing.F) { fuzzReferences(f, trace.DRMemtrace) }
func FuzzPinatrace(f *testing.F)  { fuzzReferences(f, trace.Pinatrace, "#eof\n#eof\n", "0x1: R 0x1\n") }
func FuzzLackey(f *testing.F) {
	fuzzReferences(f, trace.Lackey, " M 1,16384\n", " L ffffffffffffffff,2\n", "I  ,\n", "==\n")
}
func FuzzLoadStore(f *testing.F) {
	fuzzReferences(f, trace.RamulatorLoadStore, "LD 18446744073709551616\n", "LD 0X\n")
}
func FuzzChampSim(f *testing.F)   { fuzzReferences(f, trace.ChampSim) }
func FuzzCloudSuite(f *testing.F) { fuzzReferences(f, trace.CloudSuite) }
