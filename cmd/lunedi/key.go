package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const keySize = 32

// keyVariable holds the key itself. It is no flag, since others can read command lines.
const keyVariable = "LUNEDI_KEY"

// errNoKey: neither the environment nor the file has a key.
var errNoKey = errors.New("no key")

// besideDatabase is where something that goes with a database is kept unless told otherwise.
func besideDatabase(database, name string) string {
	if isPostgres(database) {
		return name
	}
	return filepath.Join(filepath.Dir(database), name)
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// loadKey finds the key that encrypts API tokens at rest: in the environment, or else in the file. errNoKey.
func loadKey(getenv func(string) string, file string) ([]byte, error) {
	if text := getenv(keyVariable); text != "" {
		key, err := parseKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyVariable, err)
		}
		return key, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s or %s", errNoKey, file, keyVariable)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := parseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

func parseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString} {
		if key, err := decode(text); err == nil && len(key) == keySize {
			return key, nil
		}
	}
	return nil, fmt.Errorf("not a key: 32 bytes as hex or base64 are expected, as 'openssl rand -base64 32' prints them")
}

func newKey() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// createKey makes a key and writes it to a new file that only its owner can read. A file that is
// there already, perhaps made by another process just now, is read instead.
func createKey(file string) ([]byte, error) {
	key := newKey()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return loadKey(func(string) string { return "" }, file)
	}
	if err != nil {
		return nil, fmt.Errorf("write the key: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write the key: %w", err)
	}
	return key, nil
}
