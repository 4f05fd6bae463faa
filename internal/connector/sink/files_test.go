package sink

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/parquet-go/parquet-go"
)

func eachFiles(t *testing.T, test func(t *testing.T, dest, dir string)) {
	for _, k := range kinds {
		if k.name == "parquet" || k.name == "jsonl" {
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				dest := k.dest(t)
				_, dir, _ := strings.Cut(dest, ":")
				test(t, dest, dir)
			})
		}
	}
}

// readFiles reads all files of a directory, by name, as the lines that a dump has.
func readFiles(t testing.TB, dir string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		name = filepath.ToSlash(name)
		if err != nil || d.IsDir() || strings.HasPrefix(name, workingCopy) {
			return err
		}
		stream := streamOf(t, name)
		var rows []map[string]any
		if strings.HasSuffix(name, ".parquet") {
			rows = readParquet(t, path)
		} else {
			rows = readJSONL(t, path, stream)
		}
		lines := []string{}
		for _, row := range rows {
			lines = append(lines, lineOf(t, stream, row))
		}
		slices.Sort(lines)
		found[name] = lines
		return nil
	}))
	return found
}

func streamOf(t testing.TB, file string) *connector.Stream {
	t.Helper()
	for _, s := range testStreams {
		if strings.HasPrefix(file, s.Name+".") || strings.HasPrefix(file, s.Name+"/") {
			return s
		}
	}
	t.Fatalf("a file %s", file)
	return nil
}

// lineOf makes a dump's line of a row that was read.
func lineOf(t testing.TB, s *connector.Stream, row map[string]any) string {
	t.Helper()
	if len(row) < len(s.Fields)+3 {
		t.Fatalf("%s: the fields %v", s.Name, slices.Sorted(maps.Keys(row)))
	}
	values := make(connector.Row, len(s.Fields))
	for i, f := range s.Fields {
		values[i] = row[f.Name]
	}
	gone, _ := row[deleted].(time.Time)
	return line(s.Name, values, row[firstSeen].(time.Time), row[synced].(time.Time), gone)
}

// readParquet reads a file by its own schema: names, logical types and values.
func readParquet(t testing.TB, path string) (rows []map[string]any) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	info, err := file.Stat()
	must(t, err)
	p, err := parquet.OpenFile(file, info.Size())
	must(t, err)
	fields := p.Schema().Fields()
	for _, group := range p.RowGroups() {
		r := group.Rows()
		for buf := make([]parquet.Row, 100); ; {
			n, err := r.ReadRows(buf)
			for _, row := range buf[:n] {
				values := map[string]any{}
				for _, v := range row {
					values[fields[v.Column()].Name()] = goValue(t, fields[v.Column()], v)
				}
				rows = append(rows, values)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
		}
		must(t, r.Close())
	}
	return rows
}

func goValue(t testing.TB, f parquet.Field, v parquet.Value) any {
	t.Helper()
	if v.IsNull() {
		return nil
	}
	switch kind := f.Type().String(); kind {
	case "STRING":
		return string(v.ByteArray())
	case "JSON":
		return json.RawMessage(strings.Clone(string(v.ByteArray())))
	case "DATE":
		return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
	case "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)":
		return time.UnixMicro(v.Int64()).UTC()
	case "INT(64,true)":
		return v.Int64()
	case "DOUBLE":
		return v.Double()
	case "BOOLEAN":
		return v.Boolean()
	default:
		t.Fatalf("%s is of the type %s", f.Name(), kind)
		return nil
	}
}

func readJSONL(t testing.TB, path string, s *connector.Stream) (rows []map[string]any) {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var raw map[string]json.RawMessage
		must(t, json.Unmarshal(lines.Bytes(), &raw))
		row := map[string]any{}
		for name, value := range raw {
			row[name] = valueOf(t, s, name, value)
		}
		rows = append(rows, row)
	}
	must(t, lines.Err())
	return rows
}

func valueOf(t testing.TB, s *connector.Stream, name string, raw json.RawMessage) (v any) {
	t.Helper()
	kind := connector.Time
	if at := s.At(name); at >= 0 {
		kind = s.Fields[at].Type
	}
	if kind == connector.JSON {
		return raw
	}
	if string(raw) == "null" {
		return nil
	}
	var err error
	switch kind {
	case connector.Integer: // not by way of a float
		v, err = strconv.ParseInt(string(raw), 10, 64)
	case connector.Time:
		v, err = time.Parse(`"`+timeLayout+`"`, string(raw))
	default:
		err = json.Unmarshal(raw, &v)
	}
	must(t, err)
	return v
}

// files are what the model's rows are expected to be in.
func (m *model) files(ext string) map[string][]string {
	want := map[string][]string{}
	for _, s := range testStreams {
		if s.At("board_id") < 0 {
			want[s.Name+"."+ext] = []string{}
		}
		for _, row := range m.rows[s.Name] {
			p := part{Stream: s.Name}
			if at := s.At("board_id"); at >= 0 {
				p.Boards = true
				if id, ok := row.values[at].(string); ok {
					p.Board = &id
				}
			}
			name := p.file() + "." + ext
			want[name] = append(want[name], line(s.Name, row.values, row.first, row.synced, row.deleted))
		}
	}
	for _, lines := range want {
		slices.Sort(lines)
	}
	return want
}

// TestFiles: after each Publish, the files are what the rows are.
func TestFiles(t *testing.T) {
	t.Parallel()
	eachFiles(t, func(t *testing.T, dest, dir string) {
		ext, _, _ := strings.Cut(dest, ":")
		for seed := range uint64(2) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				dir, dest := dir+fmt.Sprint(seed), dest+fmt.Sprint(seed)
				s, m, w := prepared(t, dest), newModel(), newWorld(seed)
				for i := range rounds(32) {
					b := w.batch()
					m.commit(b)
					commit(t, s, b)
					if i%8 == 5 {
						must(t, s.Close())
						s = prepared(t, dest)
					}
					if i%4 == 0 || raced {
						must(t, s.Publish(t.Context(), nil))
						if diff := cmp.Diff(nullsAlike(m.files(ext)), nullsAlike(readFiles(t, dir))); diff != "" {
							t.Fatalf("after %d (-want +got):\n%s", i, diff)
						}
					}
				}
			})
		}
	})
}

// nullsAlike makes JSON's null and none alike: in a line of JSON they are.
func nullsAlike(files map[string][]string) map[string][]string {
	for _, lines := range files {
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], "|null|", "|<nil> <nil>|")
		}
	}
	return files
}

// TestFilesChanged: only what changed is written, what vanished comes back, and nobody else's is touched.
func TestFilesChanged(t *testing.T) {
	t.Parallel()
	eachFiles(t, func(t *testing.T, dest, dir string) {
		ext, _, _ := strings.Cut(dest, ":")
		s := prepared(t, dest)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		put := func(rows ...connector.Row) {
			t.Helper()
			at = at.Add(time.Second)
			commit(t, s, &connector.Batch{ReadAt: at, Rows: map[*connector.Stream][]connector.Row{things: rows}})
		}
		file := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)+"."+ext) }
		long := time.Now().Add(-time.Hour).Truncate(time.Second)
		written := func() (names []string) {
			t.Helper()
			must(t, s.Publish(t.Context(), nil))
			for name := range readFiles(t, dir) {
				path := filepath.Join(dir, filepath.FromSlash(name))
				info, err := os.Stat(path)
				must(t, err)
				if !info.ModTime().Equal(long) {
					names = append(names, strings.TrimSuffix(name, "."+ext))
				}
				must(t, os.Chtimes(path, long, long))
			}
			slices.Sort(names)
			return names
		}
		expect := func(why string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, written()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", why, diff)
			}
		}
		put(thing("1", "7"), thing("2", "8"), thing("3", "7"))
		expect("the first time", "select", "things/board_7", "things/board_8")
		expect("nothing changed")
		put(thing("2", "8"))
		expect("read again", "things/board_8")
		put(thing("3", "9"))
		expect("moved", "things/board_7", "things/board_9")
		commit(t, s, &connector.Batch{ReadAt: at, Gone: []connector.Gone{{Stream: things, By: "board_id", Values: []string{"8"}}}})
		expect("gone", "things/board_8")
		put(thing("2", "9"))
		expect("moved when it was gone", "things/board_9")
		if _, err := os.Stat(file("things/board_8")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file of nothing: %v", err)
		}
		must(t, os.Remove(file("things/board_7")))
		expect("removed by somebody", "things/board_7")

		more := *things
		more.Fields = append(slices.Clone(things.Fields), connector.Field{Name: "more", Type: connector.Text})
		must(t, s.Prepare(t.Context(), []*connector.Stream{&more, parts, select_}))
		must(t, s.Publish(t.Context(), nil))
		if info, err := os.Stat(file("things/board_9")); err != nil || info.ModTime().Equal(long) {
			t.Errorf("a field more: %v", err)
		}
		must(t, s.Prepare(t.Context(), testStreams))

		must(t, os.WriteFile(file("things/board_10"), []byte("mine"), 0o600))
		put(thing("10", "10"), thing("9", "9"))
		if err := s.Publish(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "did not make") {
			t.Errorf("somebody else's file: %v", err)
		}
		if b, err := os.ReadFile(file("things/board_10")); err != nil || string(b) != "mine" {
			t.Errorf("%q, %v", b, err)
		}
		must(t, os.Remove(file("things/board_10")))
		must(t, s.Publish(t.Context(), nil))
		if got := readFiles(t, dir)["things/board_10."+ext]; len(got) != 1 {
			t.Errorf("%q", got)
		}
		other := map[string]string{"parquet": "jsonl:", "jsonl": "parquet:"}[ext] + dir
		must(t, s.Close())
		if _, err := Open(t.Context(), other); err == nil || !strings.Contains(err.Error(), "is for "+ext) {
			t.Errorf("of another kind: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*", ".*")); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
	})
}

// TestParquetRowGroups: a large file is written in groups of bounded size.
func TestParquetRowGroups(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.parquet")
	fields := []connector.Field{{Name: "b", Type: connector.Text}, {Name: "a", Type: connector.JSON}}
	must(t, replaceFile(path, func(to io.Writer) error {
		w := newParquet(to, "x", fields, func(string) bool { return false })
		big := strings.Repeat("x", groupBytes/4)
		for i := range groupRows + 10 {
			row := []any{nil, json.RawMessage("1")}
			if i < 8 {
				row[0] = big
			}
			if err := w.Write(row); err != nil {
				return err
			}
		}
		return w.Close()
	}))
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	info, err := file.Stat()
	must(t, err)
	p, err := parquet.OpenFile(file, info.Size())
	must(t, err)
	var sizes []int64
	for _, g := range p.RowGroups() {
		sizes = append(sizes, g.NumRows())
	}
	if diff := cmp.Diff([]int64{4, 4, groupRows, 2}, sizes); diff != "" {
		t.Error(diff)
	}
	if names := p.Schema().Columns(); names[0][0] != "b" || names[1][0] != "a" {
		t.Errorf("the order of columns: %v", names)
	}
}
