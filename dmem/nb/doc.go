// Package nb makes the figures, tables and progress bars of the project's notebooks. It is
// the only package that knows the notebook kernel (gonbui), the plots (gonum/plot) and the
// data frames (gota).
//
// # Figures
//
// A constructor takes plain data and returns a [*Figure]; its exported fields adjust it:
//
//	fig := nb.CDF("Access latency", nb.Dist{Name: "random", Points: result.CDF(400)})
//	fig.MarkX = []nb.Mark{{At: 1000, Label: "1 µs"}}
//	nb.Show(fig)            // inline, as PNG
//	nb.Save(fig, "fig2c")   // figures/fig2c.svg, .pdf and .png
//
// There are bars by group ([Bars]), stacked parts by group ([Stacks]), latency bands ([Bands],
// [BandStacks]), box plots ([Boxes]), distributions ([CDF]) and their tails ([Tail]), lines,
// steps and points ([Lines]), areas in small multiples ([Multiples]), heat maps ([Heat],
// [HeatOver]) and drawings of a machine's parts ([Schematic]); [Panels] puts several figures side by side. [Of] takes results, and its methods
// are the usual figures of them. All share one
// style: a column of 3.4 inch or a page of 7, Liberation Sans of 9 and 8 points, the colours
// of Okabe and Ito, a dash pattern and a mark per line, a hatching per series so that a grey
// print can be read, and legend rows above the data, never on it. Latencies are in
// nanoseconds and a logarithmic latency axis counts in ns, µs and ms.
//
// Data are checked when a figure is drawn, not when it is made: no data at all, an infinite
// value or a list of the wrong length is an error that names the figure and the series. NaN
// means "no samples", as everywhere in this project: a gap in a line, "n/a" in place of a
// bar. A latency of zero cannot stand on a logarithmic axis; it is drawn at the left edge.
//
// The same data give the same bytes in every format, on one architecture.
//
// # Figures that move
//
// [Sweep] draws a figure for each setting of sliders and lists, [Animate] shows figures one
// after the other: both work without a kernel. [Live] runs the simulation anew when a slider
// moves. Package nb/lesson has the tutorials' moving pictures.
//
// # Tables
//
// [Show] turns a stats.Table into a data frame ([Frame]) and that into HTML: numbers to the
// right, units in the heading, the exact value under the pointer.
//
// # Errors
//
// What only notebooks call ([Show], [Save], [Sweep], [Live], [Of], [Frame], [Scale]) panics on an error, so that a
// display that failed is a cell that failed; programs use [Figure.Save], which returns it.
package nb
