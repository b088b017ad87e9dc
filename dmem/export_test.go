package dmem

// ShareAll has the workers share every window, however little happens in it.
func (r *Rack) ShareAll() { r.sharedFrom = 0 }
