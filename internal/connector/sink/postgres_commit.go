package sink

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lunedi-dev/lunedi/internal/connector"
)

// Commit applies a batch in one transaction.
func (p *postgres) Commit(ctx context.Context, b *connector.Batch) (connector.Counts, error) {
	counts := connector.Counts{}
	err := p.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		at := b.ReadAt.UTC().Truncate(time.Microsecond)
		if err := p.checkStreams(b); err != nil {
			return err
		}
		// The tables grow while the planner's idea of them is old: it must not take to reading all of one for
		// the sake of a few thousand rows.
		if _, err := tx.Exec(ctx, "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"); err != nil {
			return err
		}
		for _, t := range p.order { // the same order in every run
			for stream, rows := range b.Rows {
				if stream.Name != t.Name || len(rows) == 0 {
					continue
				}
				n, err := t.write(ctx, tx, rows, at)
				if err != nil {
					return fmt.Errorf("%s: %w", t.Name, err)
				}
				counts.Add(connector.Counts{t.Name: n})
			}
		}
		return p.finish(ctx, tx, b, at, counts)
	})
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", p.name, p.words(err))
	}
	return counts, nil
}

func (p *postgres) checkStreams(b *connector.Batch) error {
	for stream := range b.Rows {
		if p.tables[stream.Name] == nil {
			return notPrepared(stream)
		}
	}
	for _, g := range b.Gone {
		if p.tables[g.Stream.Name] == nil {
			return notPrepared(g.Stream)
		}
	}
	return nil
}

// write puts the rows of a stream.
func (t *postgresTable) write(ctx context.Context, tx pgx.Tx, rows []connector.Row, at time.Time) (n connector.Count, err error) {
	data, count, err := t.encode(rows)
	if err != nil {
		return n, err
	}
	if _, err := tx.Exec(ctx, t.stage); err != nil {
		return n, err
	}
	if _, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(data), t.copy); err != nil {
		return n, err
	}
	if err := tx.QueryRow(ctx, t.put, at).Scan(&n.New, &n.Changed); err != nil {
		return n, err
	}
	if n.Same = count - n.New - n.Changed; n.Same > 0 {
		_, err = tx.Exec(ctx, t.touch, at)
	}
	return n, err
}

// encode writes rows as COPY reads them in its binary format. pgx's own CopyFrom takes three times as long
// to find out, for every value, how to write it.
func (t *postgresTable) encode(rows []connector.Row) ([]byte, int64, error) {
	b := append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)
	last, values, count := t.last(rows), make([]any, len(t.Fields)), int64(0)
	var scratch []byte
	for i, row := range rows {
		if !last[i] {
			continue
		}
		h, err := t.clean(row, values, &scratch)
		if err != nil {
			return nil, 0, err
		}
		count++
		b = binary.BigEndian.AppendUint16(b, uint16(len(values)+1))
		for i, v := range values {
			b = appendField(b, t.Fields[i].Type, v)
		}
		b = appendField(b, connector.Integer, int64(h))
	}
	return binary.BigEndian.AppendUint16(b, math.MaxUint16), count, nil
}

// epoch is where PostgreSQL counts from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// appendField writes a clean value: its length and its bytes.
func appendField(b []byte, t connector.Type, v any) []byte {
	size := func(n int) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)) }
	switch v := v.(type) {
	case nil:
		return binary.BigEndian.AppendUint32(b, math.MaxUint32)
	case string:
		if t == connector.Date {
			day, _ := parseDate(v)
			days := int32((day.Unix() - epoch.Unix()) / 86400)
			return binary.BigEndian.AppendUint32(size(4), uint32(days))
		}
		return append(size(len(v)), v...)
	case json.RawMessage:
		return append(append(size(len(v)+1), 1), v...) // the version of jsonb's format
	case int64:
		return binary.BigEndian.AppendUint64(size(8), uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(size(8), math.Float64bits(v))
	case bool:
		if v {
			return append(size(1), 1)
		}
		return append(size(1), 0)
	case time.Time:
		return binary.BigEndian.AppendUint64(size(8), uint64(v.UnixMicro()-epoch.UnixMicro()))
	}
	panic(fmt.Sprintf("sink: a clean %T", v))
}

// finish marks what is gone, and remembers, in one round trip.
func (p *postgres) finish(ctx context.Context, tx pgx.Tx, b *connector.Batch, at time.Time, counts connector.Counts) error {
	var batch pgx.Batch
	var gone []string
	for _, g := range b.Gone {
		sql, args, err := p.gone(g, at)
		if err != nil {
			return err
		}
		if sql != "" {
			batch.Queue(sql, args...)
			gone = append(gone, g.Stream.Name)
		}
	}
	if len(b.Drop) > 0 {
		batch.Queue("DELETE FROM "+p.in+"_lunedi_state WHERE key = ANY($1)", cleanAll(b.Drop))
	}
	if len(b.Put) > 0 {
		var keys, values []string
		for key, value := range b.Put {
			if !json.Valid(value) {
				return fmt.Errorf("what is to be remembered as %s is no JSON", key)
			}
			keys, values = append(keys, cleanText(key)), append(values, string(value))
		}
		batch.Queue("INSERT INTO "+p.in+"_lunedi_state SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value", keys, values)
	}
	if batch.Len() == 0 {
		return nil
	}
	results := tx.SendBatch(ctx, &batch)
	for i := range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			results.Close()
			return err
		}
		if i < len(gone) && tag.RowsAffected() > 0 {
			counts.Add(connector.Counts{gone[i]: {Deleted: tag.RowsAffected()}})
		}
	}
	return results.Close()
}

func cleanAll(texts []string) []string {
	clean := make([]string, len(texts))
	for i, s := range texts {
		clean[i] = cleanText(s)
	}
	return clean
}

// gone is the statement that marks rows as deleted; empty when there are none.
func (p *postgres) gone(g connector.Gone, at time.Time) (string, []any, error) {
	t := p.tables[g.Stream.Name]
	sql := fmt.Sprintf("UPDATE %s%s SET %[3]s = $1 WHERE %[3]s IS NULL", p.in, quote(t.Name), deleted)
	args := []any{at}
	if g.By != "" {
		if err := t.textField(g.By); err != nil {
			return "", nil, err
		}
		if len(g.Values) == 0 {
			return "", nil, nil
		}
		args = append(args, cleanAll(g.Values))
		sql += fmt.Sprintf(" AND %s = ANY($%d)", quote(g.By), len(args))
	}
	if !g.Before.IsZero() {
		args = append(args, g.Before.UTC().Truncate(time.Microsecond))
		sql += fmt.Sprintf(" AND %s < $%d", synced, len(args))
	}
	return sql, args, nil
}

// Live reads rows that are there. It reads the state at its beginning, whatever is committed meanwhile.
func (p *postgres) Live(ctx context.Context, stream *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	err := p.live(ctx, stream, fields, by, values, yield)
	if err != nil {
		return fmt.Errorf("read %s: %w", stream.Name, p.words(err))
	}
	return nil
}

func (p *postgres) live(ctx context.Context, stream *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	t := p.tables[stream.Name]
	if t == nil {
		return notPrepared(stream)
	}
	types, err := t.types(fields)
	if err != nil {
		return err
	}
	sql := fmt.Sprintf("SELECT %s FROM %s%s WHERE %s IS NULL", selected(fields, types), p.in, quote(t.Name), deleted)
	var args []any
	if by != "" {
		if err := t.textField(by); err != nil || len(values) == 0 {
			return err
		}
		sql, args = sql+" AND "+quote(by)+" = ANY($1)", append(args, cleanAll(values))
	}
	return p.each(ctx, sql, types, yield, args...)
}

// selected are the fields of a query, in a form that a row is read from.
func selected(fields []string, types []connector.Type) string {
	var b bytes.Buffer
	for i, f := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		switch types[i] {
		case connector.Date:
			fmt.Fprintf(&b, "to_char(%s, 'YYYY-MM-DD')", quote(f))
		case connector.JSON:
			fmt.Fprintf(&b, "%s::text", quote(f))
		default:
			b.WriteString(quote(f))
		}
	}
	return b.String()
}

// each hands the rows of a query to yield, as values of the types.
func (p *postgres) each(ctx context.Context, sql string, types []connector.Type, yield func(connector.Row) error, args ...any) error {
	rows, err := p.pool.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make(connector.Row, len(types))
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		for i, v := range values {
			switch v := v.(type) {
			case time.Time:
				row[i] = v.UTC()
			case string:
				row[i] = v
				if types[i] == connector.JSON {
					row[i] = json.RawMessage(v)
				}
			default:
				row[i] = v
			}
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
