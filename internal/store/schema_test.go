package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
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

// testUpgrade fills a database as the first version left it and opens it with this one.
func testUpgrade(t *testing.T, database, dsn string, exec func(sql string)) {
	list, err := migrationsOf(database)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		createMigrations, list[0].sql, `INSERT INTO migrations (version, name, at) VALUES (1, '0001_directory', '')`,
		`INSERT INTO accounts VALUES (1, 5, 9, 'n', 's', '', NULL, NULL, '', 'monday', '', TRUE, '', FALSE, FALSE, '', 1, FALSE)`,
		`INSERT INTO workspaces VALUES (1, 1, 'Main', '', 'open', 'active', 0, '', '', 0, '')`,
		`INSERT INTO boards VALUES (1, 2, 'B', 'd', 'public', 'active', 1, 3, 4, 'everyone', '', 'item', 'items', 5, '', '')`,
		`INSERT INTO board_users VALUES (1, 2, 4, TRUE)`,
		`INSERT INTO users VALUES (1, 4, 'U', 'u@example.com', 'member', 'active', FALSE, '', '', '', '', '', '', '', '', '', '', '', '', NULL, 0, '')`,
		`INSERT INTO tokens VALUES (1, 6, 4, 'ci', '` + strings.Repeat("0", 32) + `', NULL, '', NULL, NULL)`,
	} {
		exec(sql)
	}
	ctx := t.Context()
	if _, err := Open(ctx, dsn, Options{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("version 1 and this program needs %d: run 'lunedi migrate'", len(list))) {
		t.Errorf("opened: %v", err)
	}
	s, err := Open(ctx, dsn, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := &work.Snapshot{
		Seq:        5,
		Account:    work.Account{ID: 1, Name: "n", Slug: "s", FirstDay: "monday", TimelineWeekends: true, MainWorkspace: 1, LastID: 9},
		Workspaces: []*work.Workspace{{ID: 1, Name: "Main", Kind: work.Open, State: work.StateActive}},
		Boards: []*work.Board{{
			ID: 2, Name: "B", Description: "d", Kind: work.Public, State: work.StateActive, Workspace: 1, Folder: 3, Creator: 4,
			Permission: work.PermEveryone, ItemName: "item", ItemNames: "items", CreatedFrom: 5,
		}},
		BoardUsers: []work.BoardUser{{Board: 2, User: 4, Owner: true}},
		Users:      []*work.User{{ID: 4, Name: "U", Email: "u@example.com", Role: work.Member, Status: work.Active}},
		Tokens:     []*work.Token{{ID: 6, User: 4, Name: "ci", Kind: work.APIToken, Hash: []byte(strings.Repeat("0", 32))}},
	}
	same(t, "upgraded", want, mustLoad(t, s, 1))
	commit(t, s, 1, 6, puts(content())...)
	holds(t, s, 6, content())
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
