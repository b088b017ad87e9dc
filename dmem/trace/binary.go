package trace

const magic = "DMEMTRC\x01"

func newBinaryDecoder(in *input) (Header, decoder, error) {
	return Header{}, nil, &Error{Field: "version", Err: ErrFormat}
}
