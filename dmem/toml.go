package dmem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// WriteTOML writes the configuration as a TOML file that is complete and says in comments
// what each key means. [ReadConfig] reads the same configuration from it. Policies stand by
// name: one that is not registered cannot be read back.
func (c *Config) WriteTOML(w io.Writer) error {
	e := toml.NewEncoder(w)
	e.SetIndentTables(false)
	if err := e.Encode(c); err != nil {
		return fmt.Errorf("dmem: configuration as TOML: %w", err)
	}
	return nil
}

// ReadConfig reads a configuration from a TOML file. The keys of the file are laid over
// base, whose workloads give way to the file's, if it has any; with a nil base the file
// must be complete. Paths of traces are relative to the current directory.
//
// An unknown key and a text that does not parse, such as an unknown policy, are errors that
// name file, line and key; a quantity without its unit, a missing key and a value that
// [Config.Validate] refuses are errors that name file and key (the last one the line, too), all
// of a kind joined. A
// configuration without workloads is accepted, since they can be added.
func ReadConfig(path string, base *Config) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("dmem: configuration: %w", err)
	}
	var c Config
	if base != nil {
		c = *base
	}
	workloads := c.Workloads
	c.Workloads = nil
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&c); err != nil {
		return Config{}, decodeErrors(path, text, err)
	}
	if err := checkKeys(path, text, &c, base == nil); err != nil {
		return Config{}, err
	}
	if len(c.Workloads) == 0 {
		c.Workloads = workloads
	}
	if err := validateFile(path, text, c); err != nil {
		return Config{}, err
	}
	return c, nil
}

// decodeErrors returns what the decoder complains about with file, line and key.
func decodeErrors(path string, text []byte, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var errs []error
		for i := range unknown.Errors {
			line, _ := unknown.Errors[i].Position()
			errs = append(errs, fmt.Errorf("dmem: %s:%d: unknown key %s", path, line, strings.Join(unknown.Errors[i].Key(), ".")))
		}
		return errors.Join(errs...)
	}
	var fault *toml.DecodeError
	if errors.As(err, &fault) {
		line, _ := fault.Position()
		key := strings.Join(fault.Key(), ".")
		if want := wanted(fault.Error()); want != "" {
			return fmt.Errorf("dmem: %s:%d: %s: want %s", path, line, lineOf(text, line), want)
		}
		if key != "" {
			key += ": "
		}
		return fmt.Errorf("dmem: %s:%d: %s%s", path, line, key, strings.TrimPrefix(fault.Error(), "toml: "))
	}
	return fmt.Errorf("dmem: %s: %w", path, err)
}

// wanted returns what a key takes, of which the decoder only tells Go's type; "" if it is told
// already.
func wanted(fault string) string {
	_, kind, ok := strings.Cut(fault, " of type ")
	switch {
	case !ok || !strings.Contains(fault, "cannot decode"):
		return ""
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "true or false"
	}
	return "another kind of value"
}

// lineOf returns a line of a text, counted from 1, without blanks around it.
func lineOf(text []byte, line int) string {
	lines := strings.Split(string(text), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[line-1])
}

// keyLines returns the line, counted from 1, of each key "table.key" or "tables[0].key" of a
// text that the decoder has accepted. Keys that stand in other forms are left out.
func keyLines(text []byte) map[string]int {
	lines := map[string]int{}
	tables := map[string]int{}
	prefix := ""
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "[["); ok {
			name, _, _ = strings.Cut(name, "]")
			prefix = fmt.Sprintf("%s[%d].", name, tables[name])
			tables[name]++
		} else if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ = strings.Cut(name, "]")
			prefix = name + "."
			if first, rest, ok := strings.Cut(name, "."); ok && tables[first] > 0 { // of the last [[first]]
				prefix = fmt.Sprintf("%s[%d].%s.", first, tables[first]-1, rest)
			}
		} else if key, _, ok := strings.Cut(line, "="); ok && line[0] != '#' {
			lines[prefix+strings.TrimSpace(key)] = i + 1
		}
	}
	return lines
}

// checkKeys returns an error for each number that stands where the configuration has text,
// which is a quantity without its unit (the decoder would take it), and one that lists the
// keys the file lacks if it has to be complete.
func checkKeys(path string, text []byte, c *Config, complete bool) error {
	var have map[string]any
	if err := toml.Unmarshal(text, &have); err != nil {
		return fmt.Errorf("dmem: %s: %w", path, err)
	}
	want, err := c.keys()
	if err != nil {
		return err
	}
	var k keyCheck
	k.table("", want, have)
	var errs []error
	for _, b := range k.bare {
		errs = append(errs, fmt.Errorf("dmem: %s: %s: want a text, with a unit if it is a quantity ('4MiB', '120ns', '100Gbps')", path, b))
	}
	if complete && len(k.missing) > 0 {
		errs = append(errs, fmt.Errorf("dmem: %s: missing keys: %s", path, strings.Join(k.missing, ", ")))
	}
	return errors.Join(errs...)
}

// keyCheck collects how the keys of a file differ from those of a configuration.
type keyCheck struct {
	missing []string // paths
	bare    []string // "path = value" of what should be text
}

func (k *keyCheck) table(prefix string, want, have map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if value, ok := have[key]; ok {
			k.value(prefix+key, want[key], value)
		} else {
			k.missing = append(k.missing, prefix+key)
		}
	}
}

func (k *keyCheck) value(path string, want, have any) {
	switch want := want.(type) {
	case string:
		if _, ok := have.(string); !ok {
			k.bare = append(k.bare, fmt.Sprintf("%s = %v", path, have))
		}
	case map[string]any:
		if have, ok := have.(map[string]any); ok {
			k.table(path+".", want, have)
		}
	case []any:
		have, _ := have.([]any)
		for i := range min(len(want), len(have)) {
			k.value(fmt.Sprintf("%s[%d]", path, i), want[i], have[i])
		}
	}
}

// keys returns the configuration as in its TOML file, but for comments and order.
func (c *Config) keys() (map[string]any, error) {
	var b bytes.Buffer
	if err := c.WriteTOML(&b); err != nil {
		return nil, err
	}
	var keys map[string]any
	if err := toml.Unmarshal(b.Bytes(), &keys); err != nil {
		return nil, fmt.Errorf("dmem: configuration as TOML: %w", err)
	}
	return keys, nil
}

// validateFile returns all faults of a configuration, but for missing workloads, each with
// the file's name and, of a key that stands there, the line.
func validateFile(path string, text []byte, c Config) error {
	if len(c.Workloads) == 0 {
		c.Workloads = []Workload{{Name: "later", Trace: "later"}}
	}
	err := c.Validate()
	if err == nil {
		return nil
	}
	lines := keyLines(text)
	var faults []string
	for fault := range strings.SplitSeq(err.Error(), "\n") {
		place := path
		key, _, _ := strings.Cut(fault, " = ")
		if line, ok := lines[key]; ok {
			place = fmt.Sprintf("%s:%d", path, line)
		}
		faults = append(faults, place+": "+fault)
	}
	return fmt.Errorf("dmem: %s", strings.Join(faults, "\n"))
}
