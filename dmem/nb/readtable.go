package nb

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-gota/gota/dataframe"

	"github.com/dmemsys/dmemsys/dmem/internal/scale"
)

// ReadTable returns the table data/results/name.csv of the module around the notebook, which
// [SaveTable] or a command has written; at another scale than small the one of that scale. It
// panics on an error, so that the cell fails.
func ReadTable(name string) dataframe.DataFrame {
	path := filepath.Join(Data(), "results", scale.Folder(Scale()), name+".csv")
	file, err := os.Open(path)
	if err != nil {
		panic(fmt.Errorf("nb: %w", err))
	}
	defer file.Close()
	df := dataframe.ReadCSV(file)
	if df.Err != nil {
		panic(fmt.Errorf("nb: %s: %w", path, df.Err))
	}
	return df
}
