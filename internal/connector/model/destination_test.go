package model

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/lunedi-dev/lunedi/internal/connector/airbyte"
	"github.com/lunedi-dev/lunedi/internal/connector/sink"
	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
	"github.com/parquet-go/parquet-go"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// destination is where a history's rows go.
type destination interface {
	// run runs the connector once; with kill, it dies around its kill-th write.
	run(w *world, cfg connector.Config, mode connector.Mode, kill int) (*connector.Report, error)
	// each hands over the rows of a table, the deleted ones too. What is null may be left out.
	each(w *world, table string, yield func(row map[string]any))
	// still says that a run with nothing new reports nothing new.
	still() bool
}

// newDestination makes the destination of a seed.
func newDestination(w *world, kind string) destination {
	dir := w.t.TempDir()
	switch kind {
	case "postgres":
		return &database{dest: pgtest.Start(w.t), driver: "pgx"}
	case "jsonl", "parquet":
		return &folder{dest: kind + ":" + dir, dir: dir}
	case "airbyte":
		return &platform{dir: dir, rows: map[string]map[string]map[string]any{}, states: map[string]json.RawMessage{}}
	}
	return sqliteAt(filepath.Join(dir, "kept.db"))
}

func sqliteAt(file string) *database { return &database{dest: "sqlite:" + file, driver: "sqlite"} }

// dying is a destination whose process dies: before a batch is written, or after it was and nobody knows.
type dying struct {
	connector.Sink
	left  int
	after bool
}

func (d *dying) Commit(ctx context.Context, b *connector.Batch) (connector.Counts, error) {
	if d.left--; d.left < 0 || d.left == 0 && !d.after {
		return nil, errKilled
	}
	counts, err := d.Sink.Commit(ctx, b)
	if d.left == 0 {
		return nil, errKilled
	}
	return counts, err
}

// into runs the connector once into a destination of package sink.
func into(w *world, dest string, cfg connector.Config, mode connector.Mode, kill int) (*connector.Report, error) {
	w.t.Helper()
	s, err := sink.Open(w.t.Context(), dest)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if kill > 0 {
		s = &dying{Sink: s, left: kill, after: w.rng.IntN(2) == 0}
	}
	return connector.Run(w.t.Context(), cfg, s, mode)
}

// database is SQLite or PostgreSQL.
type database struct{ dest, driver string }

func (d *database) still() bool { return true }

func (d *database) run(w *world, cfg connector.Config, mode connector.Mode, kill int) (*connector.Report, error) {
	return into(w, d.dest, cfg, mode, kill)
}

func (d *database) each(w *world, table string, yield func(map[string]any)) {
	w.t.Helper()
	db, err := sql.Open(d.driver, strings.TrimPrefix(d.dest, "sqlite:"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(`SELECT * FROM "` + table + `"`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		w.t.Fatal(err)
	}
	for rows.Next() {
		values, to := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			w.t.Fatal(err)
		}
		row := map[string]any{}
		for i, name := range names {
			row[name] = values[i]
		}
		yield(row)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
}

// folder is a directory of files, read as their readers do.
type folder struct{ dest, dir string }

func (d *folder) still() bool { return true }

func (d *folder) run(w *world, cfg connector.Config, mode connector.Mode, kill int) (*connector.Report, error) {
	return into(w, d.dest, cfg, mode, kill)
}

func (d *folder) each(w *world, table string, yield func(map[string]any)) {
	w.t.Helper()
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(d.dir, path)
		name, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		if strings.TrimSuffix(name, filepath.Ext(name)) != table {
			return nil
		}
		if filepath.Ext(path) == ".parquet" {
			return eachParquet(path, yield)
		}
		text, err := os.ReadFile(path)
		for line := range bytes.Lines(text) {
			row := map[string]any{}
			if err := json.Unmarshal(line, &row); err != nil {
				return err
			}
			yield(row)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// eachParquet reads a file without knowing what it holds: by its own schema.
func eachParquet(path string, yield func(map[string]any)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	p, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return err
	}
	fields := p.Schema().Fields()
	for _, g := range p.RowGroups() {
		rows := g.Rows()
		buf := make([]parquet.Row, 64)
		for {
			n, err := rows.ReadRows(buf)
			for _, r := range buf[:n] {
				row := map[string]any{}
				for _, v := range r {
					if f := fields[v.Column()]; !v.IsNull() {
						row[f.Name()] = parquetValue(f, v)
					}
				}
				yield(row)
			}
			if err != nil {
				_ = rows.Close()
				break
			}
		}
	}
	return nil
}

func parquetValue(f parquet.Field, v parquet.Value) any {
	switch {
	case strings.HasPrefix(f.Type().String(), "TIMESTAMP("):
		return time.UnixMicro(v.Int64()).UTC()
	case v.Kind() == parquet.ByteArray:
		return string(v.ByteArray())
	case v.Kind() == parquet.Boolean:
		return v.Boolean()
	case v.Kind() == parquet.Double:
		return v.Double()
	}
	return v.String()
}

// platform runs the connector as an Airbyte source and keeps what comes out: of every stream the records by
// key, and the latest state.
type platform struct {
	dir    string
	rows   map[string]map[string]map[string]any // by stream and key
	states map[string]json.RawMessage
	given  int // how often a run went on from a state
	cut    int // how often the output ended early
}

func (d *platform) still() bool { return false }

func (d *platform) each(_ *world, table string, yield func(map[string]any)) {
	for _, row := range d.rows[table] {
		yield(row)
	}
}

func (d *platform) file(w *world, name string, v any) string {
	w.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// run is a `read`. Its process dies within, at a write; or the platform, and has the lines up to somewhere.
func (d *platform) run(w *world, cfg connector.Config, mode connector.Mode, kill int) (*connector.Report, error) {
	w.t.Helper()
	type object = map[string]any
	start := "1970-01-01"
	if !cfg.StartDate.IsZero() {
		start = cfg.StartDate.Format(time.RFC3339)
	}
	c := airbyte.Command{Name: "read", Config: d.file(w, "config.json", object{"auth_token": cfg.AuthToken, "start_date": start, "endpoint": cfg.Endpoint})}
	var streams, states []any
	for _, s := range connector.Streams() {
		streams = append(streams, object{"stream": object{"name": s.Name}, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"})
		if raw := d.states[s.Name]; raw != nil {
			states = append(states, object{"type": "STREAM", "stream": object{"stream_descriptor": object{"name": s.Name}, "stream_state": raw}})
		}
	}
	c.Catalog = d.file(w, "catalog.json", object{"streams": streams})
	if states != nil {
		c.State = d.file(w, "state.json", states)
		d.given++
	}
	var (
		out    bytes.Buffer
		report *connector.Report
		failed error
	)
	half := kill > 0 && w.rng.IntN(2) == 0
	// States are given out by time: this one is fast in some runs, and stands still in others.
	tick := time.Duration(w.rng.IntN(4)) * 300 * time.Millisecond
	at := w.clock()
	source := airbyte.Source{Out: &out, Now: func() time.Time { at = at.Add(tick); return at },
		Run: func(ctx context.Context, from connector.Config, s connector.Sink, _ connector.Mode) (*connector.Report, error) {
			to := cfg
			to.Streams, to.StartDate = from.Streams, from.StartDate
			if cfg.StartDate.IsZero() {
				to.StartDate = cfg.StartDate
			}
			if kill > 0 && !half {
				s = &dying{Sink: s, left: kill, after: w.rng.IntN(2) == 0}
			}
			report, failed = connector.Run(ctx, to, s, mode)
			return report, failed
		}}
	err := source.Do(w.t.Context(), c)
	if (err == nil) != (failed == nil) || report == nil {
		w.t.Fatalf("%v and %v, report %v: %s", err, failed, report, out.String())
	}
	lines := bytes.SplitAfter(out.Bytes(), []byte("\n"))
	if half {
		lines, failed = lines[:w.rng.IntN(len(lines))], errors.Join(errKilled, failed)
		d.cut++
	}
	for _, line := range lines {
		if len(line) > 0 {
			d.take(w, line)
		}
	}
	return report, failed
}

func (d *platform) take(w *world, line []byte) {
	w.t.Helper()
	var m struct {
		Type   string
		Record struct {
			Stream string
			Data   map[string]any
		}
		State struct {
			Stream struct {
				Of    struct{ Name string } `json:"stream_descriptor"`
				State json.RawMessage       `json:"stream_state"`
			}
		}
	}
	if err := json.Unmarshal(line, &m); err != nil {
		w.t.Fatalf("%v in %s", err, line)
	}
	switch m.Type {
	case "STATE":
		d.states[m.State.Stream.Of.Name] = m.State.Stream.State
	case "RECORD":
		var key []string
		for _, s := range connector.Streams() {
			if s.Name == m.Record.Stream {
				for _, k := range s.Key {
					key = append(key, fmt.Sprint(m.Record.Data[k]))
				}
			}
		}
		rows := d.rows[m.Record.Stream]
		if rows == nil {
			rows = map[string]map[string]any{}
			d.rows[m.Record.Stream] = rows
		}
		k := strings.Join(key, "|")
		// The cursor tells which of two records counts; the later must never have the lesser.
		if old := rows[k]; old != nil && text(m.Record.Data["_synced_at"]) < text(old["_synced_at"]) {
			w.t.Errorf("%s comes after %v", line, old)
		}
		rows[k] = m.Record.Data
	}
}

// text is a value of a row, however the destination tells it; "" is null.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int64:
		return fmt.Sprint(v)
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

// second is a time as truth tells it.
func second(v any) string {
	at, err := time.Parse(time.RFC3339, text(v))
	if err != nil {
		return text(v)
	}
	return at.UTC().Format(time.RFC3339)
}

// howMany is the length of a list.
func howMany(v any) int {
	var list []json.RawMessage
	_ = json.Unmarshal([]byte(text(v)), &list) // null has none
	return len(list)
}

// keptAs are the tables as truth tells them: the key's fields, and then others.
var keptAs = map[string]struct{ key, fields []string }{
	"users":         {[]string{"id"}, []string{"name", "email", "title"}},
	"teams":         {[]string{"id"}, []string{"name"}},
	"team_members":  {[]string{"team_id", "user_id"}, nil},
	"workspaces":    {[]string{"id"}, []string{"name"}},
	"folders":       {[]string{"id"}, []string{"name"}},
	"tags":          {[]string{"id"}, []string{"name"}},
	"boards":        {[]string{"id"}, []string{"name", "state"}},
	"groups":        {[]string{"board_id", "id"}, []string{"title"}},
	"columns":       {[]string{"board_id", "id"}, []string{"title", "type"}},
	"items":         {[]string{"id"}, []string{"name", "state", "board_id", "group_id", "parent_item_id", "updated_at"}},
	"column_values": {[]string{"item_id", "column_id"}, []string{"type", "text"}},
	"updates":       {[]string{"id"}, []string{"item_id", "text_body", "likes"}},
	"replies":       {[]string{"id"}, []string{"update_id", "text_body"}},
	"activity_logs": {[]string{"id"}, []string{"board_id", "event"}},
}

// kept reads the tables of a destination, as truth tells them: what is there, and can be seen.
func (w *world) kept(d destination) map[string]table {
	w.t.Helper()
	lost := map[string]bool{}
	d.each(w, "boards", func(row map[string]any) {
		if text(row["access"]) == "lost" {
			lost[text(row["id"])] = true
		}
	})
	out := map[string]table{}
	for name := range keptAs {
		out[name] = w.keptTable(d, name, lost)
	}
	return out
}

// keptTable reads one of them, without what is on boards that are lost.
func (w *world) keptTable(d destination, name string, lost map[string]bool) table {
	w.t.Helper()
	out, as := table{}, keptAs[name]
	d.each(w, name, func(row map[string]any) {
		switch {
		case row["_deleted_at"] != nil, name == "workspaces" && row["state"] == "deleted":
			return
		case name == "boards" && lost[text(row["id"])], name != "boards" && lost[text(row["board_id"])]:
			return
		}
		var key []string
		for _, k := range as.key {
			key = append(key, text(row[k]))
		}
		var fields []any // none are told as null
		for _, f := range as.fields {
			switch f {
			case "updated_at":
				fields = append(fields, second(row[f]))
			case "likes":
				fields = append(fields, howMany(row[f]))
			default:
				fields = append(fields, text(row[f]))
			}
		}
		line, _ := json.Marshal(fields)
		out[strings.Join(key, "|")] = string(line)
	})
	return out
}
