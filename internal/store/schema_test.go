package store

import (
	"strings"
	"testing"
)

// testSchema takes an empty database through its versions. exec runs a statement in it.
func testSchema(t *testing.T, dsn string, exec func(sql string)) {
	ctx := t.Context()
	refused := func(what, words string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v, want %q", what, err, words)
		}
	}
	_, err := Open(ctx, dsn, Options{})
	refused("open with no schema", "run 'lunedi migrate'", err)

	list, err := migrationsOf("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	want := len(list)
	versions := func(what string, from, to int, gotFrom, gotTo int, err error) {
		t.Helper()
		if err != nil || gotFrom != from || gotTo != to {
			t.Errorf("%s: %d, %d, %v; want %d, %d", what, gotFrom, gotTo, err, from, to)
		}
	}
	from, to, err := Version(ctx, dsn)
	versions("version before", 0, want, from, to, err)
	from, to, err = Migrate(ctx, dsn)
	versions("migrate", 0, want, from, to, err)
	from, to, err = Migrate(ctx, dsn)
	versions("migrate again", want, want, from, to, err)
	from, to, err = Version(ctx, dsn)
	versions("version after", want, want, from, to, err)
	s, err := Open(ctx, dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	exec(`INSERT INTO migrations (version, name, at) VALUES (999, 'of the future', '')`)
	_, err = Open(ctx, dsn, Options{})
	refused("open", "made by a newer program", err)
	_, err = Open(ctx, dsn, Options{Migrate: true})
	refused("open and migrate", "made by a newer program", err)
	_, _, err = Migrate(ctx, dsn)
	refused("migrate", "made by a newer program", err)
}

// TestMigrationsAlike: both databases go through the same versions, so that one number says where a
// database is.
func TestMigrationsAlike(t *testing.T) {
	t.Parallel()
	one, err := migrationsOf("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	other, err := migrationsOf("postgres")
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != len(other) {
		t.Fatalf("%d and %d migrations", len(one), len(other))
	}
	for i := range one {
		if one[i].name != other[i].name {
			t.Errorf("%s and %s", one[i].name, other[i].name)
		}
	}
}
