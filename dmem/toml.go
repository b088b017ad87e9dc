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
// An unknown key, a quantity without its unit and an unknown policy are errors that name
// file, line and key; a missing key and a value that [Config.Validate] refuses are errors
// that name file and key, all of them joined. A configuration without workloads is
// accepted, since they can be added.
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
		return Config{}, decodeErrors(path, err)
	}
	if base == nil {
		if err := checkComplete(path, text, &c); err != nil {
			return Config{}, err
		}
	}
	if len(c.Workloads) == 0 {
		c.Workloads = workloads
	}
	if err := validateFile(path, c); err != nil {
		return Config{}, err
	}
	return c, nil
}

// decodeErrors returns what the decoder complains about with file, line and key.
func decodeErrors(path string, err error) error {
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
		if key != "" {
			key += ": "
		}
		return fmt.Errorf("dmem: %s:%d: %s%s", path, line, key, strings.TrimPrefix(fault.Error(), "toml: "))
	}
	return fmt.Errorf("dmem: %s: %w", path, err)
}

// checkComplete returns an error that lists the keys which the file lacks.
func checkComplete(path string, text []byte, c *Config) error {
	var have map[string]any
	if err := toml.Unmarshal(text, &have); err != nil {
		return fmt.Errorf("dmem: %s: %w", path, err)
	}
	want, err := c.keys()
	if err != nil {
		return err
	}
	if missing := missingKeys(want, have, ""); len(missing) > 0 {
		return fmt.Errorf("dmem: %s: missing keys: %s", path, strings.Join(missing, ", "))
	}
	return nil
}

// missingKeys returns the paths of the keys of want that have lacks, sorted.
func missingKeys(want, have map[string]any, prefix string) []string {
	var missing []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, ok := have[key]
		if !ok {
			missing = append(missing, prefix+key)
			continue
		}
		inner, isTable := want[key].(map[string]any)
		if found, ok := value.(map[string]any); isTable && ok {
			missing = append(missing, missingKeys(inner, found, prefix+key+".")...)
		}
	}
	return missing
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
// the file's name.
func validateFile(path string, c Config) error {
	if len(c.Workloads) == 0 {
		c.Workloads = []Workload{{Name: "later", Trace: "later"}}
	}
	err := c.Validate()
	if err == nil {
		return nil
	}
	return fmt.Errorf("dmem: %s: %s", path, strings.ReplaceAll(err.Error(), "\n", "\n"+path+": "))
}
