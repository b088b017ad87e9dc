// Package lint holds the repository to its habits. It is an ordinary test that reads every
// Go file itself: format, direction of imports, documentation, nothing that would make a
// model print or depend on the wall clock, and citations that lead somewhere.
package lint
