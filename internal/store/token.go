package store

import (
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var tokens = newTable(table{
	name: "tokens",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"user_id", bigint}, {"name", text}, {"hash", blob}, {"sealed", blob},
		{"created_at", text}, {"expires_at", nullText}, {"last_used", nullText},
		{"kind", text}, {"signed_in_from", text}, {"scopes", text},
	},
})

const (
	tokenAccount = `SELECT account_id FROM tokens WHERE hash = $1`
	// Another node may have recorded a later use already.
	touchToken = `UPDATE tokens SET last_used = $3 WHERE account_id = $1 AND id = $2 AND (last_used IS NULL OR last_used < $3)`
	// touchTokens is touchToken for PostgreSQL, of arrays.
	touchTokens = `UPDATE tokens t SET last_used = u.at FROM unnest($2::BIGINT[], $3::TEXT[]) u (id, at)
		WHERE t.account_id = $1 AND t.id = u.id AND (t.last_used IS NULL OR t.last_used < u.at)`
)

func tokenRow(t *work.Token) []any {
	return []any{
		int64(t.ID), int64(t.User), t.Name, t.Hash, blobOrNull(t.Sealed),
		stamp(t.CreatedAt), stampOrNull(t.ExpiresAt), stampOrNull(t.LastUsed),
		string(t.Kind), t.From, strings.Join(t.Scopes, " "),
	}
}

func (l *loader) tokens() (list []*work.Token) {
	var t work.Token
	var id, user int64
	var created, expires, used, kind, scopes string
	l.each(tokens, func() (err error) {
		t.ID, t.User = work.TokenID(id), work.UserID(user)
		if t.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("token %d: %w", id, err)
		}
		if t.ExpiresAt, err = parseStamp(expires); err != nil {
			return fmt.Errorf("token %d: %w", id, err)
		}
		if t.LastUsed, err = parseStamp(used); err != nil {
			return fmt.Errorf("token %d: %w", id, err)
		}
		t.Kind, t.Scopes = l.tokenKinds.of(work.TokenKind(kind)), strings.Fields(scopes)
		if len(t.Scopes) == 0 {
			t.Scopes = nil
		}
		one := t
		list = append(list, &one)
		return nil
	}, &id, &user, &t.Name, &t.Hash, &t.Sealed, &created, &expires, &used, &kind, &t.From, &scopes)
	return list
}
