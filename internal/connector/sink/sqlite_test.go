package sink

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/connector"
	sqlite3 "modernc.org/sqlite/lib"
)

const sqliteReadWrite = sqlite3.SQLITE_OPEN_READWRITE

// TestFullDisk: a batch for which there is no room is an error that says so, and nothing of it is there.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := prepared(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db")).(*sqlite)
	commit(t, s, step(1))
	pages := int64(0)
	must(t, s.write.query("PRAGMA page_count", func(row *stmt) error { pages = row.int(0); return nil }))
	must(t, s.write.exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+2)))
	large := step(2)
	for i := range 5000 {
		large.Rows[things] = append(large.Rows[things], thing(fmt.Sprint("more", i), strings.Repeat("b", 1000)))
	}
	for range 2 {
		if _, err := s.Commit(t.Context(), large); err == nil || !strings.Contains(err.Error(), "the disk is full, nothing was written") {
			t.Fatalf("%v", err)
		}
		if n := holds(t, s); n != 1 {
			t.Fatalf("after step %d", n)
		}
	}
	must(t, s.write.exec("PRAGMA max_page_count = 1000000"))
	commit(t, s, step(2))
	if n := holds(t, s); n != 2 {
		t.Fatalf("after step %d", n)
	}
}

// TestNotOurs: files that are something else stay as they are.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	must(t, os.WriteFile(text, []byte(strings.Repeat("This is no database.\n", 100)), 0o600))
	if _, err := Open(t.Context(), "sqlite:"+text); err == nil || !strings.Contains(err.Error(), "no SQLite file") {
		t.Errorf("%v", err)
	}
	foreign := filepath.Join(dir, "foreign.db")
	c, err := openConn(foreign, sqliteReadWrite|sqlite3.SQLITE_OPEN_CREATE)
	must(t, err)
	must(t, c.exec("CREATE TABLE Things (a); INSERT INTO Things VALUES (1); CREATE VIEW board_1 AS SELECT 1 AS a"))
	must(t, c.Close())
	if _, err := OpenReadOnly(t.Context(), "sqlite:"+foreign); err == nil || !strings.Contains(err.Error(), "did not make this file") {
		t.Errorf("%v", err)
	}
	s := mustOpen(t, "sqlite:"+foreign)
	if err := s.Prepare(t.Context(), testStreams); err == nil || !strings.Contains(err.Error(), "table things that lunedi did not make") {
		t.Errorf("%v", err)
	}
	must(t, s.Prepare(t.Context(), connector.Streams())) // beside what is not ours
	err = s.Publish(t.Context(), []connector.BoardColumns{{ID: "1"}})
	if err == nil || !strings.Contains(err.Error(), "view board_1 that lunedi did not make") {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "no", "such", "dir.db")); err == nil {
		t.Error("opened in a directory that is not there")
	}
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		must(t, os.Chmod(dir, 0o500))
		if _, err := Open(t.Context(), "parquet:"+filepath.Join(dir, "new")); err == nil {
			t.Error("made a directory where none may be made")
		}
		must(t, os.Chmod(dir, 0o700))
	}
}

// TestNoDirectory: a file in a directory that is not there is refused by the directory's name.
func TestNoDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	_, err := Open(t.Context(), "sqlite:"+filepath.Join(dir, "x.db"))
	if err == nil || !strings.Contains(err.Error(), "the directory "+dir+" is not there") {
		t.Error(err)
	}
}
