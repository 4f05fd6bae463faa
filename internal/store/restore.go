package store

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
)

// A restorer is an empty database in a transaction.
type restorer interface {
	// migrate runs migrations from a version up to another.
	migrate(ctx context.Context, list []migration) error
	// insert puts the rows that next returns, until there are no more, into a table.
	insert(ctx context.Context, t *backupTable, next func() ([]any, error)) error
}

// Restore puts what a backup holds into a database that has none: one that does not exist yet, or is
// empty. All of it is compared with the backup's own sums before it counts; when anything is wrong
// nothing has been written. files may be nil; a backup with files is refused then.
func Restore(ctx context.Context, dsn string, r io.Reader, files BackupFiles) (head BackupHeader, size BackupSize, err error) {
	in := &restoring{ctx: ctx, files: files}
	defer func() {
		if err != nil {
			for _, key := range in.imported {
				err = errors.Join(err, files.Remove(key))
			}
			err = fmt.Errorf("restore: %w", err)
		}
	}()
	if err := in.open(r); err != nil {
		return in.head, size, err
	}
	database := "sqlite"
	if isPostgres(dsn) {
		database = "postgres"
	}
	list, err := migrationsOf(database)
	if err != nil {
		return in.head, size, err
	}
	if in.head.Schema > len(list) {
		return in.head, size, fmt.Errorf("the backup is of schema version %d, made by a newer program (%s), and this one knows only %d: use that program, or a newer one",
			in.head.Schema, in.head.Program, len(list))
	}
	do := func(to restorer, have int) error { return in.into(to, list, have) }
	if database == "postgres" {
		err = restorePostgres(ctx, dsn, do)
	} else {
		err = restoreSQLite(ctx, sqlitePath(dsn), do)
	}
	return in.head, in.size, err
}

// restoring is an archive that is being read.
type restoring struct {
	ctx      context.Context
	files    BackupFiles
	zip      *gzip.Reader
	tar      *tar.Reader
	head     BackupHeader
	sums     backupManifest // of what came
	size     BackupSize
	imported []string
}

// identifier is what tables and columns are called.
var identifier = regexp.MustCompile(`^[a-z][a-z_]*$`)

func (in *restoring) open(r io.Reader) (err error) {
	if in.zip, err = gzip.NewReader(r); err != nil {
		return fmt.Errorf("this is not a backup: %w", err)
	}
	in.tar = tar.NewReader(in.zip)
	if err := in.json("backup.json", &in.head); err != nil {
		return err
	}
	h := &in.head
	switch {
	case h.Format > backupFormat:
		return fmt.Errorf("the backup has format %d, of a newer program (%s), and this one knows only %d: use that program, or a newer one", h.Format, h.Program, backupFormat)
	case h.Format < 1 || h.Schema < 1 || len(h.Tables) == 0:
		return errors.New("this is not a backup: its header says nothing")
	}
	for _, t := range h.Tables {
		for _, name := range append(t.names(), t.Name) {
			if !identifier.MatchString(name) || t.Name == "migrations" {
				return fmt.Errorf("the backup has been altered: %q is no table or column", name)
			}
		}
	}
	return nil
}

// next begins the next entry.
func (in *restoring) next() (name string, err error) {
	h, err := in.tar.Next()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "", errors.New("the backup is cut off: its end is missing")
	case err != nil:
		return "", damaged(err)
	}
	return h.Name, nil
}

// damaged says what errors of reading the archive mean.
func damaged(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the backup is cut off: its end is missing")
	}
	return fmt.Errorf("the backup is damaged: %w", err)
}

// json reads the next entry, which must be of that name.
func (in *restoring) json(name string, v any) error {
	got, err := in.next()
	if err != nil {
		return err
	}
	if got != name {
		return fmt.Errorf("the backup has been altered: %s stands where %s should", got, name)
	}
	b, err := io.ReadAll(io.LimitReader(in.tar, 64<<20))
	if err != nil {
		return damaged(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("the backup has been altered: %s: %w", name, err)
	}
	return nil
}

// into restores to a database at a version. Rows go into the schema they come from, which is brought
// up to date with them in it, as it would have been where they were.
func (in *restoring) into(to restorer, list []migration, have int) error {
	switch {
	case have == 0:
		if err := to.migrate(in.ctx, list[:in.head.Schema]); err != nil {
			return err
		}
	case have != in.head.Schema:
		return fmt.Errorf("the database has schema version %d already and the backup has %d: restore into a database that does not exist yet", have, in.head.Schema)
	}
	if in.head.Schema == len(list) {
		if same := func(a, b backupTable) bool { return a.Name == b.Name && slices.Equal(a.Columns, b.Columns) }; !slices.EqualFunc(in.head.Tables, backupTables(), same) {
			return errors.New("the backup has been altered: its tables are not those of its schema")
		}
	}
	for i := range in.head.Tables {
		if err := in.table(to, &in.head.Tables[i]); err != nil {
			return err
		}
	}
	if err := in.rest(); err != nil {
		return err
	}
	return to.migrate(in.ctx, list[in.head.Schema:])
}

// table restores the next entry, of a table's rows.
func (in *restoring) table(to restorer, t *backupTable) error {
	name, err := in.next()
	if err != nil {
		return err
	}
	if want := "tables/" + t.Name + ".jsonl"; name != want {
		return fmt.Errorf("the backup has been altered: %s stands where %s should", name, want)
	}
	sum := newSumming(in.tar)
	lines := bufio.NewReaderSize(sum, 256<<10)
	rows := int64(0)
	err = to.insert(in.ctx, t, func() ([]any, error) {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, damaged(err)
		}
		rows++
		row, err := t.parse(line)
		if err != nil {
			return nil, fmt.Errorf("the backup has been altered: row %d: %w", rows, err)
		}
		return row, nil
	})
	if err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	in.sums.Tables = append(in.sums.Tables, sum.sum(t.Name, rows))
	in.size.Rows += rows
	if t.Name == "accounts" {
		in.size.Accounts = rows
	}
	return nil
}

// parse reads a row.
func (t *backupTable) parse(line []byte) ([]any, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil {
		return nil, err
	}
	if len(cells) != len(t.Columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(cells), len(t.Columns))
	}
	row := make([]any, len(cells))
	for i, c := range t.Columns {
		var err error
		switch null := string(cells[i]) == "null"; {
		case null && (c.Kind == "bytes" || c.Kind == "text or null"):
		case null:
			err = errors.New("null")
		case c.Kind == "text", c.Kind == "text or null":
			row[i], err = parseAs[string](cells[i])
		case c.Kind == "integer":
			row[i], err = parseAs[int64](cells[i])
		case c.Kind == "boolean":
			row[i], err = parseAs[bool](cells[i])
		case c.Kind == "bytes":
			row[i], err = parseAs[[]byte](cells[i])
		case c.Kind == "number":
			row[i], err = parseAs[float64](cells[i])
		default:
			err = fmt.Errorf("%q is no kind of column", c.Kind)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return row, nil
}

func parseAs[T any](js []byte) (v T, err error) {
	err = json.Unmarshal(js, &v)
	return v, err
}

// rest restores the files, and compares all that came with the manifest.
func (in *restoring) rest() error {
	for {
		name, err := in.next()
		if err != nil {
			return err
		}
		if name == "manifest.json" {
			break
		}
		folder, key := path.Split(name)
		switch {
		case folder != "files/" || key == "":
			return fmt.Errorf("the backup has been altered: there is no room for %s", name)
		case in.files == nil:
			return errors.New("the backup has files: say which folder is theirs")
		}
		sum := newSumming(in.tar)
		made, err := in.files.Import(in.ctx, key, sum)
		if err != nil {
			return fmt.Errorf("file %s: %w", key, err)
		}
		if made {
			in.imported = append(in.imported, key)
		}
		in.sums.Files = append(in.sums.Files, sum.sum(key, 0))
		in.size.Files++
	}
	var want backupManifest
	b, err := io.ReadAll(in.tar)
	if err != nil {
		return damaged(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		return fmt.Errorf("the backup has been altered: manifest.json: %w", err)
	}
	if err := compare("table", want.Tables, in.sums.Tables); err != nil {
		return err
	}
	if err := compare("file", want.Files, in.sums.Files); err != nil {
		return err
	}
	if _, err := in.tar.Next(); err == nil {
		return errors.New("the backup has been altered: something follows its manifest")
	} else if !errors.Is(err, io.EOF) {
		return damaged(err)
	}
	if _, err := io.Copy(io.Discard, in.zip); err != nil { // to where gzip keeps its own sum
		return damaged(err)
	}
	return nil
}

// compare tells the first difference between what should have come and what did.
func compare(what string, want, got []backupSum) error {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return fmt.Errorf("the backup has been altered: its manifest does not know of %s %s", what, got[i].Name)
		case i >= len(got):
			return fmt.Errorf("the backup has been altered: %s %s is missing", what, want[i].Name)
		case want[i].Name != got[i].Name:
			return fmt.Errorf("the backup has been altered: %s %s stands where %s should", what, got[i].Name, want[i].Name)
		case want[i].Rows != got[i].Rows:
			return fmt.Errorf("the backup has been altered: %s %s has %d rows, not %d", what, got[i].Name, got[i].Rows, want[i].Rows)
		case want[i] != got[i]:
			return fmt.Errorf("the backup has been altered: what is in %s %s is not what was put there", what, got[i].Name)
		}
	}
	return nil
}

// summing is a reader that knows what came through it.
type summing struct {
	r    io.Reader
	seen interface {
		io.Writer
		Sum([]byte) []byte
	}
	n int64
}

func newSumming(r io.Reader) *summing { return &summing{r: r, seen: sha256.New()} }

func (s *summing) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	_, _ = s.seen.Write(p[:n]) // never fails
	s.n += int64(n)
	return n, err
}

func (s *summing) sum(name string, rows int64) backupSum {
	return backupSum{name, rows, s.n, hex.EncodeToString(s.seen.Sum(nil))}
}

// hasAccounts is what tells that a database is not empty.
const hasAccounts = `SELECT COUNT(*) FROM accounts`

var errNotEmpty = errors.New("the database has accounts already, and a backup is restored into an empty one only: name another, or one that does not exist yet")
