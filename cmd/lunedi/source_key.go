package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

const (
	// secretKeyVariable holds the keys themselves, the newest first, with commas or spaces between them.
	secretKeyVariable = "LUNEDI_SECRET_KEY"
	secretKeyName     = "lunedi-secret.key"
)

// noSecretKey is what whoever runs a server without a key is to do.
const noSecretKey = "whoever runs it makes one with 'openssl rand -base64 32' and gives it to every server on the database, in a file (--secret-key-file) or in " + secretKeyVariable

// loadKeyring finds the keys that encrypt auth_tokens: in the environment, or else in the file, a line each,
// the newest first; lines that begin with # are remarks. errNoKey.
func loadKeyring(getenv func(string) string, file string) (*work.Keyring, error) {
	from, text := secretKeyVariable, getenv(secretKeyVariable)
	if text == "" {
		if file == "" {
			return nil, errNoKey
		}
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w in %s or %s", errNoKey, file, secretKeyVariable)
		}
		if err != nil {
			return nil, fmt.Errorf("read the keys: %w", err)
		}
		from, text = file, string(b)
	}
	var keys [][]byte
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, one := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r <= ' ' }) {
			key, err := parseKey(one)
			if err != nil {
				return nil, fmt.Errorf("%s: key %d: %w", from, len(keys)+1, err)
			}
			keys = append(keys, key)
		}
	}
	ring, err := work.NewKeyring(keys...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return ring, nil
}

// secretKeys is loadKeyring for a server. Beside an SQLite database, which is this server's alone, a key is
// made where there is none; servers that share PostgreSQL need the same one, so somebody has to give it.
func (c *sourcesConfig) secretKeys(getenv func(string) string, database string) (ring *work.Keyring, made bool, err error) {
	ring, err = loadKeyring(getenv, c.KeyFile)
	if !errors.Is(err, errNoKey) {
		return ring, false, err
	}
	if isPostgres(database) {
		return nil, false, nil
	}
	if _, err := createKey(c.KeyFile); err != nil {
		return nil, false, err
	}
	ring, err = loadKeyring(func(string) string { return "" }, c.KeyFile)
	return ring, true, err
}

// addKey puts a new key in front of those in a file, which is replaced at once or not at all.
func addKey(file string) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the keys: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".lunedi-secret-") // for its owner only
	if err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(newKey()) + "\n" + string(old))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the keys: %w", err), os.Remove(f.Name()))
	}
	return nil
}
