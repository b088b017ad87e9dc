// Package jupyter executes GoNB notebooks without a browser and opens them in JupyterLab, on a
// machine that need not have more than Go, git, a C compiler and Python.
//
// [Setup] finds or makes what is missing; everything it makes lies in one private folder
// (that of package cachefolder) and nothing else on the machine is changed (but for Debian's packages, the
// last resort of root):
//
//	kernel-KEY/bin/gonb, goimports       built from the versions in go.mod
//	kernel-KEY/share/kernels/gonb/       the kernel's description for Jupyter
//	jupyter-KEY/bin/jupyter              a virtual environment with the pinned requirements.txt,
//	                                     for JupyterLab with those of requirements-lab.txt
//
// KEY changes with the versions. A lock keeps several set-ups from each other's way, and a
// folder whose set-up was interrupted, or that lost a file, is made anew. [Inspect] says what
// is there and how to mend what is not.
//
// [Env.Execute] runs one notebook with Jupyter's nbconvert under private configuration, data,
// run-time and temporary folders. A cell that fails is a [*CellError] with the cell's source
// and output. As the kernel lets much pass in silence, failing means more than it does to
// Jupyter: a "!command" with an exit status, a display that could not be sent, and a cell
// tagged "figure" without a picture fail as well. Only a notebook without failure is written,
// in place and whole, in a canonical form in which two executions are byte-identical: no
// times, versions, random ids or empty outputs; the text a cell printed stands before what it
// displayed, as their order is a matter of chance.
//
// [Env.Serve] runs JupyterLab or the classic notebook on 127.0.0.1 with a token, under
// configuration of its own, until it is told to end. TestBrowser drives both in Chromium.
//
// The tag "raises-exception" marks a cell that may fail.
package jupyter
