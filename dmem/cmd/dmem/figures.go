package main

import (
	"context"
	"errors"
	"io"
)

func figures(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return errors.New("not there yet")
}
