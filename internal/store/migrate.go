package store

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations
var migrations embed.FS

// A migration is one numbered file. Its version is its number; versions have no holes.
type migration struct {
	version int
	name    string
	sql     string
}

const (
	createMigrations = `CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL)`
	currentVersion   = `SELECT COALESCE(MAX(version), 0) FROM migrations`
	recordMigration  = `INSERT INTO migrations (version, name, at) VALUES ($1, $2, $3)`
)

// migrationsOf lists the migrations of a database ("sqlite" or "postgres") in order.
func migrationsOf(database string) ([]migration, error) {
	files, err := fs.ReadDir(migrations, path.Join("migrations", database))
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s/%s: not number %04d", database, f.Name(), i+1)
		}
		sql, err := fs.ReadFile(migrations, path.Join("migrations", database, f.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, strings.TrimSuffix(f.Name(), ".sql"), string(sql)})
	}
	return list, nil
}

// checkVersion refuses a database that this program cannot work with as it is.
func checkVersion(have, want int) error {
	switch {
	case have > want:
		return newer(have, want)
	case have < want:
		return fmt.Errorf("the database is at schema version %d and this program needs %d: run 'lunedi migrate' first", have, want)
	}
	return nil
}

func newer(have, want int) error {
	return fmt.Errorf("the database is at schema version %d, made by a newer program, and this one knows only %d: "+
		"run the newer program, or restore a backup made before it", have, want)
}
