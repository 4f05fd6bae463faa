package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

var postgresTypes = map[connector.Type]string{
	connector.Text: "text", connector.Integer: "bigint", connector.Number: "double precision", connector.Boolean: "boolean",
	connector.Date: "date", connector.Time: "timestamptz", connector.JSON: "jsonb",
}

// A postgresTable is a table with its statements. Rows are copied into a temporary table, and put from
// there where they belong by one or two statements.
type postgresTable struct {
	*table
	stage     string          // makes the temporary table
	copyStage string          // fills it
	copyTable string          // fills the table itself
	put       string          // rows that are new or differ; counts both
	touch     string          // rows that are as they were
	last      connector.Count // what the last batch did
}

// Prepare makes the tables that are missing, and adds the fields that are.
func (p *postgres) Prepare(ctx context.Context, streams []*connector.Stream) error {
	tables := map[string]*postgresTable{}
	var order []*postgresTable
	err := p.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, stream := range streams {
			t, err := newTable(stream)
			if err != nil {
				return err
			}
			if err := p.makeTable(ctx, tx, t); err != nil {
				return err
			}
			pt := p.newTable(t)
			if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS pg_temp."+quote(stageName(t))); err != nil {
				return err
			}
			tables[t.Name] = pt
			order = append(order, pt)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("prepare %s: %w", p.name, p.words(err))
	}
	p.tables, p.order = tables, order
	return nil
}

// makeTable makes a table, or adds to it what it lacks.
func (p *postgres) makeTable(ctx context.Context, tx pgx.Tx, t *table) error {
	have, err := p.meta(ctx, tx, metaTable+t.Name)
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
	if text := d.String(); text == have {
		return nil
	} else if err := p.setMeta(ctx, tx, metaTable+t.Name, text); err != nil {
		return err
	}
	if have == "" {
		kind, err := p.kindOf(ctx, tx, t.Name)
		if err != nil {
			return err
		}
		if kind != "" {
			return foreign(kind, t.Name)
		}
		if _, err := tx.Exec(ctx, p.create(t)); err != nil {
			return fmt.Errorf("create table %s: %w", t.Name, err)
		}
	} else {
		for _, f := range added {
			if _, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE %s%s ADD COLUMN %s", p.in, quote(t.Name), column(t, f))); err != nil {
				return fmt.Errorf("add %s to table %s: %w", f.Name, t.Name, err)
			}
		}
	}
	needed, _ := t.indexes()
	return p.makeIndexes(ctx, tx, t, needed)
}

// create is the statement for a table. Room is left on its pages, so that a row that is only read again
// stays on its own.
func (p *postgres) create(t *table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s%s (", p.in, quote(t.Name))
	for _, f := range t.Fields {
		fmt.Fprintf(&b, "%s, ", column(t, f))
	}
	fmt.Fprintf(&b, "%s timestamptz NOT NULL, %s timestamptz NOT NULL, %s timestamptz, %s bigint NOT NULL, PRIMARY KEY (%s)) WITH (fillfactor = 90)",
		firstSeen, synced, deleted, hash, quoteAll(t.Key))
	return b.String()
}

// column declares one. Ids are compared byte by byte, which is quicker than the rules of a language; a
// comparison with a column of the usual kind goes by "C" too.
func column(t *table, f connector.Field) string {
	c := quote(f.Name) + " " + postgresTypes[f.Type]
	if f.Type == connector.Text && (f.Name == "id" || strings.HasSuffix(f.Name, "_id") || t.isKey(f.Name)) {
		c += ` COLLATE "C"`
	}
	return c
}

func (p *postgres) makeIndexes(ctx context.Context, tx pgx.Tx, t *table, fields []string) error {
	index := func(field, where string) error {
		_, err := tx.Exec(ctx, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s%s (%s)%s",
			quote(cut(indexName(t.Name, field), maxName)), p.in, quote(t.Name), quote(field), where))
		if err != nil {
			return fmt.Errorf("index %s of table %s: %w", field, t.Name, err)
		}
		return nil
	}
	for _, f := range fields {
		if err := index(f, ""); err != nil {
			return err
		}
	}
	return index(deleted, " WHERE "+deleted+" IS NOT NULL")
}

func stageName(t *table) string { return cut("_lunedi_stage_"+t.Name, maxName) }

func (p *postgres) newTable(t *table) *postgresTable {
	pt := &postgresTable{table: t}
	name, stage, fields := p.in+quote(t.Name), "pg_temp."+quote(stageName(t)), quoteAll(t.names())
	all := fmt.Sprintf("%s, %s, %s, %s", fields, hash, firstSeen, synced)
	pt.stage = fmt.Sprintf("CREATE TEMP TABLE IF NOT EXISTS %s ON COMMIT DELETE ROWS AS SELECT %s FROM %s WITH NO DATA",
		quote(stageName(t)), all, name)
	pt.copyStage = fmt.Sprintf("COPY %s (%s) FROM STDIN BINARY", stage, all)
	pt.copyTable = fmt.Sprintf("COPY %s (%s) FROM STDIN BINARY", name, all)
	var set, same []string
	for _, f := range t.Fields {
		if !t.isKey(f.Name) {
			set = append(set, quote(f.Name)+" = excluded."+quote(f.Name)+", ")
		}
	}
	for _, f := range t.Key {
		same = append(same, "t."+quote(f)+" = s."+quote(f))
	}
	// A row that was inserted has no xmax, one that was updated instead has.
	pt.put = fmt.Sprintf(`WITH put AS (INSERT INTO %[1]s AS t (%[2]s) SELECT %[2]s FROM %[3]s
		ON CONFLICT (%[4]s) DO UPDATE SET %[5]s%[6]s = excluded.%[6]s, %[7]s = excluded.%[7]s, %[8]s = NULL
		WHERE t.%[6]s <> excluded.%[6]s OR t.%[8]s IS NOT NULL RETURNING t.xmax = 0 AS fresh)
		SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM put`,
		name, all, stage, quoteAll(t.Key), strings.Join(set, ""), hash, synced, deleted)
	pt.touch = fmt.Sprintf("UPDATE %s t SET %[2]s = $1 FROM %[3]s s WHERE %[4]s AND t.%[5]s = s.%[5]s AND t.%[6]s IS NULL AND t.%[2]s < $1",
		name, synced, stage, strings.Join(same, " AND "), hash, deleted)
	return pt
}

// Publish makes the indexes that wait for the end of a run, and the views.
func (p *postgres) Publish(ctx context.Context, boards []connector.BoardColumns) error {
	if p.readOnly {
		return errReadOnly
	}
	var errs []error
	for _, t := range p.order {
		errs = append(errs, p.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
			_, later := t.indexes()
			return p.makeIndexes(ctx, tx, t.table, later)
		}))
	}
	at := func(name string) *table {
		if t := p.tables[name]; t != nil {
			return t.table
		}
		return nil
	}
	if canView(at) {
		errs = append(errs, p.publishViews(ctx, boards))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("publish in %s: %w", p.name, p.words(err))
	}
	return nil
}

// viewsTogether is how many views are made in a transaction. PostgreSQL keeps a lock for every table that
// a transaction names, and has room for some thousands.
const viewsTogether = 100

// publishViews brings the views up to date, many in a transaction. Where one of them cannot be, each has a
// transaction of its own: one that somebody's own views stand on keeps no other from it.
func (p *postgres) publishViews(ctx context.Context, boards []connector.BoardColumns) error {
	have, err := p.metas(ctx, p.pool, metaView)
	if err != nil {
		return err
	}
	plan := planViews(have, boards, p.in)
	type step struct {
		name string
		do   func(ctx context.Context, tx pgx.Tx) error
	}
	var steps []step
	for _, name := range plan.drop {
		steps = append(steps, step{name, func(ctx context.Context, tx pgx.Tx) error { return p.dropView(ctx, tx, name) }})
	}
	for _, v := range plan.make {
		steps = append(steps, step{v.name, func(ctx context.Context, tx pgx.Tx) error { return p.makeView(ctx, tx, v) }})
	}
	var errs []error
	for part := range slices.Chunk(steps, viewsTogether) {
		err := p.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
			for _, s := range part {
				if err := s.do(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			continue
		}
		for _, s := range part {
			err := p.transaction(ctx, s.do)
			var e *pgconn.PgError
			if errors.As(err, &e) && e.Code == "2BP01" {
				err = fmt.Errorf("it stays as it was, since others stand on it: drop those and sync again: %s: %w", e.Detail, err)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("view %s: %w", s.name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (p *postgres) dropView(ctx context.Context, tx pgx.Tx, name string) error {
	if _, err := tx.Exec(ctx, "DROP VIEW IF EXISTS "+p.in+quote(name)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+p.in+"_lunedi_meta WHERE name = $1", metaView+name)
	return err
}

func (p *postgres) makeView(ctx context.Context, tx pgx.Tx, v viewDef) error {
	ours, err := p.meta(ctx, tx, metaView+v.name)
	if err != nil {
		return err
	}
	kind, err := p.kindOf(ctx, tx, v.name)
	if err != nil {
		return err
	}
	if kind != "" && ours == "" {
		return foreign(kind, v.name)
	}
	if kind != "" {
		if _, err := tx.Exec(ctx, "DROP VIEW "+p.in+quote(v.name)); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, "CREATE VIEW "+p.in+quote(v.name)+" AS "+v.sql); err != nil {
		return err
	}
	return p.setMeta(ctx, tx, metaView+v.name, v.sql)
}
