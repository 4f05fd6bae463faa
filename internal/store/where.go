package store

import (
	"fmt"
	"slices"
	"time"
)

// A where collects conditions on the rows of one account, and their parameters after the account.
type where struct {
	db   reader
	text string
	args []any
}

func newWhere(db reader) *where { return &where{db: db} }

// sql is what follows a table's sel.
func (w *where) sql() string { return w.text }

// clone is a copy to which more can be added.
func (w *where) clone() *where { return &where{w.db, w.text, slices.Clone(w.args)} }

// param adds a parameter and returns its name. The account is the first.
func (w *where) param(arg any) string {
	w.args = append(w.args, arg)
	return fmt.Sprintf("$%d", len(w.args)+1)
}

// and adds a condition, with a %s for each of its parameters.
func (w *where) and(condition string, args ...any) {
	names := make([]any, len(args))
	for i, arg := range args {
		names[i] = w.param(arg)
	}
	w.text += " AND " + fmt.Sprintf(condition, names...)
}

// in adds that a column is one of a list of texts, unless the list is nil.
func (w *where) in(column string, list []string) {
	if list != nil {
		w.oneOf(column, list)
	}
}

// oneOf adds that a column is one of a list of int64s or texts.
func (w *where) oneOf(column string, list any) {
	condition, arg := w.db.oneOf(column, len(w.args)+2, list)
	w.args = append(w.args, arg)
	w.text += " AND " + condition
}

// in is where.in for ids.
func in[T ~int64](w *where, column string, ids []T) {
	if ids != nil {
		w.oneOf(column, int64s(ids))
	}
}

func int64s[T ~int64](ids []T) []int64 {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}

// between adds that a column of stamps is not before from nor after to, where those are given. What is
// less than a stamp can tell counts in favour of the row that is stored.
func (w *where) between(column string, from, to time.Time) {
	if !from.IsZero() {
		w.and(column+" >= %s", stamp(from.Add(time.Microsecond-1)))
	}
	if !to.IsZero() {
		w.and(column+" <= %s", stamp(to))
	}
}

// Long lists are read in pages, so that a connection is not held while somebody looks at rows, and
// one who has seen enough has not made the database send the rest. The first is what a request asks
// for as a rule.
const (
	firstPage = 128
	lastPage  = 2048
)

// pages calls read for pages of rows, which come after the last row of the page before, and each for
// every row, until there are no more or each returns false.
func pages[T any](read func(after *T, limit int) ([]*T, error), each func(*T) bool) error {
	var after *T
	for limit := firstPage; ; limit = min(4*limit, lastPage) {
		page, err := read(after, limit)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			last := *page[len(page)-1] // each takes the row over
			after = &last
		}
		for _, row := range page {
			if !each(row) {
				return nil
			}
		}
		if len(page) < limit {
			return nil
		}
	}
}
