package store

import (
	"path/filepath"
	"testing"
)

func openTestSQLite(t testing.TB) Store {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a b%?#.db"), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) Store { return openTestSQLite(t) })
}
