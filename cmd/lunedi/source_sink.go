package main

import (
	"context"
	"errors"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// openSink opens where the tables of a data source go. It is sink.Open as soon as that is there.
func openSink(context.Context, string) (connector.Sink, error) {
	return nil, errors.New("this program has no destinations yet")
}
