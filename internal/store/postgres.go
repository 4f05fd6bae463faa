package store

import (
	"context"
	"errors"
)

var errTODO = errors.New("PostgreSQL is not built yet")

func openPostgres(context.Context, string, Options) (Store, error)        { return nil, errTODO }
func migratePostgres(context.Context, string) (from, to int, err error)   { return 0, 0, errTODO }
func versionPostgres(context.Context, string) (have, want int, err error) { return 0, 0, errTODO }
