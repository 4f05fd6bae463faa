package store

import (
	"fmt"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var audits = newTable(table{
	name: "audit",
	keys: 2,
	log:  true,
	columns: []column{
		{"at", text}, {"id", text}, {"user_id", bigint}, {"token_id", bigint}, {"called_from", text}, {"action", text}, {"changes", text},
	},
})

func auditRow(a *work.Audit) []any {
	return []any{stamp(a.At), a.ID, int64(a.User), int64(a.Token), a.From, a.Action, a.Changes}
}

// pagesOfAudit calls each for the lines that q selects.
func (l *loader) pagesOfAudit(q work.AuditQuery, each func(*work.Audit) bool) {
	w := newWhere(l.db)
	in(w, "user_id", q.Users)
	w.in("action", q.Actions)
	w.between("at", q.From, q.To)
	text := strings.ToLower(q.Text) // looked for here: databases differ in what is the same whatever its case
	l.err = pages(func(after *work.Audit, limit int) ([]*work.Audit, error) {
		page := w.clone()
		if after != nil {
			page.and("(at, id) < (%s, %s)", stamp(after.At), after.ID)
		}
		limited := ` ORDER BY at DESC, id DESC LIMIT ` + page.param(int64(limit))
		return l.audit(page.sql()+limited, page.args), l.err
	}, func(a *work.Audit) bool {
		return !strings.Contains(strings.ToLower(a.Changes), text) || each(a)
	})
}

func (l *loader) audit(conditions string, args []any) (list []*work.Audit) {
	var a work.Audit
	var user, token int64
	var at string
	l.query(audits.sel+conditions, args, func() (err error) {
		a.User, a.Token = work.UserID(user), work.TokenID(token)
		if a.At, err = parseStamp(at); err != nil {
			return fmt.Errorf("audit %s: %w", a.ID, err)
		}
		one := a
		list = append(list, &one)
		return nil
	}, &at, &a.ID, &user, &token, &a.From, &a.Action, &a.Changes)
	return list
}
