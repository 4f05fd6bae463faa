package work_test

import (
	"fmt"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func tagNames(tags []*work.Tag) []string {
	out := []string{}
	for _, tag := range tags {
		out = append(out, tag.Name)
	}
	return out
}

func TestTags(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tag := func(d *desk, name string, board work.BoardID) work.TagID {
		t.Helper()
		return must(d.s.Tag(t.Context(), d.by, name, board))
	}
	private := d.newBoard("Private", work.Private)
	urgent := tag(d, "urgent", 0)
	if again := tag(d.as(peer), " urgent ", d.board); again != urgent {
		t.Errorf("made twice: %d and %d", urgent, again)
	}
	upper, own := tag(d, "Urgent", 0), tag(d, "urgent", private)
	if upper == urgent || own == urgent || tag(d, "urgent", private) != own {
		t.Errorf("tags %d, %d, %d", urgent, upper, own)
	}
	v, peers := d.view(), d.as(peer).view()
	same(t, "public", tagNames(must(v.Tags(nil))), []string{"urgent", "Urgent"})
	same(t, "by id", tagNames(must(v.Tags([]work.TagID{own, urgent, 1 << 40}))), []string{"urgent", "urgent"})
	same(t, "a peer's by id", tagNames(must(peers.Tags([]work.TagID{own, urgent}))), []string{"urgent"})
	if v.Tag(own).Board != private || v.Tag(urgent).Color == "" || v.Tag(urgent).Color == v.Tag(upper).Color {
		t.Errorf("tags %+v, %+v", v.Tag(own), v.Tag(urgent))
	}
	for name, call := range map[work.Code]func() error{
		work.CodeInvalid:  func() error { _, err := d.s.Tag(t.Context(), d.by, " ", 0); return err },
		work.CodeNotFound: func() error { _, err := d.s.Tag(t.Context(), as(t, d.s, peer), "x", private); return err },
		work.CodeDenied:   func() error { _, err := d.s.Tag(t.Context(), as(t, d.s, visitor), "x", 0); return err },
	} {
		wantCode(t, fmt.Sprint(name), call(), name)
	}

	d.column(column.Tags, "tags", "")
	d.column(column.Tags, "more", "")
	same(t, "unused", tagNames(must(d.view().BoardTags(v.Board(d.board)))), []string{})
	d.item("one", "", fmt.Sprintf(`{"tags":{"tag_ids":[%d]}}`, upper))
	gone := d.item("two", "", fmt.Sprintf(`{"tags":{"tag_ids":[%d]}}`, urgent))
	same(t, "used", tagNames(must(d.view().BoardTags(v.Board(d.board)))), []string{"urgent", "Urgent"})
	d.ok(d.s.DeleteItem(t.Context(), d.by, gone))
	same(t, "used still", tagNames(must(d.view().BoardTags(v.Board(d.board)))), []string{"Urgent"})
}
