package sink

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// The view of a board is called board_ID, whatever the board is called: queries outlive renaming, and the
// table boards says which is which. It has the rows that are there, one an item.

// viewFields are the columns of every view, before those of the board.
var viewFields = []struct{ name, sql string }{
	{"item_id", "i.id"},
	{"name", "i.name"},
	{"group", "(SELECT g.title FROM %[1]sgroups g WHERE g.board_id = i.board_id AND g.id = i.group_id AND g." + deleted + " IS NULL)"},
	{"state", "i.state"},
	{"updated_at", "i.updated_at"},
}

// viewTables are what the views read, by the fields that they need.
var viewTables = map[string][]string{
	"items":         {"id", "board_id", "group_id", "name", "state", "updated_at"},
	"groups":        {"board_id", "id", "title"},
	"column_values": {"item_id", "column_id", "text", "number", "date", "bool"},
}

// canView reports whether the tables that views are made of are kept. They need not be: a source can be
// told which streams to keep.
func canView(at func(stream string) *table) bool {
	for name, fields := range viewTables {
		t := at(name)
		if t == nil {
			return false
		}
		for _, f := range fields {
			if t.At(f) < 0 {
				return false
			}
		}
	}
	return true
}

// typedBy says in which field of column_values the typed value of a type of column is; text if in none.
var typedBy = map[string]string{
	"numbers": "number", "numeric": "number", "rating": "number", "vote": "number", "progress": "number",
	"date": "date", "checkbox": "bool", "boolean": "bool",
}

// maxViewColumns is less than either database allows.
const maxViewColumns = 1500

// viewSQL is what a board's view reads. schema stands before the names of tables: a quoted name and a
// point, or nothing. Values are looked up one by one, by their key: what is not asked for is not read.
func viewSQL(b connector.BoardColumns, schema string) string {
	var sql strings.Builder
	sql.WriteString("SELECT ")
	names := newNamer()
	for _, f := range viewFields {
		expr := f.sql
		if strings.Contains(expr, "%") {
			expr = fmt.Sprintf(expr, schema)
		}
		fmt.Fprintf(&sql, "%s AS %s, ", expr, quote(names.name(f.name, "")))
	}
	for i, c := range b.Columns {
		if i == maxViewColumns {
			break
		}
		field := typedBy[c.Type]
		if field == "" {
			field = "text"
		}
		fmt.Fprintf(&sql, "(SELECT v.%s FROM %scolumn_values v WHERE v.item_id = i.id AND v.column_id = %s AND v.%s IS NULL) AS %s, ",
			field, schema, literal(cleanText(c.ID)), deleted, quote(names.name(c.Title, c.ID)))
	}
	return fmt.Sprintf("%s FROM %sitems i WHERE i.board_id = %s AND i.%s IS NULL",
		strings.TrimSuffix(sql.String(), ", "), schema, literal(cleanText(b.ID)), deleted)
}

// maxName is how many bytes PostgreSQL keeps of a name.
const maxName = 63

// A namer makes names of columns: each once, without regard to case, since SQLite has none. A title that
// is taken gets the column's id after it, which stays when columns are moved; a number only if that is
// taken too.
type namer struct{ taken map[string]bool }

func newNamer() *namer { return &namer{map[string]bool{}} }

func (n *namer) name(title, id string) string {
	title, id = tidyTitle(title), tidyTitle(id)
	if title == "" {
		title = id
	}
	if title == "" {
		title = "column"
	}
	name := cut(title, maxName)
	if n.take(name) {
		return name
	}
	mark := " (" + cut(id, maxName/2) + ")"
	name = cut(title, maxName-len(mark)) + mark
	for i := 2; !n.take(name); i++ {
		mark := fmt.Sprintf(" %d", i)
		name = cut(title, maxName-len(mark)) + mark
	}
	return name
}

func (n *namer) take(name string) bool {
	folded := strings.ToLower(name)
	if n.taken[folded] {
		return false
	}
	n.taken[folded] = true
	return true
}

// tidyTitle makes a title one line of what can be seen.
func tidyTitle(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, cleanText(s))
	return strings.Join(strings.Fields(s), " ")
}

// cut shortens a text to n bytes, between two letters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], " ")
}

// viewName is the name of a board's view.
func viewName(b connector.BoardColumns) string { return cut("board_"+tidyTitle(b.ID), maxName) }

// A viewPlan is what is to be done for the views to be those of the boards.
type viewPlan struct {
	drop []string
	make []viewDef
}

type viewDef struct{ name, sql string }

// planViews compares the views there are, by name with their SQL, with those of the boards.
func planViews(have [][2]string, boards []connector.BoardColumns, schema string) viewPlan {
	var plan viewPlan
	old, want := map[string]string{}, map[string]bool{}
	for _, v := range have {
		old[v[0]] = v[1]
	}
	for _, b := range boards {
		name, sql := viewName(b), viewSQL(b, schema)
		if want[name] {
			continue
		}
		want[name] = true
		if old[name] != sql {
			plan.make = append(plan.make, viewDef{name, sql})
		}
	}
	for _, v := range have {
		if !want[v[0]] {
			plan.drop = append(plan.drop, v[0])
		}
	}
	return plan
}
