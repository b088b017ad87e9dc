package trace

import "io"

// RefFile is a trace of references being read, a [RefSource]. It is read once, from the
// start to the end, in memory that does not depend on its length.
type RefFile struct {
	opened
	dec decoder[Reference]
}

// OpenRefs opens a file of references, as [Open] opens one of misses: the errors are the
// same, with [ErrFamily] for a trace of misses.
func OpenRefs(path string, o Options) (*RefFile, error) { return openPath(path, o, NewRefFile) }

// NewRefFile reads references from r; name stands for it in errors. It is [OpenRefs] for
// what is no file. Close does not close r.
func NewRefFile(r io.Reader, name string, o Options) (*RefFile, error) {
	f := &RefFile{}
	err := f.start(r, name, &o)
	if err == nil {
		if references := f.format.layout().references; references != nil {
			f.dec = references(f.in, o)
		} else {
			err = f.family("references", "misses")
		}
	}
	return ready(f, err, o)
}

// Check sets what each reference has to pass from the next call of Next on, before it is
// delivered. The error of one that does not is in an [*Error], with the record's place, which
// ends the file as any other does.
func (f *RefFile) Check(test func(*Reference) error) {
	f.dec.(*framed[Reference]).test = test // all formats of references come in frames
}

// Next implements [RefSource]. Its errors are those of [File.Next].
func (f *RefFile) Next(buf []Reference) (int, error) { return read(&f.opened, f.dec, buf) }
