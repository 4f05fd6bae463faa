package work_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
	"github.com/lunedi-dev/lunedi/internal/work/worktest"
)

func (d *desk) doc(name string, kind work.BoardKind) work.DocID {
	d.t.Helper()
	id, err := d.s.CreateDoc(d.t.Context(), d.by, work.DocInput{Name: name, Kind: kind})
	d.ok(err)
	return id
}

// text is a block that says something.
func text(s string) work.BlockInput {
	return work.BlockInput{Type: "normal_text", Content: fmt.Sprintf(`{"deltaFormat":[{"insert":%q}]}`, s)}
}

var insert = regexp.MustCompile(`"insert":"([^"]*)"`)

// says are what the blocks of a doc say, in order.
func (d *desk) says(id work.DocID) []string {
	d.t.Helper()
	v := d.view()
	doc, err := v.Doc(id)
	d.ok(err)
	if doc == nil {
		d.t.Fatalf("no doc %d", id)
	}
	out := []string{}
	for _, b := range must(v.Blocks(doc, work.All)) {
		out = append(out, insert.FindStringSubmatch(b.Content)[1])
	}
	return out
}

func (d *desk) write(id work.DocID, after string, words ...string) []*work.Block {
	d.t.Helper()
	var in []work.BlockInput
	for _, w := range words {
		in = append(in, text(w))
	}
	made, err := d.s.AddBlocks(d.t.Context(), d.by, id, after, in)
	d.ok(err)
	return made
}

func TestDocs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	a, b := d.doc("a", ""), d.doc("b", work.Private)
	if _, err := d.s.CreateDoc(t.Context(), d.by, work.DocInput{Name: "c", Kind: "secret"}); codeOf(err) != work.CodeInvalid {
		t.Errorf("kind: %v", err)
	}
	list := func(d *desk, f work.DocFilter) (out []string) {
		t.Helper()
		f.Page = work.All
		v := d.view()
		for _, doc := range must(v.Docs(f)) {
			out = append(out, v.DocBoard(doc).Name)
		}
		return out
	}
	same(t, "all", list(d, work.DocFilter{}), []string{"b", "a"})
	same(t, "a peer's", list(d.as(peer), work.DocFilter{}), []string{"a"})
	same(t, "by id", list(d, work.DocFilter{IDs: []work.DocID{a}}), []string{"a"})
	same(t, "in main", list(d, work.DocFilter{Workspaces: []work.WorkspaceID{-1}}), []string{"b", "a"})
	same(t, "elsewhere", list(d, work.DocFilter{Workspaces: []work.WorkspaceID{77}}), []string(nil))
	v := d.view()
	doc := must(v.Doc(a))
	same(t, "by object", list(d, work.DocFilter{Objects: []work.BoardID{doc.Board}}), []string{"a"})
	if board := v.DocBoard(doc); board.Type != work.DocBoard || board.Kind != work.Public || board.Creator != me {
		t.Errorf("the doc's board is %+v", board)
	}
	d.write(a, "", "one")
	same(t, "by use", list(d, work.DocFilter{OldestUsed: true}), []string{"a", "b"})
	d.ok(d.s.RenameDoc(t.Context(), d.by, b, " renamed "))
	same(t, "renamed", list(d, work.DocFilter{}), []string{"renamed", "a"})
	if got := must(d.as(peer).view().Doc(b)); got != nil {
		t.Error("peer sees the private doc")
	}
	_, err := d.s.AddBlocks(t.Context(), as(t, d.s, peer), b, "", []work.BlockInput{text("x")})
	wantCode(t, "a peer writes in it", err, work.CodeNotFound)
	wantCode(t, "a peer deletes the other", d.s.DeleteDoc(t.Context(), as(t, d.s, peer), a), work.CodeDenied)
	d.ok(d.s.DeleteDoc(t.Context(), d.by, a))
	same(t, "deleted", list(d, work.DocFilter{}), []string{"renamed"})
	wantCode(t, "deleted again", d.s.DeleteDoc(t.Context(), d.by, a), work.CodeNotFound)
	for _, f := range work.ImageOf(d.by).Faults() {
		t.Error(f)
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	id, other := d.doc("a", ""), d.doc("b", "")
	made := d.write(id, "", "one", "two")
	d.write(id, "", "four")
	d.write(id, made[1].ID, "three", "three and a half")
	first := d.write(id, work.BlocksFirst, "zero")
	same(t, "in order", d.says(id), []string{"zero", "one", "two", "three", "three and a half", "four"})
	page := must(d.view().Blocks(must(d.view().Doc(id)), work.Page{Limit: 2, Number: 2}))
	if len(page) != 2 || page[0].ID != made[1].ID || page[0].Creator != me || len(page[0].ID) != 36 {
		t.Errorf("page 2: %+v", page)
	}
	now, err := d.s.EditBlock(t.Context(), d.by, made[0].ID, `{"deltaFormat":[{"insert":"ONE"}]}`)
	d.ok(err)
	if now.Pos != made[0].Pos || !now.UpdatedAt.After(made[0].UpdatedAt) {
		t.Errorf("edited: %+v", now)
	}
	inner, err := d.s.AddBlocks(t.Context(), d.by, id, "", []work.BlockInput{{Type: "quote", Content: text("in").Content, Parent: made[1].ID}})
	d.ok(err)
	_, err = d.s.AddBlocks(t.Context(), d.by, id, "", []work.BlockInput{{Type: "quote", Content: text("in in").Content, Parent: inner[0].ID}})
	d.ok(err)
	was, err := d.s.DeleteBlock(t.Context(), d.by, made[1].ID)
	d.ok(err)
	if was.ID != made[1].ID {
		t.Errorf("deleted %+v", was)
	}
	same(t, "with those in it", d.says(id), []string{"zero", "ONE", "three", "three and a half", "four"})
	foreign := d.write(other, "", "x")[0]
	for name, c := range map[string]struct {
		call func() error
		want work.Code
	}{
		"after another doc's": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, id, foreign.ID, []work.BlockInput{text("x")})
			return err
		}, work.CodeNotFound},
		"in another doc's": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, id, "", []work.BlockInput{{Type: "quote", Content: "{}", Parent: foreign.ID}})
			return err
		}, work.CodeNotFound},
		"type": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, id, "", []work.BlockInput{{Type: "script", Content: "{}"}})
			return err
		}, work.CodeInvalid},
		"no JSON": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, id, "", []work.BlockInput{{Type: "quote", Content: "{"}})
			return err
		}, work.CodeInvalid},
		"no object": {func() error { _, err := d.s.EditBlock(t.Context(), d.by, first[0].ID, `[]`); return err }, work.CodeInvalid},
		"null":      {func() error { _, err := d.s.EditBlock(t.Context(), d.by, first[0].ID, `null`); return err }, work.CodeInvalid},
		"long": {func() error {
			_, err := d.s.EditBlock(t.Context(), d.by, first[0].ID, `{"a":"`+strings.Repeat("x", 100_000)+`"}`)
			return err
		}, work.CodeInvalid},
		"many": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, id, "", make([]work.BlockInput, work.BlocksMax+1))
			return err
		}, work.CodeLimit},
		"gone":       {func() error { _, err := d.s.EditBlock(t.Context(), d.by, made[1].ID, `{}`); return err }, work.CodeNotFound},
		"gone again": {func() error { _, err := d.s.DeleteBlock(t.Context(), d.by, made[1].ID); return err }, work.CodeNotFound},
		"a guest":    {func() error { _, err := d.s.EditBlock(t.Context(), as(t, d.s, visitor), first[0].ID, `{}`); return err }, work.CodeNotFound},
		"no doc": {func() error {
			_, err := d.s.AddBlocks(t.Context(), d.by, 1<<40, "", []work.BlockInput{text("x")})
			return err
		}, work.CodeNotFound},
	} {
		wantCode(t, name, c.call(), c.want)
	}
}

// However often something is put at the same place, blocks stay in the order in which they were put.
func TestBlocksAreManyInOnePlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.doc("a", "")
	ends := d.write(id, "", "begin", "end")
	want := []string{"begin", "end"}
	for i := range 60 { // as many halvings as a float has bits, and more
		d.write(id, ends[0].ID, fmt.Sprint(i))
		want = append(want[:1], append([]string{fmt.Sprint(i)}, want[1:]...)...)
	}
	same(t, "always at the same place", d.says(id), want)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		v := d.view()
		blocks := must(v.Blocks(must(v.Doc(id)), work.All))
		at := r.IntN(len(blocks) + 1)
		after := work.BlocksFirst
		if at > 0 {
			after = blocks[at-1].ID
		}
		d.write(id, after, fmt.Sprint("r", i))
		want = append(want[:at:at], append([]string{fmt.Sprint("r", i)}, want[at:]...)...)
	}
	same(t, "anywhere", d.says(id), want)
}

// Several who write one doc through several processes lose nothing.
func TestBlocksAtOnce(t *testing.T) {
	t.Parallel()
	w, _ := contentWorld(1, 1)
	store := new(worktest.Store).Share()
	services, callers := openContent(t, store, w, 2)
	id, err := services[0].CreateDoc(t.Context(), callers[0], work.DocInput{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			s := services[worker%2]
			by, err := s.As(t.Context(), acct, me)
			for i := 0; i < 6 && err == nil; i++ {
				_, err = s.AddBlocks(t.Context(), by, id, work.BlocksFirst, []work.BlockInput{text(fmt.Sprint(worker, "-", i))})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	blocks, err := store.Blocks(t.Context(), acct, id, nil)
	if err != nil || len(blocks) != 48 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	for i, b := range blocks[1:] {
		if b.Pos <= blocks[i].Pos {
			t.Errorf("two blocks at %v", b.Pos)
		}
	}
}

func TestDocInColumn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok(d.s.AddBoardUsers(t.Context(), d.by, d.board, []work.UserID{peer}, false))
	d.column(column.Doc, "doc", "")
	d.column(column.Text, "text", "")
	item := d.item("one", "", "")
	id, err := d.s.CreateDoc(t.Context(), d.by, work.DocInput{Item: item, Column: "doc"})
	d.ok(err)
	v := d.view()
	doc := must(v.Doc(id))
	files := column.Attachments(d.get(item).Cells.Get("doc").Value)
	if len(files) != 1 || files[0].Kind != "MONDAY_DOC" || files[0].ObjectID != int64(doc.Board) || v.DocBoard(doc).Name != "one" || doc.Item != item {
		t.Errorf("the cell holds %+v, the doc is %+v", files, doc)
	}
	if _, err := d.as(peer).s.AddBlocks(t.Context(), as(t, d.s, peer), id, "", []work.BlockInput{text("x")}); err != nil {
		t.Errorf("a subscriber of the item's board writes: %v", err)
	}
	_, err = d.s.CreateDoc(t.Context(), d.by, work.DocInput{Item: item, Column: "text"})
	wantCode(t, "in a text column", err, work.CodeInvalid)
	_, err = d.s.CreateDoc(t.Context(), d.by, work.DocInput{Item: item, Column: "none"})
	wantCode(t, "in no column", err, work.CodeNotFound)
	_, err = d.s.CreateDoc(t.Context(), as(t, d.s, visitor), work.DocInput{Item: item, Column: "doc"})
	wantCode(t, "by a guest", err, work.CodeNotFound)
}

func TestDescription(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	item := d.item("one", "", "")
	_, err := d.s.DescribeItem(t.Context(), d.by, item, []work.BlockInput{text("a"), text("b")})
	d.ok(err)
	id := d.get(item).Description
	same(t, "described", d.says(id), []string{"a", "b"})
	_, err = d.s.DescribeItem(t.Context(), d.by, item, []work.BlockInput{text("c")})
	d.ok(err)
	same(t, "anew", d.says(d.get(item).Description), []string{"c"})
	if d.get(item).Description != id {
		t.Error("another doc describes it now")
	}
	d.write(id, "", "d")
	same(t, "written in", d.says(id), []string{"c", "d"})
	if docs := must(d.view().Docs(work.DocFilter{Page: work.All})); len(docs) != 0 {
		t.Errorf("descriptions are among the docs: %v", docs)
	}
	wantCode(t, "renamed", d.s.RenameDoc(t.Context(), d.by, id, "x"), work.CodeInvalid)
	wantCode(t, "deleted", d.s.DeleteDoc(t.Context(), d.by, id), work.CodeInvalid)
	_, err = d.s.DescribeItem(t.Context(), as(t, d.s, visitor), item, nil)
	wantCode(t, "by a guest", err, work.CodeNotFound)
	var wg sync.WaitGroup
	two := d.item("two", "", "")
	for i := range 8 {
		wg.Go(func() {
			if _, err := d.s.DescribeItem(t.Context(), d.by, two, []work.BlockInput{text(fmt.Sprint(i)), text(fmt.Sprint(i))}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := d.says(d.get(two).Description); len(got) != 2 || got[0] != got[1] {
		t.Errorf("described by several: %v", got)
	}
	d.ok(d.s.DeleteItem(t.Context(), d.by, item))
	if doc := must(d.view().Doc(id)); doc != nil {
		t.Error("the description of a deleted item is seen")
	}
}
