package dmem

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pelletier/go-toml/v2"

	"github.com/dmemsys/dmemsys/dmem/internal/wholefile"
	"github.com/dmemsys/dmemsys/dmem/place"
	"github.com/dmemsys/dmemsys/dmem/pool"
)

// Errors of [ReadResult].
var (
	ErrResultDamaged = errors.New("damaged result")
	ErrResultVersion = errors.New("result of another version")
)

// resultMagic begins the first line of a result file; the layout follows.
const resultMagic = "dmemsys result, layout "

// maxResult is the largest size of a result, not compressed.
const maxResult = 1 << 30

// WriteFile writes the result to a file from which [ReadResult] reads all of it back, whole
// or not at all. Policies stand by name: with one that is not built in it is an error.
//
// The file is a line of text that tells the layout of the structures, and then encoding/gob
// compressed by Zstandard with a checksum.
func (r *Result) WriteFile(path string) error {
	return wholefile.Write(path, func(w io.Writer) error {
		if err := r.encode(w); err != nil {
			return fmt.Errorf("dmem: %s: %w", path, err)
		}
		return nil
	})
}

// ReadResult reads a result that [Result.WriteFile] wrote. It returns the file system's
// error, or an error that names the file and wraps [ErrResultVersion] if another version of
// this package with other structures wrote it, and [ErrResultDamaged] if it is no such file,
// cut off or altered.
func ReadResult(path string) (*Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("dmem: result: %w", err)
	}
	r, err := decodeResult(data)
	if err != nil {
		return nil, fmt.Errorf("dmem: %s: %w", path, err)
	}
	return r, nil
}

func (r *Result) encode(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s%s\n", resultMagic, resultLayout()); err != nil {
		return err
	}
	var content bytes.Buffer
	if err := gob.NewEncoder(&content).Encode(r); err != nil {
		return err
	}
	_, err := w.Write(compressor().EncodeAll(content.Bytes(), nil))
	return err
}

// compressor and decompressor serve several goroutines at a time. To make new ones takes longer
// than the file of a short run. Their only errors are options out of range.
var (
	compressor = sync.OnceValue(func() *zstd.Encoder {
		z, _ := zstd.NewWriter(nil)
		return z
	})
	decompressor = sync.OnceValue(func() *zstd.Decoder {
		z, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxResult))
		return z
	})
)

func decodeResult(data []byte) (*Result, error) {
	end := len(resultMagic) + len(resultLayout())
	if len(data) <= end || !bytes.HasPrefix(data, []byte(resultMagic)) || data[end] != '\n' {
		return nil, fmt.Errorf("%w: want %q and a layout in its first line", ErrResultDamaged, resultMagic)
	}
	if layout := string(data[len(resultMagic):end]); layout != resultLayout() {
		return nil, fmt.Errorf("%w: its layout is %q, want %s", ErrResultVersion, layout, resultLayout())
	}
	content, err := decompressor().DecodeAll(data[end+1:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResultDamaged, err)
	}
	res, err := decodeContent(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResultDamaged, err)
	}
	return res, nil
}

// decodeContent decodes what is compressed in a file.
func decodeContent(content []byte) (*Result, error) {
	rest := bytes.NewReader(content)
	r := &Result{}
	if err := gob.NewDecoder(rest).Decode(r); err != nil {
		return nil, err
	}
	if rest.Len() > 0 {
		return nil, fmt.Errorf("%d bytes after its end", rest.Len())
	}
	c := &r.Config
	fits := len(r.Nodes) == c.Nodes && len(r.Pools) == c.Pools && len(r.Groups) == len(c.Workloads) && len(r.Active.Groups) == len(c.Workloads)
	for i := range r.Nodes {
		fits = fits && r.Nodes[i].Group >= 0 && r.Nodes[i].Group < len(r.Groups)
	}
	for i := range r.Windows {
		fits = fits && len(r.Windows[i].Groups) == len(r.Groups)
	}
	for i := range r.Grants {
		fits = fits && int(r.Grants[i].Node) < c.Nodes && int(r.Grants[i].Pool) < c.Pools
	}
	if !fits {
		return nil, errors.New("nodes, pools or groups do not fit its configuration")
	}
	return r, nil
}

// GobEncode implements [gob.GobEncoder]: the configuration as TOML. A policy that is not
// built in is an error.
func (c *Config) GobEncode() ([]byte, error) {
	if err := c.builtinPolicies(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := c.WriteTOML(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// GobDecode implements [gob.GobDecoder]. A configuration that is not valid and a policy that
// is not built in are errors.
func (c *Config) GobDecode(b []byte) error {
	var d Config
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&d); err != nil {
		return decodeErrors("configuration", b, err)
	}
	if err := d.Validate(); err != nil {
		return err
	}
	if err := d.builtinPolicies(); err != nil {
		return err
	}
	*c = d
	return nil
}

// builtinPolicies returns an error if a policy is not built in: its name does not say what
// it does.
func (c *Config) builtinPolicies() error {
	if !place.IsBuiltin(c.Placement) {
		return fmt.Errorf("dmem: placement %q is not built in", c.Placement.Name)
	}
	if !pool.IsBuiltin(c.Pool) {
		return fmt.Errorf("dmem: pool policy %q is not built in", c.Pool.Name)
	}
	return nil
}

// resultLayout identifies the structures a result is made of.
var resultLayout = sync.OnceValue(func() string { return layoutOf(reflect.TypeFor[Result]()) })

// layoutOf identifies a type by the names and types of all fields, in 16 hexadecimal digits.
func layoutOf(t reflect.Type) string {
	var b strings.Builder
	describe(&b, t, map[reflect.Type]bool{})
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}

// describe writes what a type consists of; each named type once.
func describe(b *strings.Builder, t reflect.Type, seen map[reflect.Type]bool) {
	fmt.Fprintf(b, "%s %s\n", t, t.Kind())
	if seen[t] {
		return
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Struct:
		for f := range t.Fields() {
			fmt.Fprintf(b, "%s %s ", f.Name, f.Tag.Get("toml"))
			describe(b, f.Type, seen)
		}
	case reflect.Array, reflect.Slice, reflect.Pointer:
		describe(b, t.Elem(), seen)
	case reflect.Map:
		describe(b, t.Key(), seen)
		describe(b, t.Elem(), seen)
	}
}
