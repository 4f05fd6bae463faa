package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Parameters of argon2id, as RFC 9106 recommends where memory is not plenty. They stand in each hash, so
// that they can be raised.
const (
	argonTime, argonMemory, argonThreads = 3, 64 << 10, 1
	argonSalt, argonLength               = 16, 32
)

// hashing bounds how many passwords are hashed at once, and with it the memory that strangers can make
// the server use.
var hashing = make(chan struct{}, 2)

// passwordMin is how many characters a password has at least. There are no other rules.
const passwordMin = 10

// checkPassword refuses passwords that are too short or too long.
func checkPassword(p string) error {
	switch n := utf8.RuneCountInString(p); {
	case n < passwordMin:
		return &work.Error{Code: work.CodeInvalid, Field: "password", Msg: fmt.Sprintf("The password has %d characters; it needs at least %d. A few words do well.", n, passwordMin)}
	case len(p) > 1024:
		return &work.Error{Code: work.CodeInvalid, Field: "password", Msg: "The password is too long; 1,024 bytes are the most."}
	}
	return nil
}

func argon(ctx context.Context, p string, salt []byte, time, memory uint32, threads uint8, length uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(p), salt, time, memory, threads, length), nil
}

// hashPassword makes what is stored of a password.
func hashPassword(ctx context.Context, p string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	sum, err := argon(ctx, p, salt, argonTime, argonMemory, argonThreads, argonLength)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b64(salt), b64(sum)), nil
}

// samePassword compares a password with a hash in constant time. With no hash it takes as long, so that
// nobody learns who has a password.
func samePassword(ctx context.Context, p, hash string) (bool, error) {
	if hash == "" {
		_, err := argon(ctx, p, make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonLength)
		return false, err
	}
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("a stored password hash is of another kind: %.12s", hash)
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("a stored password hash is of another version: %s", parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || memory > 1<<21 || time < 1 || time > 100 || threads < 1 {
		return false, fmt.Errorf("a stored password hash has parameters that cannot be: %s", parts[3])
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	if len(salt) < 8 || len(want) < 16 {
		return false, fmt.Errorf("a stored password hash is cut short: %d and %d bytes", len(salt), len(want))
	}
	got, err := argon(ctx, p, salt, time, memory, threads, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}
