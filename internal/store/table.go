package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A kind is what a column holds.
type kind int

const (
	text kind = iota
	nullText
	bigint
	boolean
	blob
	double
)

// pg names the kind's array type, as unnest takes it.
func (k kind) pg() string {
	return [...]string{
		text: "TEXT[]", nullText: "TEXT[]", bigint: "BIGINT[]", boolean: "BOOLEAN[]", blob: "BYTEA[]",
		double: "DOUBLE PRECISION[]",
	}[k]
}

type column struct {
	name string
	kind kind
}

// A table is how rows of one kind are kept: account_id and these columns, in this order wherever a row
// is a list of values. The first keys of them, after account_id, are the primary key.
type table struct {
	name    string
	keys    int
	columns []column
	log     bool // rows are only ever added
	// children are the rows that go with a row of this table when it is deleted.
	children []child

	put, del         string // $1 is account_id, then the row or its key
	putMany, delMany string // PostgreSQL: $1 is account_id, then an array for each column
	sel              string // the whole account; conditions may follow
}

// A child is a column of another table that names a row of this one.
type child struct{ table, column string }

// newTable completes t with its SQL.
func newTable(t table) *table {
	var names, set, on, arrays, as, match []string
	for i, c := range t.columns {
		names = append(names, c.name)
		arrays = append(arrays, fmt.Sprintf("$%d::%s", i+2, c.kind.pg()))
		if i >= t.keys {
			set = append(set, c.name+" = excluded."+c.name)
			continue
		}
		on = append(on, fmt.Sprintf("%s = $%d", c.name, i+2))
		as = append(as, c.name)
		match = append(match, fmt.Sprintf("t.%s = gone.%s", c.name, c.name))
	}
	list := strings.Join(names, ", ")
	conflict := fmt.Sprintf(" ON CONFLICT (account_id, %s) DO UPDATE SET %s", strings.Join(as, ", "), strings.Join(set, ", "))
	if t.log {
		conflict = " ON CONFLICT DO NOTHING"
	}
	t.put = fmt.Sprintf("INSERT INTO %s (account_id, %s) VALUES (%s)%s", t.name, list, params(len(names)+1), conflict)
	t.putMany = fmt.Sprintf("INSERT INTO %s (account_id, %s) SELECT CAST($1 AS BIGINT), r.* FROM unnest(%s) r%s",
		t.name, list, strings.Join(arrays, ", "), conflict)
	t.del = fmt.Sprintf("DELETE FROM %s WHERE account_id = $1 AND %s", t.name, strings.Join(on, " AND "))
	t.delMany = fmt.Sprintf("DELETE FROM %s t USING unnest(%s) gone (%s) WHERE t.account_id = $1 AND %s",
		t.name, strings.Join(arrays[:t.keys], ", "), strings.Join(as, ", "), strings.Join(match, " AND "))
	t.sel = fmt.Sprintf("SELECT %s FROM %s WHERE account_id = $1", t.read(), t.name)
	return &t
}

// read is the select list: a missing text reads as "".
func (t *table) read() string {
	var list []string
	for _, c := range t.columns {
		if c.kind == nullText {
			list = append(list, "COALESCE("+c.name+", '')")
		} else {
			list = append(list, c.name)
		}
	}
	return strings.Join(list, ", ")
}

// del is the statement that deletes a parent's rows: $1 is account_id, $2 the parent's id.
func (c child) del() string {
	return fmt.Sprintf("DELETE FROM %s WHERE account_id = $1 AND %s = $2", c.table, c.column)
}

// delMany is del for PostgreSQL, where $2 is an array of ids.
func (c child) delMany() string {
	return fmt.Sprintf("DELETE FROM %s WHERE account_id = $1 AND %s = ANY($2::BIGINT[])", c.table, c.column)
}

// params returns "$1, $2, ... $n".
func params(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(list, ", ")
}

// tables are all tables of rows of an account, parents before children.
var tables = []*table{
	users, teams, workspaces, boards, tokens,
	teamMembers, workspaceUsers, workspaceTeams, boardUsers, boardTeams,
	folders, tags, webhooks, docs,
	dataSources, dataSourceStates, dataSourceRuns,
	credentials, identities, audits,
	boardGroups, boardColumns, boardViews, items, updates, assets, blocks, activities, notifications, deliveries,
}

// rowKey is the primary key of a row within its account and table: at most two numbers, and texts.
type rowKey struct {
	numbers [2]int64
	text    string
}

func (t *table) key(row []any) (k rowKey) {
	n := 0
	for _, v := range row[:t.keys] {
		switch v := v.(type) {
		case int64:
			k.numbers[n] = v
			n++
		case string:
			k.text += v + "\x00"
		}
	}
	return k
}

// id is the id in a row that is counted along with all others of the account; 0 if there is none.
func (t *table) id(row []any) int64 {
	if t.keys != 1 {
		return 0
	}
	id, _ := row[0].(int64)
	return id
}

// blobOrNull is NULL for no bytes.
func blobOrNull(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// jsonList is a list as its JSON, and NULL when it is empty. It is for lists that always have a JSON.
func jsonList[T any](l []T) any {
	if len(l) == 0 {
		return nil
	}
	b, _ := json.Marshal(l)
	return string(b)
}

// parseList reads what jsonList wrote.
func parseList[T any](js string) (l []T, err error) {
	if js == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(js), &l)
	return l, err
}

// parseIDs is parseList for ids. Nearly every item has some.
func parseIDs[T ~int64](js string) (ids []T, err error) {
	if js == "" {
		return nil, nil
	}
	if len(js) < 2 || js[0] != '[' || js[len(js)-1] != ']' {
		return parseList[T](js)
	}
	ids = make([]T, 0, strings.Count(js, ",")+1)
	for one := range strings.SplitSeq(js[1:len(js)-1], ",") {
		id, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return parseList[T](js) // somebody else has put it there
		}
		ids = append(ids, T(id))
	}
	return ids, nil
}
