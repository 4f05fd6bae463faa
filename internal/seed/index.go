package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// index finds rows of one kind by what a ref says.
type index[ID ~int64] struct {
	kind  string
	lines map[int64]int      // of every id, where it was given
	names map[string][]int64 // folded; several rows may share one
}

const firstID = 1001

// newIndex gives an id to every row that has none and notes all names.
func newIndex[ID ~int64, Row any](b *builder, kind string, rows []Row, about func(*Row) (*id, place, []string)) index[ID] {
	ix := index[ID]{kind: kind, lines: map[int64]int{}, names: map[string][]int64{}}
	for i := range rows {
		pinned, at, _ := about(&rows[i])
		if *pinned == 0 {
			continue
		}
		if line, taken := ix.lines[int64(*pinned)]; taken {
			b.add(at, "id: there is another %s %d, in line %d", kind, *pinned, line)
		}
		ix.lines[int64(*pinned)] = at.line
	}
	next := int64(firstID)
	for i := range rows {
		given, at, names := about(&rows[i])
		if *given == 0 {
			for ix.has(next) {
				next++
			}
			*given = id(next)
			ix.lines[next] = at.line
		}
		for j, name := range names {
			key := strings.ToLower(strings.TrimSpace(name))
			isOther := func(n int64) bool { return n != int64(*given) }
			if j == 1 && key != "" && slices.ContainsFunc(ix.names[key], isOther) { // e-mail addresses are unique
				b.add(at, "email: %s is the address of another user", name)
			}
			if key != "" && !slices.Contains(ix.names[key], int64(*given)) {
				ix.names[key] = append(ix.names[key], int64(*given))
			}
		}
	}
	return ix
}

func (ix *index[ID]) has(n int64) bool { _, ok := ix.lines[n]; return ok }

// find is the row a ref names, 0 for the empty ref. What it does not find is a fault.
func find[ID ~int64](b *builder, ix *index[ID], r ref) ID {
	switch {
	case !r.given():
		return 0
	case r.id != 0:
		if !ix.has(r.id) {
			b.add(r.at, "there is no %s %d in this file", ix.kind, r.id)
		}
		return ID(r.id)
	}
	found := ix.names[strings.ToLower(strings.TrimSpace(r.text))]
	switch len(found) {
	case 1:
		return ID(found[0])
	case 0:
		b.add(r.at, "there is no %s %q in this file; name it by id, or by a name that only one bears", ix.kind, r.text)
	default:
		b.add(r.at, "several bear the name %q (%s); give the id of one", r.text, strings.Trim(fmt.Sprint(found), "[]"))
	}
	return 0
}

type subscriber[ID ~int64] struct {
	id    ID
	owner bool
}

// subscribers joins plain subscribers and owners; who is both is an owner.
func subscribers[ID ~int64](b *builder, ix *index[ID], plain, owners []ref) (list []subscriber[ID]) {
	add := func(refs []ref, owner bool) {
		for _, r := range refs {
			n := find(b, ix, r)
			if n != 0 && !slices.ContainsFunc(list, func(s subscriber[ID]) bool { return s.id == n }) {
				list = append(list, subscriber[ID]{n, owner})
			}
		}
	}
	add(owners, true)
	add(plain, false)
	return list
}

// entry is a row that is to have an id.
type entry struct {
	id    *id
	at    place
	names []string
}

func (e *entry) about() (*id, place, []string) { return e.id, e.at, e.names }

// nameContent is name for boards and what is on them. Boards of subitems and docs are boards too; they
// come after those that the seed calls so, and have no names to refer to them by.
func (b *builder) nameContent() {
	var boards, subs, items, updates, views, webhooks, docs, descriptions []entry
	on := map[*itemSeed]*id{}
	for i := range b.file.Boards {
		in := &b.file.Boards[i]
		boards = append(boards, entry{&in.ID, in.at, []string{in.Name}})
		if in.Subitems == nil && in.hasSubitems() {
			in.Subitems = &subitemsSeed{row: in.row}
		}
		if in.Subitems != nil {
			subs = append(subs, entry{&in.Subitems.ID, in.Subitems.at, nil})
		}
		for it, sub := range in.everyItem {
			on[it] = &in.ID
			if sub {
				on[it] = &in.Subitems.ID
			}
			items = append(items, entry{&it.ID, it.at, []string{it.Name}})
			for j := range it.Updates {
				u := &it.Updates[j]
				updates = append(updates, entry{&u.ID, u.at, nil})
				for k := range u.Replies {
					updates = append(updates, entry{&u.Replies[k].ID, u.Replies[k].at, nil})
				}
			}
			if it.Description != nil {
				descriptions = append(descriptions, entry{&it.description, it.at, nil})
			}
		}
		for j := range in.Views {
			views = append(views, entry{&in.Views[j].ID, in.Views[j].at, nil})
		}
		for j := range in.Webhooks {
			webhooks = append(webhooks, entry{&in.Webhooks[j].ID, in.Webhooks[j].at, nil})
		}
	}
	for i := range b.file.Docs {
		in := &b.file.Docs[i]
		docs = append(docs, entry{&in.ID, in.at, nil})
		subs = append(subs, entry{&in.Object, in.at, nil})
	}
	b.boards = newIndex[work.BoardID](b, "board", append(boards, subs...), (*entry).about)
	b.items = newIndex[work.ItemID](b, "item", items, (*entry).about)
	newIndex[work.UpdateID](b, "update", updates, (*entry).about)
	newIndex[work.ViewID](b, "view", views, (*entry).about)
	newIndex[work.WebhookID](b, "webhook", webhooks, (*entry).about)
	newIndex[work.DocID](b, "doc", append(docs, descriptions...), (*entry).about)
	b.onBoard = make(map[work.ItemID]work.BoardID, len(on))
	for it, board := range on {
		b.onBoard[work.ItemID(it.ID)] = work.BoardID(*board)
	}
}

// everyItem runs through a board's items, each followed by its subitems.
func (in *boardSeed) everyItem(yield func(it *itemSeed, sub bool) bool) {
	for i := range in.Items {
		if !yield(&in.Items[i], false) {
			return
		}
		for j := range in.Items[i].Subitems {
			if !yield(&in.Items[i].Subitems[j], true) {
				return
			}
		}
	}
}

// hasSubitems reports whether a board needs another one for subitems.
func (in *boardSeed) hasSubitems() bool {
	return slices.ContainsFunc(in.Items, func(it itemSeed) bool { return len(it.Subitems) > 0 }) ||
		slices.ContainsFunc(in.Columns, func(c columnSeed) bool { return c.Type == column.Subtasks })
}
