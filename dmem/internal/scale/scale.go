// Package scale is what the command that executes notebooks and the notebooks themselves have
// to agree on about the size of experiments.
package scale

// Env is the environment variable through which the scale reaches notebooks.
const Env = "DMEM_SCALE"

// Names of scales; any other is what the paper's rack is divided by.
const (
	Small = "small"
	Paper = "paper"
)

// Folder returns the name of the folder for what is made at a scale, within the folders of
// figures and results: none at Small, "paper" at Paper, "paper-16" at "16".
func Folder(scale string) string {
	switch scale {
	case Small:
		return ""
	case Paper, "1":
		return Paper
	}
	return Paper + "-" + scale
}
