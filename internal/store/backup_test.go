package store

import (
	"archive/tar"
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
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// memFiles are uploaded files in memory.
type memFiles map[string]string

func (m memFiles) Each(_ context.Context, each func(string, int64, io.Reader) error) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := each(key, int64(len(m[key])), strings.NewReader(m[key])); err != nil {
			return err
		}
	}
	return nil
}

func (m memFiles) Import(_ context.Context, key string, r io.Reader) (bool, error) {
	b, err := io.ReadAll(r)
	if _, have := m[key]; have || err != nil {
		return false, err
	}
	m[key] = string(b)
	return true, nil
}

func (m memFiles) Remove(key string) error {
	delete(m, key)
	return nil
}

var backupDay = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func backedUp(t *testing.T, s work.Store, files BackupFiles) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Backup(t.Context(), s, &b, BackupOptions{Program: "1.2.3", Files: files, Now: backupDay}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filled makes two accounts with everything in them that a store keeps.
func filled(t *testing.T, s work.Store) {
	t.Helper()
	one, other := full(1), full(2)
	one.Credentials = []*work.Credential{{User: 1, Hash: "argon2id$" + hostile, ChangedAt: backupDay}}
	one.Identities = []*work.Identity{{Issuer: "https://id.example.com/?a=<b>", Subject: hostile, User: 1, CreatedAt: backupDay}}
	create(t, s, one)
	create(t, s, other)
	commit(t, s, 1, one.Seq+1, append(puts(content()), work.Change{Notification: notification()}, work.Change{Delivery: delivery()},
		work.Change{Audit: &work.Audit{ID: "u-1", At: backupDay, User: 1, Token: 1, From: "::1", Action: "user.edit", Changes: `[{"kind":"user"}]`}})...)
	held, err := s.ClaimDataSources(t.Context(), "n", backupDay, backupDay.Add(time.Minute), 1)
	if err != nil || len(held) != 1 {
		t.Fatalf("claimed %v, %v", held, err)
	}
	held[0].Problems, held[0].Checked = []work.SourceProblem{{Kind: "error", Message: hostile}}, &work.SourceAccount{Name: hostile}
	run := &work.DataSourceRun{ID: "r-1", Started: backupDay, Report: work.SourceReport{Error: hostile}}
	if ok, err := s.SettleDataSource(t.Context(), held[0].Account, held[0], run); err != nil || !ok {
		t.Fatalf("settled %v, %v", ok, err)
	}
}

// entries are what is in an archive.
func entries(t *testing.T, archive []byte) (names []string, of map[string]string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	of = map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, of
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names, of[h.Name] = append(names, h.Name), string(b)
	}
}

func packed(t *testing.T, names []string, of map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	a := archive{tar.NewWriter(z), backupDay}
	for _, name := range names {
		if err := a.entry(name, int64(len(of[name])), strings.NewReader(of[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(a.tar.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBackup takes accounts from each database to each.
func TestBackup(t *testing.T) {
	t.Parallel()
	dsn := map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "b.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) },
	}
	open := func(t *testing.T, dsn string) work.Store {
		t.Helper()
		s, err := Open(t.Context(), dsn, Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	for from := range dsn {
		for to := range dsn {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				first := open(t, dsn[from](t))
				filled(t, first)
				had := memFiles{"00ff": "a file", "11ee": "", "22dd": hostile}
				archive := backedUp(t, first, had)

				target, files := dsn[to](t), memFiles{"00ff": "a file"}
				head, size, err := Restore(t.Context(), target, bytes.NewReader(archive), files)
				if err != nil {
					t.Fatal(err)
				}
				if head.Program != "1.2.3" || !head.Created.Equal(backupDay) || size.Accounts != 2 || size.Files != 3 || size.Rows < 100 {
					t.Errorf("restored %+v of %+v", size, head.Created)
				}
				if !maps.Equal(files, had) {
					t.Errorf("files %q, want %q", files, had)
				}
				second := open(t, target)
				for _, id := range []work.AccountID{1, 2} {
					same(t, "restored", mustLoad(t, first, id), mustLoad(t, second, id))
				}
				seq, err := first.Head(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				holds(t, second, seq, content())
				if again := backedUp(t, second, had); !bytes.Equal(again, archive) {
					t.Error("a backup of what was restored is another")
				}
				// Life goes on, and who has followed the feed learns to begin anew.
				if _, err := second.Since(t.Context(), 1, seq-1); !errors.Is(err, work.ErrGap) {
					t.Errorf("since: %v", err)
				}
				commit(t, second, 1, seq+1, work.Change{User: &work.User{ID: 77, Name: "new", Email: "new@example.com", Role: work.Member, Status: work.Active}})

				if _, _, err := Restore(t.Context(), target, bytes.NewReader(archive), files); err == nil {
					t.Error("restored into what is not empty")
				}
				if err := second.Close(); err != nil {
					t.Fatal(err)
				}
				if _, _, err := Restore(t.Context(), target, bytes.NewReader(archive), files); err == nil || !strings.Contains(err.Error(), "the database has accounts already") {
					t.Errorf("into what is not empty: %v", err)
				}
			})
		}
	}
}

// TestBackupWhole: no table of the database and no column is left out.
func TestBackupWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.db")
	openSQLiteFile(t, path)
	db, err := sql.Open("sqlite", sqliteURI(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var want, got []string
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		if table != "migrations" && table != "changes" {
			want = append(want, table+"."+column)
		}
	}
	for _, table := range backupTables() {
		for _, column := range table.names() {
			got = append(got, table.Name+"."+column)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the database has %v\nbackups have %v", want, got)
	}
}

// TestRestoreRefused gives Restore what it must not take. Nothing has been written then.
func TestRestoreRefused(t *testing.T) {
	t.Parallel()
	s := openTestSQLite(t)
	filled(t, s)
	whole := backedUp(t, s, memFiles{"00ff": "a file"})
	names, of := entries(t, whole)
	altered := func(change func(names *[]string, of map[string]string)) []byte {
		n, o := slices.Clone(names), maps.Clone(of)
		change(&n, o)
		return packed(t, n, o)
	}
	edit := func(name, old, new string) []byte {
		return altered(func(_ *[]string, of map[string]string) {
			if !strings.Contains(of[name], old) {
				t.Fatalf("no %q in %s: %s", old, name, of[name])
			}
			of[name] = strings.Replace(of[name], old, new, 1)
		})
	}
	without := func(name string) []byte {
		return altered(func(names *[]string, _ map[string]string) {
			*names = slices.DeleteFunc(*names, func(s string) bool { return s == name })
		})
	}
	damage := slices.Clone(whole)
	damage[len(damage)/2] ^= 0xff
	cases := []struct {
		name, words string
		archive     []byte
	}{
		{"empty", "not a backup", nil},
		{"another file", "not a backup", []byte("PK\x03\x04 something else")},
		{"another archive", "stands where backup.json should", packed(t, []string{"x"}, map[string]string{"x": "y"})},
		{"newer format", "has format 99, of a newer program (1.2.3)", edit("backup.json", `"format": 1`, `"format": 99`)},
		{"newer schema", "made by a newer program (1.2.3), and this one knows only", edit("backup.json", `"schema": `, `"schema": 999`)},
		{"injection", "is no table or column", edit("backup.json", `"name": "users"`, `"name": "users; DROP TABLE x"`)},
		{"not its tables", "not those of its schema", edit("backup.json", `"name": "email"`, `"name": "mail"`)},
		{"a bit", "", damage},
		{"a value", "what is in table users is not what was put there", edit("tables/users.jsonl", "Ä@example.com", "Ö@example.com")},
		{"a row less", "table teams has 3 rows, not 4", altered(func(_ *[]string, of map[string]string) {
			_, rest, _ := strings.Cut(of["tables/teams.jsonl"], "\n")
			of["tables/teams.jsonl"] = rest
		})},
		{"a value less", "values for", edit("tables/teams.jsonl", "[1,", "[")},
		{"another kind", "id:", edit("tables/teams.jsonl", "[1,1,", `[1,"1",`)},
		{"half a row", "the backup has been altered: row", edit("tables/tags.jsonl", "]\n", "\n")},
		{"a table less", "stands where tables/teams.jsonl should", without("tables/teams.jsonl")},
		{"a file less", "file 00ff is missing", without("files/00ff")},
		{"a file more", "does not know of file 11ee", altered(func(names *[]string, of map[string]string) {
			*names, of["files/11ee"] = slices.Insert(slices.Clone(*names), len(*names)-1, "files/11ee"), "x"
		})},
		{"another file's bytes", "what is in file 00ff", edit("files/00ff", "a file", "b file")},
		{"a path", "there is no room for files/../x", altered(func(names *[]string, of map[string]string) {
			*names, of["files/../x"] = slices.Insert(slices.Clone(*names), len(*names)-1, "files/../x"), "x"
		})},
		{"no manifest", "cut off", without("manifest.json")},
		{"more after it", "something follows", altered(func(names *[]string, of map[string]string) { *names, of["x"] = append(*names, "x"), "" })},
	}
	for at := 1; at < len(whole); at += len(whole)/12 + 1 {
		cases = append(cases, struct {
			name, words string
			archive     []byte
		}{fmt.Sprintf("cut at %d of %d", at, len(whole)), "", whole[:at]})
	}
	cases = append(cases, struct {
		name, words string
		archive     []byte
	}{"cut before the last byte", "cut off", whole[:len(whole)-1]})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, files := t.TempDir(), memFiles{"33cc": "was here"}
			path := filepath.Join(dir, "new.db")
			_, _, err := Restore(t.Context(), path, bytes.NewReader(c.archive), files)
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("error %v, want %q", err, c.words)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "new.db")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if !maps.Equal(files, memFiles{"33cc": "was here"}) {
				t.Errorf("files left behind: %v", files)
			}
		})
	}
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		if _, _, err := Restore(t.Context(), filepath.Join(t.TempDir(), "x.db"), bytes.NewReader(whole), nil); err == nil || !strings.Contains(err.Error(), "the backup has files") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("an empty database stays one", func(t *testing.T) {
		t.Parallel()
		for _, dsn := range []string{filepath.Join(t.TempDir(), "empty.db"), pgtest.Start(t)} {
			if _, _, err := Migrate(t.Context(), dsn); err != nil {
				t.Fatal(err)
			}
			if _, _, err := Restore(t.Context(), dsn, bytes.NewReader(without("manifest.json")), memFiles{}); err == nil {
				t.Fatal("restored what is cut off")
			}
			if _, _, err := Restore(t.Context(), dsn, bytes.NewReader(whole), memFiles{}); err != nil {
				t.Errorf("restore after one that failed: %v", err)
			}
		}
	})
}

// TestRestoreOlder restores what a program of an earlier schema has backed up.
func TestRestoreOlder(t *testing.T) {
	t.Parallel()
	column := func(name, kind string) backupColumn { return backupColumn{name, kind} }
	head := BackupHeader{Format: 1, Program: "0.1", Schema: 1, Created: backupDay, Tables: []backupTable{
		{Name: "accounts", Columns: backupTables()[0].Columns},
		{Name: "workspaces", Columns: []backupColumn{column("account_id", "integer"), column("id", "integer"), column("name", "text"), column("description", "text"), column("kind", "text"),
			column("state", "text"), column("account_product_id", "integer"), column("icon_color", "text"), column("icon_image", "text"), column("created_by", "integer"), column("created_at", "text")}},
	}}
	path := filepath.Join(t.TempDir(), "names.db")
	list, err := migrationsOf("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	// The names of columns are asked of the schema, not believed.
	err = restoreSQLite(t.Context(), path, func(to restorer, _ int) error {
		if err := to.migrate(t.Context(), list[:1]); err != nil {
			return err
		}
		rows, err := to.(sqliteRestorer).w.conn.QueryContext(t.Context(), `SELECT name FROM pragma_table_info('workspaces')`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for i := 0; rows.Next(); i++ {
			if err := rows.Scan(&head.Tables[1].Columns[i].Name); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{
		"tables/accounts.jsonl":   `[1,5,9,"n","s","",null,null,"","monday","",true,"",false,false,"",1,false]` + "\n",
		"tables/workspaces.jsonl": `[1,1,"Main","","open","active",0,"","",0,""]` + "\n",
	}
	sum := func(name string) backupSum {
		text := of["tables/"+name+".jsonl"]
		s := sha256.Sum256([]byte(text))
		return backupSum{name, 1, int64(len(text)), hex.EncodeToString(s[:])}
	}
	for name, v := range map[string]any{"backup.json": head, "manifest.json": backupManifest{Tables: []backupSum{sum("accounts"), sum("workspaces")}}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		of[name] = string(b)
	}
	archive := packed(t, []string{"backup.json", "tables/accounts.jsonl", "tables/workspaces.jsonl", "manifest.json"}, of)
	for _, dsn := range []string{filepath.Join(t.TempDir(), "new.db"), pgtest.Start(t)} {
		if _, _, err := Restore(t.Context(), dsn, bytes.NewReader(archive), nil); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dsn, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := &work.Snapshot{
			Seq:        5,
			Account:    work.Account{ID: 1, Name: "n", Slug: "s", FirstDay: "monday", TimelineWeekends: true, MainWorkspace: 1, LastID: 9},
			Workspaces: []*work.Workspace{{ID: 1, Name: "Main", Kind: work.Open, State: work.StateActive}},
		}
		same(t, "an older backup", want, mustLoad(t, s, 1))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	made := filepath.Join(t.TempDir(), "made.db")
	if _, _, err := Migrate(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(t.Context(), made, bytes.NewReader(archive), nil); err == nil || !strings.Contains(err.Error(), "restore into a database that does not exist yet") {
		t.Errorf("into a newer schema: %v", err)
	}
}

// TestBackupWhileCommitting: whatever is being written, a backup is of one moment. Every batch adds a
// user and a team of the same number.
func TestBackupWhileCommitting(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "busy.db"), "PostgreSQL": pgtest.Start(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), dsn, Options{Migrate: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			start := &work.Snapshot{Account: work.Account{ID: 1, Name: "n", Slug: "s", FirstDay: "monday"}}
			create(t, s, start)
			stop, done := make(chan struct{}), make(chan error, 1)
			go func() {
				for seq := work.Seq(1); ; seq++ {
					select {
					case <-stop:
						done <- nil
						return
					default:
					}
					err := s.Commit(context.Background(), 1, &work.Batch{Seq: seq, ID: fmt.Sprint(seq), At: backupDay, Changes: []work.Change{
						{User: &work.User{ID: work.UserID(1000 + 2*seq), Name: "u", Email: fmt.Sprintf("u%d@example.com", seq)}}, {Team: &work.Team{ID: work.TeamID(1001 + 2*seq), Name: "t"}}}})
					if err != nil {
						done <- err
						return
					}
				}
			}()
			for i := range 5 {
				// As another process does it, too: beside the server that has the database open.
				var b bytes.Buffer
				if i%2 == 0 {
					_, err = Backup(t.Context(), s, &b, BackupOptions{})
				} else {
					_, err = BackupDatabase(t.Context(), dsn, &b, BackupOptions{})
				}
				if err != nil {
					t.Fatal(err)
				}
				_, of := entries(t, b.Bytes())
				var account []any
				if err := json.Unmarshal([]byte(of["tables/accounts.jsonl"]), &account); err != nil {
					t.Fatal(err)
				}
				head := int(account[1].(float64))
				if users, teams := strings.Count(of["tables/users.jsonl"], "\n"), strings.Count(of["tables/teams.jsonl"], "\n"); users != head || teams != head {
					t.Errorf("at %d there are %d users and %d teams", head, users, teams)
				}
			}
			close(stop)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBackupNothing: what is not there or cannot be written to is said.
func TestBackupNothing(t *testing.T) {
	t.Parallel()
	if _, err := BackupDatabase(t.Context(), filepath.Join(t.TempDir(), "none.db"), io.Discard, BackupOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no database: %v", err)
	}
	s := openTestSQLite(t)
	filled(t, s)
	full := errors.New("full")
	if _, err := Backup(t.Context(), s, failing{full}, BackupOptions{}); !errors.Is(err, full) {
		t.Errorf("nowhere to write: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(ctx, s, io.Discard, BackupOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
