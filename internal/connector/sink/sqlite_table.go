package sink

import (
	"context"
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// sqliteTypes are the declared types; dates and times are texts in the order of time.
var sqliteTypes = map[connector.Type]string{
	connector.Text: "TEXT", connector.Integer: "INTEGER", connector.Number: "REAL", connector.Boolean: "BOOLEAN",
	connector.Date: "TEXT", connector.Time: "TEXT", connector.JSON: "TEXT",
}

// A sqliteTable is a table with its statements.
type sqliteTable struct {
	*table
	insert string // a row that may be new
	touch  string // a row that may be as it was
	update string // a row that is there
	fresh  bool   // the last row was new: the next one is likely to be
	args   []any
}

// Prepare makes the tables that are missing, and adds the fields that are.
func (s *sqlite) Prepare(ctx context.Context, streams []*connector.Stream) error {
	tables := map[string]*sqliteTable{}
	var order []*sqliteTable
	err := s.transaction(ctx, func() error {
		for _, stream := range streams {
			t, err := newTable(stream)
			if err != nil {
				return err
			}
			if err := s.makeTable(t); err != nil {
				return err
			}
			st := newSQLiteTable(t)
			tables[t.Name] = st
			order = append(order, st)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("prepare %s: %w", s.path, err)
	}
	s.tables, s.order = tables, order
	return nil
}

// makeTable makes a table, or adds to it what it lacks.
func (s *sqlite) makeTable(t *table) error {
	have, err := s.write.meta(metaTable + t.Name)
	if err != nil {
		return err
	}
	d, err := parseDefinition(t.Name, have)
	if err != nil {
		return err
	}
	added, err := d.extend(t)
	if err != nil {
		return err
	}
	if have == "" {
		kind, err := s.write.kindOf(t.Name)
		if err != nil {
			return err
		}
		if kind != "" {
			return foreign(kind, t.Name)
		}
		if err := s.write.exec(createSQLite(t)); err != nil {
			return fmt.Errorf("create table %s: %w", t.Name, err)
		}
	} else {
		for _, f := range added {
			if err := s.write.exec(fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", quote(t.Name), quote(f.Name), sqliteTypes[f.Type])); err != nil {
				return fmt.Errorf("add %s to table %s: %w", f.Name, t.Name, err)
			}
		}
	}
	needed, later := t.indexes()
	if s.exported {
		needed = append(needed, later...)
	}
	if err := s.makeIndexes(t, needed); err != nil {
		return err
	}
	if text := d.String(); text != have {
		if err := s.markTable(t); err != nil {
			return err
		}
		return s.write.setMeta(metaTable+t.Name, text)
	}
	return nil
}

// createSQLite is the statement for a table. Its rows lie in the tree of the key (WITHOUT ROWID): the
// values of an item together, and one tree to write instead of two.
func createSQLite(t *table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", quote(t.Name))
	for _, f := range t.Fields {
		fmt.Fprintf(&b, "%s %s, ", quote(f.Name), sqliteTypes[f.Type])
	}
	fmt.Fprintf(&b, "%s TEXT NOT NULL, %s TEXT NOT NULL, %s TEXT, %s INTEGER NOT NULL, PRIMARY KEY (%s)) WITHOUT ROWID",
		firstSeen, synced, deleted, hash, quoteAll(t.Key))
	return b.String()
}

// makeIndexes makes those that are missing.
func (s *sqlite) makeIndexes(t *table, fields []string) error {
	for _, f := range fields {
		if err := s.write.exec(fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)",
			quote(indexName(t.Name, f)), quote(t.Name), quote(f))); err != nil {
			return fmt.Errorf("index %s of table %s: %w", f, t.Name, err)
		}
	}
	// It has the deleted rows alone, so that it costs nothing but when rows are deleted.
	if err := s.write.exec(fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s) WHERE %[3]s IS NOT NULL",
		quote(indexName(t.Name, deleted)), quote(t.Name), deleted)); err != nil {
		return fmt.Errorf("index %s of table %s: %w", deleted, t.Name, err)
	}
	return nil
}

func indexName(table, field string) string { return "_lunedi_" + table + "_" + field }

func newSQLiteTable(t *table) *sqliteTable {
	st := &sqliteTable{table: t, fresh: true, args: make([]any, len(t.Fields)+3)}
	var where, set []string
	for _, f := range t.Key {
		where = append(where, quote(f)+" = ?"+fmt.Sprint(t.At(f)+1))
	}
	for i, f := range t.Fields {
		set = append(set, fmt.Sprintf("%s = ?%d", quote(f.Name), i+1))
	}
	n, name := len(t.Fields), quote(t.Name)
	key := strings.Join(where, " AND ")
	// The parameters of all three are the fields, the hash, and when it was read.
	st.insert = fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES (%s?%d, ?%d, ?%[8]d) ON CONFLICT DO NOTHING",
		name, quoteAll(t.names()), hash, firstSeen, synced, placeholders(n), n+1, n+2)
	st.update = fmt.Sprintf("UPDATE %s SET %s, %s = ?%d, %s = ?%d, %s = NULL WHERE %s",
		name, strings.Join(set, ", "), hash, n+1, synced, n+2, deleted, key)
	var same []string
	for i, f := range t.Key {
		same = append(same, fmt.Sprintf("%s = ?%d", quote(f), i+1))
	}
	st.touch = fmt.Sprintf("UPDATE %s SET %s = ?%d WHERE %s AND %s = ?%d AND %s IS NULL",
		name, synced, len(t.Key)+2, strings.Join(same, " AND "), hash, len(t.Key)+1, deleted)
	st.args = st.args[:n+2]
	return st
}

func placeholders(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "?%d, ", i+1)
	}
	return b.String()
}
