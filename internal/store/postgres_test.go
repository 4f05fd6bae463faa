package store

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func openTestPostgres(t testing.TB, dsn string) Store {
	s, err := Open(t.Context(), dsn, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) Store { return openTestPostgres(t, pgtest.Start(t)) })
}
