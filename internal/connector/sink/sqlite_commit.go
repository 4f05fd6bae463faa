package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// Commit applies a batch in one transaction.
func (s *sqlite) Commit(ctx context.Context, b *connector.Batch) (connector.Counts, error) {
	counts := connector.Counts{}
	err := s.transaction(ctx, func() error {
		at := timeText(b.ReadAt)
		if err := s.checkStreams(b); err != nil {
			return err
		}
		for _, t := range s.order { // the same order in every run
			for stream, rows := range b.Rows {
				if stream.Name != t.Name || len(rows) == 0 {
					continue
				}
				n, err := s.put(ctx, t, rows, at)
				if err != nil {
					return err
				}
				counts.Add(connector.Counts{t.Name: n})
			}
		}
		for _, g := range b.Gone {
			n, err := s.gone(g, at)
			if err != nil {
				return fmt.Errorf("%s: %w", g.Stream.Name, err)
			}
			if n > 0 {
				counts.Add(connector.Counts{g.Stream.Name: {Deleted: n}})
			}
		}
		return s.remember(b)
	})
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", s.path, err)
	}
	return counts, nil
}

func (s *sqlite) checkStreams(b *connector.Batch) error {
	for stream := range b.Rows {
		if s.tables[stream.Name] == nil {
			return notPrepared(stream)
		}
	}
	for _, g := range b.Gone {
		if s.tables[g.Stream.Name] == nil {
			return notPrepared(g.Stream)
		}
	}
	return nil
}

func notPrepared(s *connector.Stream) error {
	return fmt.Errorf("the stream %s was not prepared", s.Name)
}

// put writes the rows of a stream.
func (s *sqlite) put(ctx context.Context, t *sqliteTable, rows []connector.Row, at string) (n connector.Count, err error) {
	last := t.last(rows)
	var scratch []byte
	dirty := s.newDirty(t.table)
	w, err := s.writer(t)
	if err != nil {
		return n, err
	}
	for i, row := range rows {
		if !last[i] {
			continue
		}
		if i%1024 == 1023 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		h, err := t.clean(row, t.args, &scratch)
		if err != nil {
			return n, err
		}
		t.args[len(t.Fields)], t.args[len(t.Fields)+1] = int64(h), at
		dirty.to(t)
		if err := w.put(&n, dirty); err != nil {
			return n, fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return n, dirty.save()
}

// A rowWriter writes the row that is in its table's args. Which statement finds the row as it expects is
// not known before; as rows come in runs of new ones and of known ones, what the last row was tells which
// to try first, so that nearly every row takes one.
type rowWriter struct {
	t                     *sqliteTable
	insert, touch, update *stmt
	touchArgs             []any
}

func (s *sqlite) writer(t *sqliteTable) (w *rowWriter, err error) {
	w = &rowWriter{t: t, touchArgs: make([]any, len(t.Key)+2)}
	if w.insert, err = s.write.prepare(t.insert); err != nil {
		return nil, err
	}
	if w.touch, err = s.write.prepare(t.touch); err != nil {
		return nil, err
	}
	w.update, err = s.write.prepare(t.update)
	return w, err
}

func (w *rowWriter) put(n *connector.Count, d *dirty) error {
	if w.t.fresh {
		if done, err := w.insert.run(w.t.args...); err != nil || done == 1 {
			n.New++
			return err
		}
	}
	k := len(w.t.key)
	for i, at := range w.t.key {
		w.touchArgs[i] = w.t.args[at]
	}
	copy(w.touchArgs[k:], w.t.args[len(w.t.Fields):])
	if done, err := w.touch.run(w.touchArgs...); err != nil || done == 1 {
		w.t.fresh = false
		n.Same++
		return err
	}
	if err := d.from(w.t); err != nil {
		return err
	}
	if done, err := w.update.run(w.t.args...); err != nil || done == 1 {
		w.t.fresh = false
		n.Changed++
		return err
	}
	w.t.fresh = true
	done, err := w.insert.run(w.t.args...)
	if err == nil && done != 1 {
		err = fmt.Errorf("a row is neither there nor new")
	}
	n.New++
	return err
}

// gone marks rows as deleted.
func (s *sqlite) gone(g connector.Gone, at string) (int64, error) {
	t := s.tables[g.Stream.Name]
	where, args, err := t.whereGone(g)
	if err != nil || where == "" {
		return 0, err
	}
	if err := s.markGone(t.table, where, args); err != nil {
		return 0, err
	}
	return s.write.run(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s", quote(t.Name), deleted, where), append([]any{at}, args...)...)
}

// whereGone is the condition for rows that are gone; empty when there are none.
func (t *sqliteTable) whereGone(g connector.Gone) (string, []any, error) {
	where, args := deleted+" IS NULL", []any(nil)
	if g.By != "" {
		in, list, err := t.in(g.By, g.Values)
		if err != nil || list == nil {
			return "", nil, err
		}
		where, args = where+" AND "+in, append(args, list)
	}
	if !g.Before.IsZero() {
		where, args = where+" AND "+synced+" < ?", append(args, timeText(g.Before))
	}
	return where, args, nil
}

// in is the condition that a field is one of values. The list is one parameter, as JSON: the number of
// parameters is limited, and each length of list would be a statement of its own.
func (t *sqliteTable) in(by string, values []string) (string, any, error) {
	if err := t.textField(by); err != nil {
		return "", nil, err
	}
	if len(values) == 0 {
		return "", nil, nil
	}
	list, err := json.Marshal(cleanAll(values))
	return quote(by) + " IN (SELECT value FROM json_each(?))", string(list), err
}

// remember drops and puts what the passes remember.
func (s *sqlite) remember(b *connector.Batch) error {
	for _, key := range b.Drop {
		if _, err := s.write.run("DELETE FROM _lunedi_state WHERE key = ?", cleanText(key)); err != nil {
			return err
		}
	}
	for key, value := range b.Put {
		if !json.Valid(value) {
			return fmt.Errorf("what is to be remembered as %s is no JSON", key)
		}
		if _, err := s.write.run("INSERT INTO _lunedi_state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
			cleanText(key), value); err != nil {
			return err
		}
	}
	return nil
}

// Live reads rows that are there. It reads the state at its beginning, whatever is committed meanwhile.
func (s *sqlite) Live(ctx context.Context, stream *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	err := s.live(ctx, stream, fields, by, values, yield)
	if err != nil {
		return fmt.Errorf("read %s: %w", stream.Name, err)
	}
	return nil
}

func (s *sqlite) live(ctx context.Context, stream *connector.Stream, fields []string, by string, values []string, yield func(connector.Row) error) error {
	t := s.tables[stream.Name]
	if t == nil {
		return notPrepared(stream)
	}
	types, err := t.types(fields)
	if err != nil {
		return err
	}
	where, args := deleted+" IS NULL", []any(nil)
	if by != "" {
		in, list, err := t.in(by, values)
		if err != nil || list == nil {
			return err
		}
		where, args = where+" AND "+in, append(args, list)
	}
	row, n := make(connector.Row, len(fields)), 0
	return s.read.query(fmt.Sprintf("SELECT %s FROM %s WHERE %s", quoteAll(fields), quote(t.Name), where), func(at *stmt) error {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := at.row(types, row); err != nil {
			return err
		}
		return yield(row)
	}, args...)
}

// types are those of fields that may be asked for.
func (t *table) types(fields []string) ([]connector.Type, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("no field is asked for")
	}
	types := make([]connector.Type, len(fields))
	for i, f := range fields {
		at := t.At(f)
		if at < 0 || !slices.Contains(t.Index, f) {
			return nil, fmt.Errorf("the field %q is not among those that can be read back: %s", f, strings.Join(t.Index, ", "))
		}
		types[i] = t.Fields[at].Type
	}
	return types, nil
}

// row reads the columns of a row as values of their types.
func (s *stmt) row(types []connector.Type, into []any) error {
	for i, t := range types {
		if s.null(i) {
			into[i] = nil
			continue
		}
		switch t {
		case connector.Text, connector.Date:
			into[i] = s.text(i)
		case connector.Integer:
			into[i] = s.int(i)
		case connector.Number:
			into[i] = s.float(i)
		case connector.Boolean:
			into[i] = s.int(i) != 0
		case connector.JSON:
			into[i] = json.RawMessage(s.text(i))
		case connector.Time:
			at, err := time.Parse(timeLayout, s.text(i))
			if err != nil {
				return err
			}
			into[i] = at
		}
	}
	return nil
}
