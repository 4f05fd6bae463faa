package sink

import (
	"context"
	"errors"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

type ff struct{}

var parquetFiles, jsonLines ff

func openFiles(ctx context.Context, dir string, f ff, ro bool) (connector.Sink, error) {
	return nil, errors.New("files: not yet")
}
