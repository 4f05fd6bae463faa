package sink

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

func stream(name string) *connector.Stream {
	for _, s := range connector.Streams() {
		if s.Name == name {
			return s
		}
	}
	panic(name)
}

// readView reads a view: the names of its columns, and its rows as texts.
func readView(t testing.TB, s connector.Sink, name string) (columns []string, rows [][]string) {
	t.Helper()
	switch s := s.(type) {
	case *sqlite:
		must(t, s.read.query("SELECT name FROM pragma_table_info(?)", func(at *stmt) error {
			columns = append(columns, at.text(0))
			return nil
		}, name))
		must(t, s.read.query("SELECT * FROM "+quote(name)+" ORDER BY 1", func(at *stmt) error {
			var row []string
			for i := range columns {
				row = append(row, at.text(i))
			}
			rows = append(rows, row)
			return nil
		}))
	case *postgres:
		got, err := s.pool.Query(t.Context(), "SELECT * FROM "+s.in+quote(name)+" ORDER BY 1", pgx.QueryExecModeExec) // its columns change
		must(t, err)
		defer got.Close()
		for _, f := range got.FieldDescriptions() {
			columns = append(columns, f.Name)
		}
		for got.Next() {
			values, err := got.Values()
			must(t, err)
			var row []string
			for _, v := range values {
				switch v := v.(type) {
				case nil:
					row = append(row, "")
				case bool:
					row = append(row, map[bool]string{true: "1", false: "0"}[v])
				case time.Time:
					row = append(row, strings.TrimSuffix(timeText(v), "T00:00:00.000000Z"))
				default:
					row = append(row, fmt.Sprint(v))
				}
			}
			rows = append(rows, row)
		}
		must(t, got.Err())
	}
	return columns, rows
}

func eachDatabase(t *testing.T, test func(t *testing.T, dest string)) {
	for _, k := range kinds {
		if k.name == "sqlite" || k.name == "postgres" {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				test(t, k.dest(t))
			})
		}
	}
}

// TestViews: a view a board, with its columns by title, of the rows that are there.
func TestViews(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dest string) {
		s := mustOpen(t, dest)
		must(t, s.Prepare(t.Context(), connector.Streams()))
		items, values, groups := stream("items"), stream("column_values"), stream("groups")
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		item := func(id, name string) connector.Row {
			return row(items, map[string]any{"id": id, "board_id": "7", "group_id": "g", "name": name, "state": "active", "updated_at": at})
		}
		value := func(item, column string, with map[string]any) connector.Row {
			r := row(values, map[string]any{"item_id": item, "board_id": "7", "column_id": column})
			for name, v := range with {
				r[values.At(name)] = v
			}
			return r
		}
		long := strings.Repeat("é", 60)
		board := connector.BoardColumns{ID: "7", Name: "Any", Columns: []connector.BoardColumn{
			{ID: "numbers", Title: "Amount", Type: "numbers"}, {ID: "date4", Title: "When", Type: "date"}, {ID: "check", Title: "Done?", Type: "checkbox"},
			{ID: "status", Title: "AMOUNT", Type: "status"}, {ID: "text'; --", Title: "Robert\"); DROP TABLE items; --", Type: "text"}, {ID: "name2", Title: "Name", Type: "text"},
			{ID: "long1", Title: long, Type: "text"}, {ID: "long2", Title: long + "x", Type: "text"}, {ID: "long2", Title: long + "y", Type: "text"},
			{ID: "blank", Title: " \n\x00 ", Type: "text"}, {ID: "empty", Title: "", Type: "new_type"},
		}}
		commit(t, s, &connector.Batch{ReadAt: at, Rows: map[*connector.Stream][]connector.Row{
			items:  {item("1", "One"), item("2", "Two"), item("3", "Gone")},
			groups: {row(groups, map[string]any{"board_id": "7", "id": "g", "title": "Group"})},
			values: {value("1", "numbers", map[string]any{"text": "1.50", "number": 1.5}), value("1", "date4", map[string]any{"text": "Jan 2", "date": "2026-01-02"}),
				value("1", "check", map[string]any{"text": "v", "bool": true}), value("1", "status", map[string]any{"text": "Done"}),
				value("1", "text'; --", map[string]any{"text": "bobby"}), value("2", "status", map[string]any{"text": "gone"})},
		}})
		commit(t, s, &connector.Batch{ReadAt: at, Gone: []connector.Gone{{Stream: items, By: "id", Values: []string{"3"}}, {Stream: values, By: "item_id", Values: []string{"2"}}}})
		must(t, s.Publish(t.Context(), []connector.BoardColumns{board, {ID: "8"}}))

		columns, rows := readView(t, s, "board_7")
		shown := func(s string) string { return cut(s, 63) }
		want := []string{"item_id", "name", "group", "state", "updated_at", "Amount", "When", "Done?", "AMOUNT (status)", `Robert"); DROP TABLE items; --`, "Name (name2)",
			shown(long), cut(long, 63-8) + " (long2)", cut(long, 61) + " 2", "\uFFFD", "empty"}
		if diff := cmp.Diff(want, columns); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		updated := timeText(at)
		none := slices.Repeat([]string{""}, 11)
		if diff := cmp.Diff([][]string{
			append([]string{"1", "One", "Group", "active", updated, "1.5", "2026-01-02", "1", "Done", "bobby"}, none[:6]...),
			append([]string{"2", "Two", "Group", "active", updated}, none...),
		}, rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}

		// Renaming a column, and a board that is gone. What is as it was is not made again.
		before := catalog(t, s, "board_8")
		board.Columns = []connector.BoardColumn{{ID: "numbers", Title: "Sum", Type: "text"}}
		must(t, s.Publish(t.Context(), []connector.BoardColumns{board, {ID: "8", Name: "renamed"}}))
		if columns, _ := readView(t, s, "board_7"); columns[len(columns)-1] != "Sum" {
			t.Errorf("%q", columns)
		}
		if after := catalog(t, s, "board_8"); after != before {
			t.Errorf("made again: %s, %s", before, after)
		}
		must(t, s.Publish(t.Context(), []connector.BoardColumns{{ID: "8"}}))
		if catalog(t, s, "board_7") != "" || catalog(t, s, "board_8") != before {
			t.Error("the view of a board that is gone is there, or the other is not")
		}
	})
}

// catalog says where the database has a view: it changes when the view is made again.
func catalog(t testing.TB, s connector.Sink, name string) (where string) {
	t.Helper()
	switch s := s.(type) {
	case *sqlite:
		must(t, s.read.query("SELECT rowid FROM sqlite_master WHERE name = ?", func(at *stmt) error {
			where = at.text(0)
			return nil
		}, name))
	case *postgres:
		must(t, s.pool.QueryRow(t.Context(), "SELECT coalesce(to_regclass($1)::oid::text, '')", s.in+quote(name)).Scan(&where))
	}
	return where
}

// TestViewWithDependents: a view that somebody else's stands on stays, and keeps no other from its change.
func TestViewWithDependents(t *testing.T) {
	t.Parallel()
	p := mustOpen(t, kinds[len(kinds)-1].dest(t)).(*postgres)
	must(t, p.Prepare(t.Context(), connector.Streams()))
	must(t, p.Publish(t.Context(), []connector.BoardColumns{{ID: "1"}, {ID: "2"}}))
	_, err := p.pool.Exec(t.Context(), "CREATE VIEW mine AS SELECT * FROM board_1")
	must(t, err)
	more := []connector.BoardColumn{{ID: "a", Title: "A"}}
	err = p.Publish(t.Context(), []connector.BoardColumns{{ID: "1", Columns: more}, {ID: "2", Columns: more}})
	if err == nil || !strings.Contains(err.Error(), "view mine depends on view board_1") {
		t.Errorf("%v", err)
	}
	if columns, _ := readView(t, p, "board_2"); !slices.Contains(columns, "A") {
		t.Errorf("%q", columns)
	}
	_, err = p.pool.Exec(t.Context(), "DROP VIEW mine")
	must(t, err)
	must(t, p.Publish(t.Context(), []connector.BoardColumns{{ID: "1", Columns: more}}))
}

func FuzzName(f *testing.F) {
	f.Add("Title", "id", "TITLE", "id")
	f.Add(strings.Repeat("é", 40), "x", strings.Repeat("é", 41), strings.Repeat("ü", 40))
	f.Fuzz(func(t *testing.T, a, aid, b, bid string) {
		n := newNamer()
		seen := map[string]bool{}
		for _, name := range []string{n.name(a, aid), n.name(b, bid), n.name(a, aid), n.name(a, bid), n.name("", "")} {
			if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsRune(name, 0) || seen[strings.ToLower(name)] {
				t.Errorf("%q", name)
			}
			seen[strings.ToLower(name)] = true
		}
	})
}
