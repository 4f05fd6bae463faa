package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// TestAdminDatasource: what the commands refuse before anybody is asked, and that a token is never repeated.
func TestAdminDatasource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	p.stop(t)
	if info, err := os.Stat(filepath.Join(dir, "lunedi-secret.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
	if out := must(t, dir, nil, "admin", "datasource", "list"); !strings.HasPrefix(out, "ID") || strings.Count(out, "\n") != 1 {
		t.Errorf("list says %q", out)
	}
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("two words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := func(more ...string) []string { return append([]string{"admin", "datasource", "add"}, more...) }
	fails(t, exitUsage, "an auth_token is needed: --auth-token-file FILE", dir, nil, add("--start-date", "2024-01-01")...)
	fails(t, exitError, "copy it once more", dir, nil, add("--start-date", "2024-01-01", "--auth-token-file", token)...)
	fails(t, exitError, "such as 2024-01-01", dir, []string{"LUNEDI_AUTH_TOKEN=tok_x"}, add("--start-date", "yesterday")...)
	fails(t, exitError, "--source-endpoint", dir, []string{"LUNEDI_AUTH_TOKEN=tok_x"}, add("--start-date", "2024-01-01", "--endpoint", "http://169.254.169.254/")...)
	fails(t, exitError, "5 minutes to 31 days", dir, []string{"LUNEDI_AUTH_TOKEN=tok_x"}, add("--start-date", "2024-01-01", "--every", "1m")...)
	fails(t, exitError, "a token on the command line can be seen by others", dir, nil, add("--start-date", "x", "--auth-token", "tok_seen")...)
	if r := do(t, dir, nil, add("--start-date", "x", "--auth-token", "tok_seen")...); strings.Contains(r.stderr+r.stdout, "tok_seen") {
		t.Errorf("the token is repeated: %+v", r)
	}
	for _, c := range []string{"check", "sync", "pause", "resume", "remove"} {
		fails(t, exitUsage, "name one data source by its id", dir, nil, "admin", "datasource", c)
		fails(t, exitError, "data source 5 not found", dir, nil, "admin", "datasource", c, "5")
	}
	if out := must(t, dir, nil, "admin", "datasource", "rotate-key", "--new"); !strings.Contains(out, "Encrypted 0 auth_tokens") {
		t.Errorf("rotate-key says %q", out)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "lunedi-secret.key")); err != nil || bytes.Count(b, []byte("\n")) != 2 {
		t.Errorf("the key file: %q, %v", b, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "lunedi-secret.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
	fails(t, exitError, "LUNEDI_SECRET_KEY: key 1: not a key", dir, []string{"LUNEDI_SECRET_KEY=short"}, "admin", "datasource", "list")
	fails(t, exitUsage, "put a new one in front", dir, []string{"LUNEDI_SECRET_KEY=" + strings.Repeat("0a", 32)}, "admin", "datasource", "rotate-key", "--new")
}

// Keys stand in a file or in the environment, the newest first.
func TestKeyring(t *testing.T) {
	t.Parallel()
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	file := filepath.Join(t.TempDir(), "keys")
	text := "# the newest first\n" + base64.StdEncoding.EncodeToString(two) + "\n\n" + base64.StdEncoding.EncodeToString(one) + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	ring, err := loadKeyring(none, file)
	if err != nil || ring.Newest() != work.KeyID(two) {
		t.Errorf("%v, %v", ring, err)
	}
	ring, err = loadKeyring(func(string) string { return strings.Repeat("01", 32) + "," + strings.Repeat("02", 32) }, file)
	if err != nil || ring.Newest() != work.KeyID(one) {
		t.Errorf("%v, %v", ring, err)
	}
	if _, err := loadKeyring(none, filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "LUNEDI_SECRET_KEY") {
		t.Errorf("%v", err)
	}
}

// Each source has a place of its own, where the operator says and nowhere else.
func TestDestination(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ into, database, want, place string }{
		{"", "data/lunedi.db", "sqlite:data/lunedi-sources/source_1_5.db", "the SQLite file source_1_5.db"},
		{"sqlite:/srv/x", "lunedi.db", "sqlite:/srv/x/source_1_5.db", "the SQLite file source_1_5.db"},
		{"parquet:x", "lunedi.db", "parquet:x/source_1_5", "Parquet files in the folder source_1_5"},
		{"jsonl:x/", "lunedi.db", "jsonl:x/source_1_5", "JSON Lines files in the folder source_1_5"},
		{"", "postgres://u:p@h/d?sslmode=require", "postgres://u:p@h/d?schema=source_1_5&sslmode=require", "the PostgreSQL schema source_1_5"},
		{"postgres://h/other", "lunedi.db", "postgres://h/other?schema=source_1_5", "the PostgreSQL schema source_1_5"},
	} {
		got, err := destination(c.into, c.database, 1, 5)
		if err != nil || got != c.want {
			t.Errorf("%q beside %q: %q, %v", c.into, c.database, got, err)
		}
		if place := placeOf(got, "source_1_5"); place != c.place {
			t.Errorf("%q is told as %q", got, place)
		}
	}
	for _, into := range []string{"sqlite:", "mysql://h/d", "/srv/x", "postgres://h/d?schema=mine"} {
		if got, err := destination(into, "lunedi.db", 1, 5); err == nil || !strings.Contains(err.Error(), "--sources-into") {
			t.Errorf("%q: %q, %v", into, got, err)
		}
	}
}

// Dropping removes one source's place with what stands beside it, and no other's.
func TestDropFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"source_1_5.db", "source_1_5.db-wal", "source_1_5.db.lock", "source_1_50.db", "source_11_5.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &sourceRunner{into: "sqlite:" + dir}
	for range 2 { // what is gone is no error
		if err := r.Drop(t.Context(), work.SourceJob{Account: 1, Source: work.DataSource{ID: 5}}); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}
