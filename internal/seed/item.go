package seed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// writing is an item that is being written to, by somebody at some time.
type writing struct {
	*board
	item *work.Item
	by   work.UserID
	at   time.Time
}

// item makes an item, or a subitem of one: as it was at first, and then change by change.
func (b *builder) item(bd *board, in *itemSeed, parent *work.Item) *work.Item {
	b.named(in.Name, in.at)
	it := &work.Item{ID: work.ItemID(in.ID), Board: bd.ID, Name: in.Name, Pos: int64(len(bd.items)+1) * work.PosStep,
		Creator: b.orCreator(find(b, &b.users, in.Creator), bd), CreatedAt: b.since(in.CreatedAt, bd)}
	if parent != nil {
		it.Parent = parent.ID
		if !in.Creator.given() {
			it.Creator = parent.Creator
		}
		if in.CreatedAt.IsZero() {
			it.CreatedAt = parent.CreatedAt
		}
	}
	it.UpdatedBy, it.UpdatedAt = it.Creator, it.CreatedAt
	it.Group = b.groupOf(bd, in.Group).ID
	bd.items, b.snap.Items = append(bd.items, it), append(b.snap.Items, it)
	subscribe(it, it.Creator)
	w := writing{bd, it, it.Creator, it.CreatedAt}
	b.write(w, in.Values, false)
	b.logItem(w)
	for i := range in.Changes {
		b.change(bd, it, &in.Changes[i])
	}
	b.state(bd, it, in, parent)
	if in.UpdatedAt.After(it.UpdatedAt) {
		it.UpdatedAt = in.UpdatedAt
	}
	for _, s := range subscribers(b, &b.users, in.Subscribers, nil) {
		subscribe(it, s.id)
	}
	for i := range in.Updates {
		b.update(it, &in.Updates[i])
	}
	if in.Description != nil {
		b.describe(it, in)
	}
	b.subitemsOf(bd, it, in, parent)
	return it
}

// state puts an item away that the seed says is, or whose group is.
func (b *builder) state(bd *board, it *work.Item, in *itemSeed, parent *work.Item) {
	state := orElse(in.State, it.State)
	if g := bd.group(it.Group); g.State != work.StateActive {
		if state == work.StateActive {
			b.add(in.at, "state: item %q is active, but its group %q is %s", it.Name, g.Title, g.State)
		}
		state = orElse(state, g.State)
	}
	if parent != nil && parent.State != "" {
		state = orElse(state, parent.State)
	}
	it.State = orElse(state, work.StateActive)
}

func (b *builder) subitemsOf(bd *board, it *work.Item, in *itemSeed, parent *work.Item) {
	if len(in.Subitems) == 0 {
		return
	}
	if parent != nil {
		b.add(in.at, "subitems: a subitem has no subitems of its own")
		return
	}
	var ids []int64
	last := it.CreatedAt
	for i := range in.Subitems {
		sub := b.item(bd.sub, &in.Subitems[i], it)
		if sub.State != work.StateDeleted || it.State == work.StateDeleted {
			ids = append(ids, int64(sub.ID))
		}
		if sub.CreatedAt.After(last) {
			last = sub.CreatedAt
		}
	}
	c := bd.columnOf(column.Subtasks)
	it.Cells = it.Cells.With(work.Cell{Column: c.ID, Value: column.LinkTo(ids), At: last.UnixMicro()})
}

// groupOf finds a group of a board by id or title; the empty ref names the first.
func (b *builder) groupOf(bd *board, r ref) *work.Group {
	if !r.given() {
		return orElse(bd.topGroup(), bd.groups[0])
	}
	if g := orElse(bd.group(r.text), find1(bd.groups, func(g *work.Group) bool { return strings.EqualFold(g.Title, r.text) })); g != nil {
		return g
	}
	ids := make([]string, len(bd.groups))
	for i, g := range bd.groups {
		ids[i] = g.ID
	}
	b.add(r.at, "there is no group %q on board %q; its groups are %s", r.text, bd.Name, strings.Join(ids, ", "))
	return bd.groups[0]
}

// change applies what somebody did to an item.
func (b *builder) change(bd *board, it *work.Item, in *changeSeed) {
	by := it.Creator
	if in.By.given() {
		by = find(b, &b.users, in.By)
	}
	if in.At.IsZero() || in.At.Before(it.UpdatedAt) {
		b.add(in.at, "at: changes come in their order, after the item was made; this one has to be at %s or later", it.UpdatedAt.Format(time.RFC3339))
		return
	}
	w := writing{bd, it, by, in.At}
	it.UpdatedBy, it.UpdatedAt = by, in.At
	if old := it.Name; in.Name != "" {
		it.Name = in.Name
		b.logName(w, old)
	}
	b.write(w, in.Values, true)
	if in.Group.given() {
		from := bd.group(it.Group)
		it.Group = b.groupOf(bd, in.Group).ID
		b.logMove(w, from)
	}
	if in.State != "" {
		it.State = in.State
		b.logState(w)
	}
}

// write puts values into an item's cells.
func (b *builder) write(w writing, values pairs, logged bool) {
	for _, p := range values {
		c := find1(w.columns, func(c *work.Column) bool { return c.ID == p.name && c.State != work.StateDeleted })
		if c == nil {
			b.add(p.at, "board %q, item %q: there is no column %q; the columns are %s", w.Name, w.item.Name, p.name, w.columnIDs())
			continue
		}
		old := w.item.Cells.Get(c.ID)
		v, problem := b.parse(w, c, p.value, old.Value)
		if problem != "" {
			b.add(orElse(p.value.at, p.at), "board %q, item %q, column %q: %s", w.Name, w.item.Name, c.Title, problem)
			continue
		}
		if v.JSON == old.Value.JSON {
			continue
		}
		cell := work.Cell{Column: c.ID, Value: v}
		if !v.Empty() {
			cell.At = w.at.UnixMicro()
		}
		w.item.Cells = w.item.Cells.With(cell)
		if c.Type == column.People || c.Type == column.Person {
			for _, p := range column.PeopleOf(v) {
				if p.Kind == "person" {
					subscribe(w.item, work.UserID(p.ID))
				}
			}
		}
		if logged {
			b.logValue(w, c, old.Value, v)
		}
	}
}

// subscribe puts a user among those who are told of what happens to an item: who made it, who is
// assigned to it, and whom the seed names.
func subscribe(it *work.Item, u work.UserID) {
	if u != 0 && !slices.Contains(it.Subscribers, u) {
		it.Subscribers = append(it.Subscribers, u)
	}
}

func (bd *board) columnIDs() string {
	var ids []string
	for _, c := range bd.columns {
		if how[c.Type] != calculated && c.Type != column.Name && c.State != work.StateDeleted {
			ids = append(ids, c.ID)
		}
	}
	return strings.Join(ids, ", ")
}

// source is where a type's values come from when it is not what is written through the API.
type source int

const (
	calculated source = iota + 1 // from the rest, when it is read
	stored                       // as it is, from elsewhere than the API
	elsewhere                    // from another part of the seed
)

var how = map[column.Type]source{
	column.AutoNumber: calculated, column.Button: calculated, column.CreationLog: calculated, column.Formula: calculated, column.ItemID: calculated,
	column.LastUpdated: calculated, column.Mirror: calculated, column.Progress: calculated, column.Subtasks: calculated,
	column.TimeTracking: stored, column.Integration: stored, column.Unsupported: stored,
	column.Doc: elsewhere, column.DirectDoc: elsewhere, column.Name: elsewhere,
}

// parse reads a value as the API would; problem says why it does not.
func (b *builder) parse(w writing, c *work.Column, in value, old column.Value) (v column.Value, problem string) {
	if !in.given() {
		return column.Value{}, ""
	}
	def := w.defs[c.ID]
	switch how[c.Type] {
	case calculated:
		return v, "what is in a " + string(c.Type) + " column is worked out from the rest; leave it out"
	case elsewhere:
		return v, map[bool]string{true: "an item's name is its name: field", false: "docs in items are listed under docs:"}[c.Type == column.Name]
	case stored:
		if in.scalar || in.json[0] != '{' {
			return v, "fields are expected, as the API shows them in value"
		}
		v = def.Kind.Restore(in.json)
		if c.Type == column.TimeTracking {
			v = column.TimerValue(column.TimerOf(v))
		}
		return v, ""
	}
	var written column.Written
	var err error
	env := column.Write{Env: b.env, Old: old}
	if in.scalar && def.Kind.Simple {
		written, err = def.ParseSimple(in.text, env)
	} else {
		written, err = def.Parse(in.json, env)
	}
	if err != nil {
		return v, explain(err)
	}
	return written.Value, b.dangling(w, c, written.Value)
}

// dangling says what a value refers to that is not in the file.
func (b *builder) dangling(w writing, c *work.Column, v column.Value) string {
	switch c.Type {
	case column.People, column.Person, column.ItemAssignees, column.Team:
		for _, a := range column.PeopleOf(v) {
			if a.Kind == "team" && !b.teams.has(a.ID) || a.Kind == "person" && !b.users.has(a.ID) {
				return "there is no " + map[string]string{"team": "team", "person": "user"}[a.Kind] + " " + itoa(int(a.ID)) + " in this file"
			}
		}
	case column.Vote:
		for _, id := range column.Voters(v) {
			if !b.users.has(id) {
				return "there is no user " + itoa(int(id)) + " in this file"
			}
		}
	case column.Tags:
		for _, id := range column.TagsOf(v) {
			if !b.tags.has(id) {
				return "there is no tag " + itoa(int(id)) + " in this file"
			}
		}
	case column.BoardRelation, column.Dependency:
		for _, id := range column.LinkedItems(v) {
			on, ok := b.onBoard[work.ItemID(id)]
			switch {
			case !ok:
				return "there is no item " + itoa(int(id)) + " in this file"
			case c.Type == column.Dependency && on != w.ID:
				return "item " + itoa(int(id)) + " is on another board; items depend on items of their own board"
			case c.Type == column.BoardRelation && !slices.Contains(w.defs[c.ID].Settings.BoardIDs, int64(on)):
				return "item " + itoa(int(id)) + " is on board " + on.String() + ", which the column is not connected with"
			}
		}
	}
	return ""
}

func itoa(n int) string { return strconv.Itoa(n) }

// number counts the items of a board in the order in which they were made.
func (b *builder) number(bd *board) {
	for _, bd := range []*board{bd, bd.sub} {
		if bd == nil {
			continue
		}
		byAge := slices.Clone(bd.items)
		slices.SortStableFunc(byAge, func(x, y *work.Item) int { return x.CreatedAt.Compare(y.CreatedAt) })
		for i, it := range byAge {
			it.Number = int64(i + 1)
		}
	}
}
