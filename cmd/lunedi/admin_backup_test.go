package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/store/pgtest"
)

// TestBackup backs up beside a running server and restores to both databases.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fails(t, exitUsage, "one FILE is needed", dir, nil, "admin", "backup")
	fails(t, exitError, "no such file", dir, nil, "admin", "backup", "none.backup")
	p := serve(t, dir, "--admin-name", "Ada")
	token := p.firstToken(t)
	fails(t, exitError, "--files:", dir, nil, "admin", "backup", "--files", "nowhere", "x.backup")
	const key = "0123456789abcdef0123456789abcdef"
	uploaded := filepath.Join("01", key)
	if err := os.MkdirAll(filepath.Join(dir, "lunedi-files", "01"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lunedi-files", uploaded), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := must(t, dir, nil, "admin", "backup", "a.backup"); !regexp.MustCompile(`^Backed up 1 account, \d+ rows, 1 file to a\.backup\. The key`).MatchString(out) {
		t.Errorf("backup says %q", out)
	}
	p.stop(t)
	piped := must(t, dir, nil, "admin", "backup", "-")
	if left, _ := filepath.Glob(filepath.Join(dir, "*unfinished*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	fails(t, exitError, "the database has accounts already", dir, nil, "admin", "restore", "a.backup")
	if err := os.WriteFile(filepath.Join(dir, "cut.backup"), []byte(piped[:len(piped)-20]), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, exitError, "cut off", dir, nil, "admin", "restore", "--database", "new.db", "cut.backup")
	if _, err := os.Stat(filepath.Join(dir, "new.db")); err == nil {
		t.Error("half a database was left")
	}
	for i, database := range []string{"new.db", pgtest.Start(t)} {
		folder := fmt.Sprint("files", i)
		out := must(t, dir, nil, "admin", "restore", "--database", database, "--files", folder, "a.backup")
		if b, err := os.ReadFile(filepath.Join(dir, folder, uploaded)); err != nil || string(b) != "a file" {
			t.Errorf("the file is %q, %v", b, err)
		}
		if !strings.HasPrefix(out, "Restored 1 account, ") {
			t.Errorf("restore says %q", out)
		}
		p := serve(t, dir, "--database", database)
		if a, err := post(http.DefaultClient, p.url, token, "{ me { name } }"); err != nil || a.status != http.StatusOK || !strings.Contains(string(a.Data["me"]), "Ada") {
			t.Errorf("%s: %+v %v", database, a, err)
		}
		p.stop(t)
	}
}
