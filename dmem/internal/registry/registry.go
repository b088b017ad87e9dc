// Package registry keeps named values: a fixed list of built-in ones, and those a program
// adds. The policy packages keep their policies in one each.
package registry

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// ErrDuplicate is returned by [Registry.Add] for a name that is taken.
var ErrDuplicate = errors.New("name is taken")

// Registry holds values by name, in the order in which they were added. It may be used by
// several goroutines.
type Registry[T fmt.Stringer] struct {
	prefix string // of errors: the package's name
	mu     sync.RWMutex
	values []T
}

// New returns a registry that holds the built-in values; errors begin with prefix.
func New[T fmt.Stringer](prefix string, builtin ...T) *Registry[T] {
	return &Registry[T]{prefix: prefix, values: builtin}
}

// Add makes a value known by its name. The error wraps [ErrDuplicate] if that is taken.
func (r *Registry[T]) Add(v T) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.values {
		if w.String() == v.String() {
			return fmt.Errorf("%s: policy %q: %w", r.prefix, v, ErrDuplicate)
		}
	}
	r.values = append(r.values, v)
	return nil
}

// Lookup returns the value of that name. The error of an unknown name lists the known ones.
func (r *Registry[T]) Lookup(name string) (T, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, v := range r.values {
		if v.String() == name {
			return v, nil
		}
	}
	var none T
	return none, fmt.Errorf("%s: unknown policy %q: want %s", r.prefix, name, strings.Join(r.names(), ", "))
}

// Names returns all names in order.
func (r *Registry[T]) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.names()
}

func (r *Registry[T]) names() []string {
	var s []string
	for _, v := range r.values {
		s = append(s, v.String())
	}
	return s
}
