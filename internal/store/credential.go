package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var credentials = newTable(table{
	name:    "credentials",
	keys:    1,
	columns: []column{{"user_id", bigint}, {"hash", text}, {"changed_at", text}},
})

var identities = newTable(table{
	name:    "identities",
	keys:    2,
	columns: []column{{"issuer", text}, {"subject", text}, {"user_id", bigint}, {"created_at", text}},
})

func credentialRow(c *work.Credential) []any {
	return []any{int64(c.User), c.Hash, stamp(c.ChangedAt)}
}

func identityRow(i *work.Identity) []any {
	return []any{i.Issuer, i.Subject, int64(i.User), stamp(i.CreatedAt)}
}

func (l *loader) credentials() (list []*work.Credential) {
	var c work.Credential
	var user int64
	var changed string
	l.each(credentials, func() (err error) {
		c.User = work.UserID(user)
		if c.ChangedAt, err = parseStamp(changed); err != nil {
			return fmt.Errorf("credential of user %d: %w", user, err)
		}
		one := c
		list = append(list, &one)
		return nil
	}, &user, &c.Hash, &changed)
	return list
}

func (l *loader) identities() (list []*work.Identity) {
	var i work.Identity
	var user int64
	var created string
	l.each(identities, func() (err error) {
		i.User = work.UserID(user)
		if i.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("identity of user %d: %w", user, err)
		}
		one := i
		list = append(list, &one)
		return nil
	}, &i.Issuer, &i.Subject, &user, &created)
	return list
}
