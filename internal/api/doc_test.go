package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lunedi-dev/lunedi/internal/markdown"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// What is in other blocks is put after them, and every block has its id in the place of the text.
func TestPutBlocks(t *testing.T) {
	t.Parallel()
	blocks := []markdown.Block{
		{Type: "table", Parent: -1}, {Type: "cell1", Parent: 0}, {Type: "inner", Parent: 1}, {Type: "cell2", Parent: 0}, {Type: "text", Parent: -1},
	}
	var calls []string
	put := func(doc work.DocID, in []work.BlockInput) (out []*work.Block, err error) {
		call := fmt.Sprint(doc)
		for _, b := range in {
			call += " " + b.Type + "<" + b.Parent
			out = append(out, &work.Block{ID: "id-" + b.Type, Doc: 7})
		}
		calls = append(calls, call)
		return out, nil
	}
	ids, err := putBlocks(blocks, func(in []work.BlockInput) ([]*work.Block, error) { return put(0, in) }, put)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id-table", "id-cell1", "id-inner", "id-cell2", "id-text"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []string{"0 table< text<", "7 cell1<id-table cell2<id-table", "7 inner<id-cell1"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

// Blocks become Markdown in the order of a tree, wherever those in others stand, and no ring of blocks
// stops it.
func TestAsMarkdown(t *testing.T) {
	t.Parallel()
	text := func(id, parent string) *work.Block {
		return &work.Block{ID: id, Parent: parent, Type: "normal_text", Content: `{"deltaFormat":[{"insert":"` + id + `"}]}`}
	}
	rows := []*work.Block{
		text("late", "box"), {ID: "box", Type: "notice_box", Content: "{}"}, text("out", "gone"), text("own", "own"), text("in", "box"),
		text("ring1", "ring2"), text("ring2", "ring1"),
	}
	if got, want := markdown.FromBlocks(asMarkdown(rows)), "> late\n\n> in\n\nout\n\nown\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var ids []string
	for _, b := range within(rows, []string{"box"}) {
		ids = append(ids, b.ID)
	}
	if diff := cmp.Diff([]string{"late", "box", "in"}, ids); diff != "" {
		t.Error(diff)
	}
}

// The ids that Markdown's blocks are said to have are those they have.
func TestMarkdownIDs(t *testing.T) {
	t.Parallel()
	seed := small()
	talk(seed)
	s := start(t, seed, nil)
	var made struct {
		Data struct {
			Add struct {
				Success bool
				IDs     []string `json:"block_ids"`
				Error   *string
			} `json:"add_content_to_doc_from_markdown"`
		}
	}
	answer := s.query(t, 2, `mutation ($text: String!) { add_content_to_doc_from_markdown(docId: 701, markdown: $text) { success block_ids error } }`,
		map[string]any{"text": "Before\n\n| a |\n|---|\n| 1 |\n\nAfter"})
	if err := json.Unmarshal([]byte(answer), &made); err != nil || !made.Data.Add.Success || made.Data.Add.Error != nil {
		t.Fatal(err, answer)
	}
	var read struct {
		Data struct {
			Docs []struct {
				Blocks []struct {
					ID, Type string
					Parent   *string `json:"parent_block_id"`
				}
			}
		}
	}
	answer = s.query(t, 2, `{ docs(ids: 701) { blocks { id type parent_block_id } } }`, nil)
	if err := json.Unmarshal([]byte(answer), &read); err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, b := range read.Data.Docs[0].Blocks {
		if types[b.ID] = b.Type; b.Parent != nil {
			types[b.ID] += " in " + types[*b.Parent]
		}
	}
	var got []string
	for _, id := range made.Data.Add.IDs {
		got = append(got, types[id])
	}
	if got, want := strings.Join(got, ", "), "normal text, table, normal text in table, normal text in table, normal text"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if answer := s.query(t, 2, `mutation ($text: String!) { add_content_to_doc_from_markdown(docId: 701, markdown: $text) { success error } }`,
		map[string]any{"text": strings.Repeat("word\n\n", 501)}); !strings.Contains(answer, `"success":false,"error":"501 blocks are too many`) {
		t.Error(answer)
	}
}
