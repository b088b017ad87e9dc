package nb

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/janpfeifer/gonb/gonbui"
)

// gonb is the module of the kernel and of the channel to it.
const gonb = "github.com/janpfeifer/gonb"

// checkKernel returns an error if the kernel that runs this cell is of another version than
// the one this program speaks to: displays would get lost without a word. Where the system
// does not tell which program the kernel is (other than Linux) it returns nil.
func checkKernel() error {
	if !gonbui.IsNotebook {
		return nil
	}
	own, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	kernel, err := buildinfo.ReadFile(fmt.Sprintf("/proc/%d/exe", os.Getppid()))
	if err != nil {
		return nil
	}
	return compareKernel(kernel, own)
}

// compareKernel compares the versions of GoNB that two programs were built with.
func compareKernel(kernel, own *debug.BuildInfo) error {
	has, wants := gonbVersion(kernel), gonbVersion(own)
	if has == "" || wants == "" || has == "(devel)" || has == wants {
		return nil
	}
	return fmt.Errorf("nb: the notebook kernel is GoNB %s, and this clone wants %s: open the notebook with \"go run ./dmem/cmd/dmem lab\", "+
		"or install the kernel anew in the clone (go install %s && gonb --install) and restart it", has, wants, gonb)
}

// gonbVersion returns the version of GoNB in a program, "" if it has none.
func gonbVersion(info *debug.BuildInfo) string {
	if info.Main.Path == gonb {
		return info.Main.Version
	}
	for _, m := range info.Deps {
		if m.Path == gonb {
			return m.Version
		}
	}
	return ""
}
