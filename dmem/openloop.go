package dmem

import "github.com/dmemsys/dmemsys/dmem/units"

// openLoop issues each record at its stamp.
type openLoop struct {
	feed *feed
	r    record
	more bool
}

func newOpenLoop(f *feed) (*openLoop, error) {
	o := &openLoop{feed: f}
	return o, o.issued(0)
}

func (o *openLoop) next() units.Time {
	if !o.more {
		return units.Never
	}
	return o.r.at
}

func (o *openLoop) record() (*record, int32) { return &o.r, 0 }

func (o *openLoop) issued(units.Time) (err error) {
	o.more, err = o.feed.record(&o.r)
	return err
}

func (o *openLoop) completed(int32, bool, units.Time) {}
func (o *openLoop) ended() bool                       { return !o.more }
func (o *openLoop) feedback() bool                    { return false }
