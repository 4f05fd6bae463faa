package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// memory is what was seen go by, upstream's own words.
type memory struct {
	items     map[string]*told     // by selection and id
	created   map[string]time.Time // by item
	boardOf   map[string]string    // by item
	boards    []string
	forbidden map[string]int  // calls still to come, by board
	cursors   map[string]page // the page before the one that a cursor asks for
	lists     map[string]page // the latest page of a list that is read by number
}

type told struct {
	text, before string // as JSON; before is "" until something changed
	at, beforeAt time.Time
}

type page struct {
	number int
	board  string
	at     time.Time
	rows   []row
}

// row is kept as text, since an answer's own rows are changed afterwards.
type row struct{ id, text string }

func keep(rows []any) []row {
	var all []row
	for _, r := range rows {
		if s := id(r); s != "" {
			all = append(all, row{s, string(encode(r))})
		}
	}
	return all
}

func newMemory() memory {
	return memory{
		items: map[string]*told{}, created: map[string]time.Time{}, boardOf: map[string]string{},
		forbidden: map[string]int{}, cursors: map[string]page{}, lists: map[string]page{},
	}
}

// change is one answer being changed. It is made with the handler's lock.
type change struct {
	*Handler
	doc    *document
	now    time.Time
	late   bool
	errors []any
	did    map[Kind]bool
}

// change does to an answer what the plan says, and returns its body.
func (h *Handler) change(doc *document, got *recorder) []byte {
	body := got.body.Bytes()
	got.header.Del("Content-Length")
	if got.code() != 200 {
		return body
	}
	var answer map[string]any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&answer) != nil {
		return body
	}
	data, ok := answer["data"].(map[string]any)
	if !ok || answer["errors"] != nil { // paths of errors would no longer lead where they should
		return body
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &change{Handler: h, doc: doc, now: h.plan.Now(), late: h.plan.Late > 0 && h.happens(Late), did: map[Kind]bool{}}
	if len(h.seen.boards) > 0 && h.happens(BoardForbidden) {
		h.seen.forbidden[h.seen.boards[h.random.IntN(len(h.seen.boards))]] = h.plan.ForbiddenFor
	}
	doc.answered(data, c.visit)
	if h.happens(Throttled) {
		c.throttle(data)
	}
	for board := range h.seen.forbidden {
		if h.seen.forbidden[board]--; h.seen.forbidden[board] <= 0 {
			delete(h.seen.forbidden, board)
		}
	}
	for k, did := range c.did {
		if did {
			h.count(k)
		}
	}
	if len(c.errors) > 0 {
		answer["errors"] = c.errors
	}
	return encode(answer)
}

// visit changes a field. What is done to which, by the field's name; lists of users and the like are only
// put in another order.
func (c *change) visit(f *field) {
	switch v := f.of[f.key].(type) {
	case []any:
		switch f.name {
		case "boards":
			v = c.boards(f, c.page(f, v))
		case "items", "subitems":
			if f.in != nil && strings.HasSuffix(f.in.name, "items_page") {
				return // done with the page
			}
			v = c.reorder(c.items(f, v))
		case "updates":
			v = c.updates(c.page(f, v))
		case "activity_logs", "logs":
			f.of[f.key] = c.log(f, v)
			return
		case "users", "teams", "workspaces", "tags", "folders":
			v = c.page(f, v)
		default:
			return
		}
		f.of[f.key] = v
	case map[string]any:
		if f.name == "items_page" || f.name == "next_items_page" {
			c.itemsPage(f, v)
		}
	}
}

// page moves rows between the pages of a list that is read by number, and within one.
func (c *change) page(f *field, rows []any) []any {
	if f.in != nil || len(rows) == 0 {
		return c.reorder(rows)
	}
	number := max(f.number("page"), 1)
	key := fmt.Sprint(f.name, f.args["ids"], f.args["limit"], c.doc.signature(f.sub))
	before := c.seen.lists[key]
	c.seen.lists[key] = page{number: number, at: c.now, rows: keep(rows)}
	if number != before.number+1 || number == 1 {
		before.rows = nil
	}
	return c.mix(before, rows, f.number("limit"))
}

// itemsPage does the same with pages that are read by cursor, and remembers what a cursor belongs to.
func (c *change) itemsPage(f *field, v map[string]any) {
	var items *field
	c.doc.each(f.sub, func(s *ast.Field) {
		if s.Name == "items" {
			items = c.doc.field(s, f)
		}
	})
	if items == nil {
		return
	}
	rows, ok := v[items.key].([]any)
	if !ok {
		return
	}
	before := page{board: boardAround(f)}
	if f.name == "next_items_page" {
		before = c.seen.cursors[f.text("cursor")]
	}
	for _, id := range ids(rows) {
		if before.board != "" {
			c.seen.boardOf[id] = before.board
		}
	}
	if next, ok := v["cursor"].(string); ok {
		c.seen.cursors[next] = page{board: before.board, at: c.now, rows: keep(rows)}
	}
	v[items.key] = c.mix(before, c.items(items, rows), 0)
}

// boardAround is the board that a field is read of, if that can be told.
func boardAround(f *field) string {
	if id, ok := f.of["id"].(string); ok {
		return id
	}
	if f.in != nil {
		if asked := f.in.texts("ids"); len(asked) == 1 {
			return asked[0]
		}
	}
	return ""
}

// mix lets rows of the page before come again, and puts rows in another order. With most the page does not
// grow beyond it. Rows that are older than answers may be late do not come again.
func (c *change) mix(before page, rows []any, most int) []any {
	here := ids(rows)
	old := slices.DeleteFunc(slices.Clone(before.rows), func(r row) bool { return slices.Contains(here, r.id) })
	if c.now.Sub(before.at) > max(c.plan.Late, time.Second) {
		old = nil
	}
	c.random.Shuffle(len(old), func(i, j int) { old[i], old[j] = old[j], old[i] })
	old = old[:min(len(old), 1+c.random.IntN(3))]
	switch n := len(old); {
	case n > 0 && len(rows) >= n && c.happens(Shifted):
		c.did[Shifted] = true
		at := c.random.Perm(len(rows))
		for i, r := range old {
			rows[at[i]] = decodeRow(r.text)
		}
	case n > 0 && (most == 0 || len(rows)+n <= most) && c.happens(Duplicated):
		c.did[Duplicated] = true
		for _, r := range old {
			rows = append(rows, decodeRow(r.text))
		}
	}
	return c.reorder(rows)
}

func (c *change) reorder(rows []any) []any {
	if len(rows) > 1 && c.happens(Reordered) {
		c.did[Reordered] = true
		c.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	return rows
}

// boards takes away those that are out of reach. Where a page is full they become null, since a page that
// is not is the last one.
func (c *change) boards(f *field, rows []any) []any {
	for _, id := range ids(rows) {
		if !slices.Contains(c.seen.boards, id) {
			c.seen.boards = append(c.seen.boards, id)
		}
	}
	hidden := func(row any) bool { return c.seen.forbidden[id(row)] > 0 }
	if len(c.seen.forbidden) == 0 {
		return rows
	}
	if asked := f.texts("ids"); len(asked) == 1 && c.seen.forbidden[asked[0]] > 0 && len(rows) > 0 {
		c.did[BoardForbidden] = true
		return []any{} // its id may not be among the fields
	}
	if !slices.ContainsFunc(rows, hidden) {
		return rows
	}
	c.did[BoardForbidden] = true
	if f.number("limit") > len(rows) && c.random.IntN(2) == 0 {
		return slices.DeleteFunc(rows, hidden)
	}
	for i := range rows {
		if hidden(rows[i]) {
			rows[i] = nil
			c.fail(append(slices.Clone(f.path), i), "User unauthorized to perform action", "USER_UNAUTHORIZED", 403)
		}
	}
	return rows
}

func (c *change) fail(path []any, message, code string, status int) {
	c.errors = append(c.errors, map[string]any{"message": message, "path": path, "extensions": map[string]any{
		"code": code, "status_code": status, "error_data": map[string]any{}, "service": "monolith",
	}})
}

// items tells some as they were, and takes away those of boards that are out of reach.
func (c *change) items(f *field, rows []any) []any {
	sig := c.doc.signature(f.sub)
	var list []any
	for _, row := range rows {
		m, ok := row.(map[string]any)
		if !ok || id(m) == "" {
			list = append(list, row)
			continue
		}
		if board, ok := m["board"].(map[string]any); ok && id(board) != "" {
			c.seen.boardOf[id(m)] = id(board)
		}
		if f.in == nil && c.seen.forbidden[c.seen.boardOf[id(m)]] > 0 {
			c.did[BoardForbidden] = true
			continue
		}
		if row := c.asItWas(sig, m); row != nil {
			list = append(list, row)
		}
	}
	here := ids(rows)
	if f.in == nil && c.late { // those that are gone since may still be told
		for _, asked := range f.texts("ids") {
			t := c.seen.items[sig+asked]
			if t == nil || slices.Contains(here, asked) || c.now.Sub(t.at) > c.plan.Late || c.seen.forbidden[c.seen.boardOf[asked]] > 0 {
				continue
			}
			c.did[Late] = true
			list = append(list, decodeRow(t.text))
		}
	}
	if list == nil {
		list = []any{}
	}
	return list
}

// asItWas remembers an item, and gives it as it was a while ago when answers are late; nil when it was not.
func (c *change) asItWas(sig string, m map[string]any) any {
	text := string(encode(m))
	if at, ok := m["created_at"].(string); ok {
		if t, err := time.Parse(time.RFC3339, at); err == nil {
			c.seen.created[id(m)] = t
		}
	}
	t := c.seen.items[sig+id(m)]
	if t == nil {
		t = &told{text: text}
		c.seen.items[sig+id(m)] = t
	}
	if t.text != text {
		t.text, t.before, t.beforeAt = text, t.text, t.at
	}
	t.at = c.now
	if !c.late {
		return m
	}
	if made, ok := c.seen.created[id(m)]; ok && c.now.Sub(made) < c.plan.Late {
		c.did[Late] = true
		return nil
	}
	if t.before != "" && c.now.Sub(t.beforeAt) <= c.plan.Late {
		c.did[Late] = true
		return decodeRow(t.before)
	}
	return m
}

func decodeRow(text string) (v any) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	_ = dec.Decode(&v) // it was encoded here
	return v
}

// updates takes away those on boards that are out of reach.
func (c *change) updates(rows []any) []any {
	return slices.DeleteFunc(rows, func(row any) bool {
		m, ok := row.(map[string]any)
		if !ok {
			return false
		}
		item, _ := m["item"].(map[string]any)
		board, _ := item["board"].(map[string]any)
		of := id(board)
		if of == "" {
			of = c.seen.boardOf[id(item)]
		}
		if of == "" {
			on, _ := m["item_id"].(string)
			of = c.seen.boardOf[on]
		}
		gone := c.seen.forbidden[of] > 0
		if gone {
			c.did[BoardForbidden] = true
		}
		return gone
	})
}

// log ends an activity log early, and leaves out its latest entries when answers are late.
func (c *change) log(f *field, rows []any) []any {
	if c.late {
		n := len(rows)
		rows = slices.DeleteFunc(rows, func(row any) bool {
			m, _ := row.(map[string]any)
			text, _ := m["created_at"].(string)
			at, err := strconv.ParseInt(text, 10, 64) // tenths of microseconds
			return err == nil && c.now.Sub(time.UnixMicro(at/10)) < c.plan.Late
		})
		c.did[Late] = c.did[Late] || len(rows) < n
	}
	if keeps := c.plan.LogKeeps; keeps > 0 {
		limit, number := f.number("limit"), max(f.number("page"), 1)
		if left := max(keeps-(number-1)*limit, 0); left < len(rows) {
			c.counts[LogForgotten]++
			rows = rows[:left]
		}
	}
	if len(rows) > 0 && c.happens(LogTruncated) {
		c.did[LogTruncated] = true
		rows = rows[:c.random.IntN(len(rows))]
	}
	return rows
}

// throttled are the fields that a part of the service of its own answers, which is sometimes too busy.
var throttled = map[string]bool{
	"columns": true, "column_values": true, "groups": true, "views": true, "owners": true, "subscribers": true, "items_page": true,
	"activity_logs": true, "assets": true, "replies": true, "updates": true, "team_owners": true, "team_subscribers": true, "users": true,
}

// throttle makes one nested field null.
func (c *change) throttle(data map[string]any) {
	var all []*field
	c.doc.answered(data, func(f *field) {
		if f.in != nil && throttled[f.name] && f.of[f.key] != nil {
			all = append(all, f)
		}
	})
	if len(all) == 0 {
		return
	}
	f := all[c.random.IntN(len(all))]
	f.of[f.key] = nil
	c.did[Throttled] = true
	c.errors = append(c.errors, map[string]any{"message": "Rate limit already blocked for " + f.name, "path": f.path, "extensions": map[string]any{
		"code": "tooManyRequests", "status_code": 400, "service": "data-structure",
	}})
}

func id(row any) string {
	m, _ := row.(map[string]any)
	s, _ := m["id"].(string)
	return s
}

func ids(rows []any) []string {
	var all []string
	for _, row := range rows {
		if s := id(row); s != "" {
			all = append(all, s)
		}
	}
	return all
}
