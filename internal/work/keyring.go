package work

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Keyring seals what other services have entrusted to this one: the auth_tokens of data sources. There may
// be several keys, so that one can take the place of another while both are about: the first seals, all
// of them open. It is apart from Config.Key, with which this server's own tokens are sealed, so that it can
// be exchanged: those of others must be able to be kept from whoever has an old copy of a key.
type Keyring struct{ keys []ringKey }

type ringKey struct {
	id   string
	aead cipher.AEAD
}

// errKeyLost: a secret was sealed with a key that is not there (any more).
var errKeyLost = errors.New("the key that the secret was sealed with is not there")

// NewKeyring makes a Keyring of keys of 32 bytes, the newest first.
func NewKeyring(keys ...[]byte) (*Keyring, error) {
	k := new(Keyring)
	for _, key := range keys {
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		k.keys = append(k.keys, ringKey{KeyID(key), aead})
	}
	if len(k.keys) == 0 {
		return nil, errors.New("there is no key")
	}
	return k, nil
}

// KeyID names a key, and tells nothing of it.
func KeyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("lunedi key id\x00"), key...))
	return hex.EncodeToString(sum[:4])
}

// Newest is the id of the key that seals.
func (k *Keyring) Newest() string { return k.keys[0].id }

// seal encrypts a secret that belongs to what bind names: put anywhere else it cannot be opened.
func (k *Keyring) seal(secret, bind string) (id string, sealed []byte) {
	newest := k.keys[0]
	return newest.id, newest.aead.Seal(nil, nil, []byte(secret), []byte(bind))
}

// open is the reverse of seal. errKeyLost.
func (k *Keyring) open(id string, sealed []byte, bind string) (string, error) {
	if k == nil {
		return "", errKeyLost
	}
	for _, key := range k.keys {
		if key.id == id {
			plain, err := key.aead.Open(nil, nil, sealed, []byte(bind))
			if err != nil {
				return "", fmt.Errorf("sealed with key %s, but not like this: %w", id, err)
			}
			return string(plain), nil
		}
	}
	return "", errKeyLost
}
