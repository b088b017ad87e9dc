package main

import (
	"context"

	"github.com/dmemsys/dmemsys/dmem/trace"
)

// stoppable is a source that ends with the context's error.
type stoppable struct {
	ctx context.Context
	trace.Source
}

func (s stoppable) Next(buf []trace.Miss) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Source.Next(buf)
}

// stoppableRefs is a source of references that ends with the context's error.
type stoppableRefs struct {
	ctx context.Context
	trace.RefSource
}

func (s stoppableRefs) Next(buf []trace.Reference) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.RefSource.Next(buf)
}

// watched reports after each batch.
type watched struct {
	trace.Source
	report func()
}

func (s *watched) Next(buf []trace.Miss) (int, error) {
	n, err := s.Source.Next(buf)
	s.report()
	return n, err
}
