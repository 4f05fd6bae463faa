package store

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// A backup is a gzipped tar archive of what a database holds, all accounts of it, the same whichever
// database it came from:
//
//	backup.json          what it is: BackupHeader
//	tables/NAME.jsonl    a line for each row, a JSON list of what is in the columns of the header
//	files/KEY            the uploaded files, if they are part of it
//	manifest.json        how many rows and bytes there are, and their SHA-256: backupManifest
//
// The manifest is last, so that an archive that ends early has none. The feed is left out: it is for
// servers that have the account in memory, and those find a gap and load it. The key that opens API
// tokens is no part of it.

// backupFormat is the version of the above.
const backupFormat = 1

// BackupHeader says what a backup is.
type BackupHeader struct {
	Format  int           `json:"format"`
	Program string        `json:"program"` // Lunedi's version
	Schema  int           `json:"schema"`
	Created time.Time     `json:"created"`
	Tables  []backupTable `json:"tables"` // parents before children
}

// A backupTable is how a table's rows are written.
type backupTable struct {
	Name    string         `json:"name"`
	Columns []backupColumn `json:"columns"`
	order   string
}

type backupColumn struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type backupManifest struct {
	Tables []backupSum `json:"tables"`
	Files  []backupSum `json:"files,omitempty"`
}

// A backupSum is what an entry of the archive must come to.
type backupSum struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// BackupFiles are the uploaded files that go with a database.
type BackupFiles interface {
	// Each calls each for every file.
	Each(ctx context.Context, each func(key string, size int64, r io.Reader) error) error
	// Import stores a file under its key. One that is there already stays, and r is read all the same.
	Import(ctx context.Context, key string, r io.Reader) (made bool, err error)
	Remove(key string) error
}

// BackupOptions say what else there is to a backup.
type BackupOptions struct {
	Program string      // Lunedi's version, for who looks into it
	Files   BackupFiles // nil: without
	Now     time.Time   // now when zero
}

// BackupSize is what a backup holds.
type BackupSize struct {
	Accounts, Rows, Files int64
}

// kindNames are how backups call what columns hold.
var kindNames = map[kind]string{text: "text", nullText: "text or null", bigint: "integer", boolean: "boolean", blob: "bytes", double: "number"}

// accountColumns are the columns of accounts, which no table of an account's rows is.
var accountColumns = []column{
	{"id", bigint}, {"seq", bigint}, {"last_id", bigint},
	{"name", text}, {"slug", text}, {"tier", text}, {"plan", nullText}, {"products", nullText}, {"country_code", text},
	{"first_day_of_the_week", text}, {"logo", text}, {"show_timeline_weekends", boolean}, {"sign_up_product_kind", text},
	{"is_during_trial", boolean}, {"is_trial_expired", boolean}, {"created_at", text}, {"main_workspace_id", bigint},
	{"main_workspace_is_numbered", boolean},
}

// backupTables are all tables but the feed.
func backupTables() []backupTable {
	described := func(name string, keys int, columns []column) backupTable {
		t := backupTable{Name: name}
		var order []string
		for i, c := range columns {
			t.Columns = append(t.Columns, backupColumn{c.name, kindNames[c.kind]})
			if i < keys {
				order = append(order, c.name)
			}
		}
		t.order = strings.Join(order, ", ")
		return t
	}
	list := []backupTable{described("accounts", 1, accountColumns)}
	for _, t := range tables {
		list = append(list, described(t.name, t.keys+1, append([]column{{"account_id", bigint}}, t.columns...)))
	}
	return list
}

func (t *backupTable) names() (names []string) {
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// Backup writes a backup of an open database. What is committed meanwhile is not in it.
func Backup(ctx context.Context, s work.Store, w io.Writer, opt BackupOptions) (BackupSize, error) {
	from, ok := s.(source)
	if !ok {
		return BackupSize{}, errors.New("back up: this store cannot be")
	}
	size, err := backup(ctx, from, w, opt)
	if err != nil {
		return size, fmt.Errorf("back up: %w", err)
	}
	return size, nil
}

// BackupDatabase is Backup for a database that need not be open; it may be, by a server too.
func BackupDatabase(ctx context.Context, dsn string, w io.Writer, opt BackupOptions) (size BackupSize, err error) {
	have, want, err := Version(ctx, dsn)
	if err == nil {
		err = checkVersion(have, want)
	}
	if err != nil {
		return size, fmt.Errorf("back up: %w", err)
	}
	if isPostgres(dsn) {
		s, err := openPostgres(ctx, dsn, Options{MaxConns: 1})
		if err != nil {
			return size, err
		}
		defer s.Close()
		return Backup(ctx, s, w, opt)
	}
	file, err := resolve(sqlitePath(dsn))
	if err != nil {
		return size, err
	}
	s := new(sqliteStore)
	s.queries = queries{s}
	if s.readers, err = sql.Open("sqlite", sqliteURI(file, "query_only(1)")); err != nil {
		return size, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return Backup(ctx, s, w, opt)
}

func backup(ctx context.Context, from source, w io.Writer, opt BackupOptions) (size BackupSize, err error) {
	list, err := migrationsOf("sqlite")
	if err != nil {
		return size, err
	}
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	head := BackupHeader{Format: backupFormat, Program: opt.Program, Schema: len(list), Created: opt.Now.UTC().Truncate(time.Second), Tables: backupTables()}

	// The tables are put aside first: whoever fetches the archive may be slow, and the database need not
	// keep the state of the beginning for so long.
	aside, err := os.CreateTemp("", "lunedi-backup-")
	if err != nil {
		return size, err
	}
	defer func() { err = errors.Join(err, aside.Close(), os.Remove(aside.Name())) }()
	var m backupManifest
	err = from.atOnce(ctx, func(db reader) error {
		for i := range head.Tables {
			sum, err := head.Tables[i].write(ctx, db, aside)
			if err != nil {
				return fmt.Errorf("table %s: %w", head.Tables[i].Name, err)
			}
			m.Tables = append(m.Tables, sum)
			size.Rows += sum.Rows
		}
		return nil
	})
	if err != nil {
		return size, err
	}
	size.Accounts = m.Tables[0].Rows
	if _, err := aside.Seek(0, io.SeekStart); err != nil {
		return size, err
	}

	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
	a := archive{tar: tar.NewWriter(z), at: head.Created}
	if err := a.json("backup.json", head); err != nil {
		return size, err
	}
	for _, sum := range m.Tables {
		if err := a.entry("tables/"+sum.Name+".jsonl", sum.Bytes, io.LimitReader(aside, sum.Bytes)); err != nil {
			return size, err
		}
	}
	if opt.Files != nil {
		err := opt.Files.Each(ctx, func(key string, n int64, r io.Reader) error {
			sum := sha256.New()
			if err := a.entry("files/"+key, n, io.TeeReader(io.LimitReader(r, n), sum)); err != nil {
				return err
			}
			m.Files = append(m.Files, backupSum{Name: key, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
			return nil
		})
		if err != nil {
			return size, err
		}
		size.Files = int64(len(m.Files))
	}
	if err := a.json("manifest.json", m); err != nil {
		return size, err
	}
	return size, errors.Join(a.tar.Close(), z.Close())
}

// write writes a table's rows.
func (t *backupTable) write(ctx context.Context, db reader, w io.Writer) (backupSum, error) {
	sum := sha256.New()
	count := &counter{w: io.MultiWriter(w, sum)}
	buf := bufio.NewWriterSize(count, 256<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	row, dest := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Kind {
		case "text":
			dest[i] = new(string)
		case "text or null":
			dest[i] = new(*string)
		case "integer":
			dest[i] = new(int64)
		case "boolean":
			dest[i] = new(bool)
		case "bytes":
			dest[i] = new([]byte)
		case "number":
			dest[i] = new(float64)
		}
		row[i] = dest[i]
	}
	rows := int64(0)
	query := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(t.names(), ", "), t.Name, t.order)
	err := db.query(ctx, query, nil, func() error {
		rows++
		return enc.Encode(row)
	}, dest...)
	if err == nil {
		err = buf.Flush()
	}
	return backupSum{Name: t.Name, Rows: rows, Bytes: count.n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// An archive is written entry by entry.
type archive struct {
	tar *tar.Writer
	at  time.Time
}

func (a *archive) entry(name string, size int64, r io.Reader) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.at}); err != nil {
		return err
	}
	n, err := io.Copy(a.tar, r)
	if err == nil && n < size {
		err = fmt.Errorf("%s: it has become shorter", name)
	}
	return err
}

func (a *archive) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return a.entry(name, int64(len(b)), bytes.NewReader(b))
}
