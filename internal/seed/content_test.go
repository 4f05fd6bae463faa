package seed_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/seed"
	"github.com/lunedi-dev/lunedi/internal/work"
)

const house = `
account: {created_at: 2026-01-01}
users:
  - {id: 1, name: Ada, email: ada@x.example, role: admin}
  - {id: 2, name: Ben, email: ben@x.example}
teams:
  - {id: 10, name: Crew, users: [Ada, Ben]}
tags:
  - {id: 5, name: urgent, color: "#df2f4a"}
`

const boards = house + `
folders:
  - {id: 6, name: Outer, color: INDIGO}
  - {id: 7, name: Inner, parent: Outer, owner: Ben}
boards:
  - id: 30
    name: Parts
    owners: [Ada]
    folder: Inner
    only_assigned: true
    groups:
      - {id: here, title: Here, color: done_green}
      - {title: Not here any more, state: archived}
    columns:
      - {id: name, type: name, title: Part}
      - {type: status, settings: {labels: [{label: Go, color: working_orange}, {label: Done, color: done_green, is_done: true}]}}
      - {id: price, type: numbers, title: Price, hidden: true, readers: [Ada], reader_teams: [Crew], locked: true, writers: [1]}
      - {id: twice, type: formula, settings: {formula: "{price} * 2"}}
      - {id: who, type: people}
      - {id: when, type: timeline, width: 120, description: From and to}
      - {id: spec, type: doc}
      - {id: time, type: time_tracking}
      - {id: old, type: text, state: deleted}
    views:
      - {name: Mine, filter: {rules: [{column_id: who, compare_value: [assigned_to_me]}]}}
    webhooks:
      - {event: create_item, url: "https://hooks.example.com/x", config: {a: [1, "<b>"]}}
    items:
      - {id: 900, name: Late, created_at: 2026-02-03}
      - name: Wheel
        group: here
        creator: Ben
        created_at: 2026-02-01T08:00:00Z
        values: {status: Go, price: 12.50, who: 1, when: {from: 2026-02-01, to: 2026-02-09}, time: {duration: 90, running: false}}
        changes:
          - {at: 2026-02-02, values: {status: Done, when: null}}
          - {at: 2026-02-03, by: Ada, name: Big wheel, group: not here any more}
        description: [{text: Round}]
        updates:
          - by: Ada
            at: 2026-02-04
            pinned: true
            body: |
              Is it <round>?

              I think so,
              nearly.
            likes: [{by: Ben, reaction: Heart, at: 2026-02-05}]
            replies: [{by: Ben, at: 2026-02-06, body: "Yes & no"}]
        subitems:
          - {name: Rim, values: {person: 2, status: Done}}
          - {name: Spokes, created_at: 2026-02-05, state: deleted}
    activity:
      - {at: 2026-03-01, by: Ben, event: subscribe, data: {board_id: 30}}
docs:
  - {id: 70, object_id: 700, name: Minutes, folder: Outer, owners: [Ben], blocks: [{type: large_title, text: One & two}, {type: check_list, text: x, checked: true}, {type: divider}, {type: image, content: {publicUrl: "https://x.example/a.png"}}]}
  - {name: Drawing, item: Big wheel, column: spec, creator: Ben}
`

// TestContent: a seed comes out as the rows the service would have made.
func TestContent(t *testing.T) {
	t.Parallel()
	snap := parse(t, strings.Replace(boards, "item: Big wheel", "item: Wheel", 1)).Snapshot
	day := func(d int, hour ...int) time.Time {
		return time.Date(2026, 2, d, append(hour, 0)[0], 0, 0, 0, time.UTC)
	}
	const step = work.PosStep
	diff(t, "groups", []*work.Group{
		{Board: 1001, ID: "topics", Title: "Subitems", Color: "#037f4c", Pos: step, State: work.StateActive},
		{Board: 30, ID: "here", Title: "Here", Color: "#00c875", Pos: step, State: work.StateActive},
		{Board: 30, ID: "not_here_any_more", Title: "Not here any more", Color: "#579bfc", Pos: 2 * step, State: work.StateArchived},
	}, snap.Groups)
	var columns []string
	for _, c := range snap.Columns {
		columns = append(columns, fmt.Sprintf("%d %s %s %q %d %s %v%v", c.Board, c.ID, c.Type, c.Title, c.Pos/step, c.State, c.Hidden, c.Locked))
	}
	diff(t, "columns", []string{`1001 name name "Name" 1 active falsefalse`, `1001 person people "Owner" 2 active falsefalse`, `1001 status status "Status" 3 active falsefalse`,
		`1001 date0 date "Date" 4 active falsefalse`, `30 name name "Part" 1 active falsefalse`, `30 subitems subtasks "Subitems" 2 active falsefalse`,
		`30 status status "Status" 3 active falsefalse`, `30 price numbers "Price" 4 active truetrue`, `30 twice formula "Formula" 5 active falsefalse`,
		`30 who people "People" 6 active falsefalse`, `30 when timeline "Timeline" 7 active falsefalse`, `30 spec doc "monday Doc" 8 active falsefalse`,
		`30 time time_tracking "Time Tracking" 9 active falsefalse`, `30 old text "Text" 10 deleted falsefalse`}, columns)
	price := snap.Columns[7]
	diff(t, "readers", []work.Principal{{User: 1}, {Team: 10}}, price.Readers)
	diff(t, "writers", []work.Principal{{User: 1}}, price.Writers)
	if s := snap.Columns[5].Settings; s != `{"allowMultipleItems":true,"boardIds":[1001],"itemTypeName":"column.subtasks.title"}` {
		t.Errorf("settings of the subitems column: %s", s)
	}
	wheel := &work.Item{ID: 1001, Board: 30, Group: "not_here_any_more", Name: "Big wheel", State: work.StateArchived, Pos: 2 * step, Number: 1, Creator: 2,
		UpdatedBy: 1, CreatedAt: day(1, 8), UpdatedAt: day(3), Subscribers: []work.UserID{2, 1}, Description: 1002}
	diff(t, "items", []*work.Item{
		{ID: 900, Board: 30, Group: "here", Name: "Late", State: work.StateActive, Pos: step, Number: 2, Creator: 1, UpdatedBy: 1, CreatedAt: day(3), UpdatedAt: day(3),
			Subscribers: []work.UserID{1}},
		wheel,
		{ID: 1002, Board: 1001, Group: "topics", Name: "Rim", State: work.StateArchived, Pos: step, Number: 1, Parent: 1001, Creator: 2, UpdatedBy: 2, CreatedAt: day(1, 8),
			UpdatedAt: day(1, 8), Subscribers: []work.UserID{2}},
		{ID: 1003, Board: 1001, Group: "topics", Name: "Spokes", State: work.StateDeleted, Pos: 2 * step, Number: 2, Parent: 1001, Creator: 2, UpdatedBy: 2, CreatedAt: day(5),
			UpdatedAt: day(5), Subscribers: []work.UserID{2}},
	}, snap.Items, cmpopts.IgnoreFields(work.Item{}, "Cells"))
	got, _ := json.Marshal(snap.Items[1].Cells)
	diff(t, "cells", `{"status":{"value":{"index":1,"post_id":null},"at":1769990400000000},"price":{"value":"12.50","at":1769932800000000},"who":{"value":{"personsAndTeams":[{"id":1,"kind":"person"}]},"at":1769932800000000},`+
		`"time":{"value":{"running":"false","duration":90},"at":1769932800000000},`+
		`"subitems":{"value":{"linkedPulseIds":[{"linkedPulseId":1002}]},"at":1770249600000000},`+
		`"spec":{"value":{"files":[{"name":"Drawing","fileType":"MONDAY_DOC","objectId":1002,"fileId":1001,"createdAt":1767225600000,"createdBy":"2"}]},"at":1767225600000000}}`, string(got))
	diff(t, "updates", []*work.Update{
		{ID: 1001, Item: 1001, Board: 30, Creator: 1, Body: "<p>Is it &lt;round&gt;?</p><p>I think so,<br>nearly.</p>", CreatedAt: day(4), EditedAt: day(4), UpdatedAt: day(6), Pinned: true,
			Likes: []work.Like{{ID: 1, User: 2, Reaction: "Heart", CreatedAt: day(5)}}},
		{ID: 1002, Parent: 1001, Item: 1001, Board: 30, Creator: 2, Body: "<p>Yes &amp; no</p>", CreatedAt: day(6), EditedAt: day(6), UpdatedAt: day(6)},
	}, snap.Updates)
	diff(t, "folders", []*work.Folder{{ID: 6, Name: "Outer", Workspace: 1001, Color: "INDIGO", Owner: 1, CreatedAt: snap.Account.CreatedAt},
		{ID: 7, Name: "Inner", Workspace: 1001, Parent: 6, Owner: 2, CreatedAt: snap.Account.CreatedAt}}, snap.Folders)
	diff(t, "views", []*work.BoardView{{ID: 1001, Board: 30, Name: "Mine", Type: "TableBoardView", Pos: step, Filter: `{"rules":[{"column_id":"who","compare_value":["assigned_to_me"]}]}`}}, snap.Views)
	diff(t, "webhooks", []*work.Webhook{{ID: 1001, Board: 30, Event: "create_item", URL: "https://hooks.example.com/x", Config: `{"a":[1,"<b>"]}`, Creator: 1, CreatedAt: snap.Account.CreatedAt}}, snap.Webhooks)
	var made []string
	for _, b := range snap.Boards {
		made = append(made, fmt.Sprintf("%d %q %q parent %d folder %d only assigned %v until %s", b.ID, b.Name, b.Type, b.Parent, b.Folder, b.OnlyAssigned, b.UpdatedAt.Format(time.DateOnly)))
	}
	diff(t, "boards", []string{`30 "Parts" "" parent 0 folder 7 only assigned true until 2026-03-01`,
		`1001 "Subitems of Parts" "sub_items_board" parent 30 folder 0 only assigned false until 2026-02-05`,
		`700 "Minutes" "document" parent 0 folder 6 only assigned false until 2026-01-01`, `1002 "Drawing" "document" parent 0 folder 0 only assigned false until 2026-01-01`}, made)
	var blocks []string
	for _, b := range snap.Blocks {
		blocks = append(blocks, fmt.Sprintf("%d %v %s %s", b.Doc, b.Pos, b.Type, b.Content))
	}
	diff(t, "blocks", []string{`1002 65536 normal_text {"alignment":"left","direction":"ltr","deltaFormat":[{"insert":"Round"}]}`,
		`70 65536 large_title {"alignment":"left","direction":"ltr","deltaFormat":[{"insert":"One & two"}]}`,
		`70 131072 check_list {"alignment":"left","direction":"ltr","deltaFormat":[{"insert":"x"}],"indentation":0,"checked":true}`,
		`70 196608 divider {"alignment":"left","direction":"ltr"}`, `70 262144 image {"publicUrl":"https://x.example/a.png"}`},
		blocks)
	diff(t, "docs", []*work.Doc{{ID: 1002, Item: 1001, Creator: 2}, {ID: 70, Board: 700, Creator: 2}, {ID: 1001, Board: 1002, Item: 1001, Column: "spec", Creator: 2}}, snap.Docs,
		cmpopts.IgnoreFields(work.Doc{}, "CreatedAt", "UpdatedAt"))
	if err := service(t).NewAccount(t.Context(), snap); err != nil {
		t.Error(err)
	}
}

func diff(t *testing.T, what string, want, got any, opts ...cmp.Option) {
	t.Helper()
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestLog: what happened to items is in the log, each line at a moment of its own.
func TestLog(t *testing.T) {
	t.Parallel()
	snap := parse(t, strings.Replace(boards, "item: Big wheel", "item: Wheel", 1)).Snapshot
	var lines []string
	last := map[work.BoardID]int64{}
	ids := map[string]bool{}
	for _, a := range snap.Activity {
		if !json.Valid([]byte(a.Data)) || ids[a.ID] || len(fmt.Sprint(a.At)) != 17 || a.At <= last[a.Board] {
			t.Errorf("line %+v after %d", a, last[a.Board])
		}
		ids[a.ID], last[a.Board] = true, a.At
		if a.Entity == "pulse" {
			lines = append(lines, fmt.Sprintf("%s %d %d by %d: %s", time.UnixMicro(a.At/10).UTC().Format("01-02"), a.Board, a.Item, a.User, strings.Join([]string{a.Event, a.Group, a.Column}, " ")))
		}
	}
	diff(t, "lines", []string{"02-01 30 1001 by 2: create_pulse here ", "02-01 1001 1002 by 2: create_pulse topics ",
		"02-02 30 1001 by 2: update_column_value here status", "02-02 30 1001 by 2: update_column_value here when", "02-03 30 900 by 1: create_pulse here ",
		"02-03 30 1001 by 1: update_name here ", "02-03 30 1001 by 1: move_pulse_from_group here ", "02-05 1001 1003 by 2: create_pulse topics "}, lines)
	i := slices.IndexFunc(snap.Activity, func(a *work.Activity) bool { return a.Column == "status" && a.Event == "update_column_value" })
	const style = `"style":{"border":"#00b461","color":"#00c875","var_name":"green-shadow"}`
	want := `{"board_id":30,"column_id":"status","column_title":"Status","column_type":"color","group_id":"here","is_top_group":true,` +
		`"previous_value":{"label":{"index":0,"is_done":false,"style":{"border":"#e99729","color":"#fdab3d","var_name":"orange"},"text":"Go"},"post_id":null},` +
		`"pulse_id":1001,"pulse_name":"Wheel","value":{"label":{"index":1,"is_done":true,` + style + `,"text":"Done"},"post_id":null}}`
	diff(t, "data", want, snap.Activity[i].Data)
	if made := snap.Activity[slices.IndexFunc(snap.Activity, func(a *work.Activity) bool { return a.Item == 1001 })].Data; strings.Contains(made, "12.5") {
		t.Errorf("the log tells what is in a hidden column: %s", made)
	}
}

// TestContentMistakes: each is told with its place, and with the board, item and column it is about.
func TestContentMistakes(t *testing.T) {
	t.Parallel()
	// What is wrong stands in line 14, on a board that has these columns.
	const frame = house + `boards:
  - id: 30
    name: Parts
    columns: [{id: st, type: status}, {id: n, type: numbers}, {id: who, type: people}, {id: team, type: team}, {id: tags, type: tags}, {id: vote, type: vote}, {id: dep, type: dependency}, {id: rel, type: board_relation, settings: {boardIds: [31]}}, {id: sum, type: formula}, {id: doc, type: doc}, {id: time, type: time_tracking}, {id: cb, type: checkbox}]
    %s
  - {id: 31, name: Others, items: [{id: 311, name: Other}]}
`
	for name, c := range map[string]struct{ text, want string }{
		"label that is not there": {`items: [{name: Rim, values: {st: Gone}}]`,
			`test.yaml:14:38: boards[0].items[0].values.st: board "Parts", item "Rim", column "Status": This status label doesn't exist, possible statuses are: {0: Working on it, 1: Done, 2: Stuck}. Accepted: {"label":"Working on it"}`},
		"value of the wrong form": {`items: [{name: Rim, values: {n: twelve}}]`, `board "Parts", item "Rim", column "Numbers": invalid value`},
		"value that is not simple": {`items: [{name: Rim, values: {cb: true}}]`,
			`boards[0].items[0].values.cb: board "Parts", item "Rim", column "Check": invalid value, please check our API documentation for the correct data structure for this column. https://developer.monday.com/api-reference/docs/change-column-values. Accepted: {"checked":"true"}`},
		"no such column":          {`items: [{name: Rim, values: {colour: red}}]`, `test.yaml:14:34: boards[0].items[0].values.colour: board "Parts", item "Rim": there is no column "colour"; the columns are st, n, who, team, tags, vote, dep, rel, doc, time, cb`},
		"value of a formula":      {`items: [{name: Rim, values: {sum: 3}}]`, `what is in a formula column is worked out from the rest; leave it out`},
		"value of a doc":          {`items: [{name: Rim, values: {doc: x}}]`, `docs in items are listed under docs:`},
		"name as a value":         {`items: [{name: Rim, values: {name: x}}]`, `an item's name is its name: field`},
		"stored as text":          {`items: [{name: Rim, values: {time: 3}}]`, `fields are expected, as the API shows them in value`},
		"nobody":                  {`items: [{name: Rim, values: {who: 77}}]`, `column "People": there is no user 77 in this file`},
		"no team":                 {`items: [{name: Rim, values: {team: {team_id: 77}}}]`, `there is no team 77 in this file`},
		"team of people":          {`items: [{name: Rim, values: {who: {personsAndTeams: [{id: 1, kind: team}]}}}]`, `there is no team 1 in this file`},
		"no voter":                {`items: [{name: Rim, values: {vote: {votersIds: [1, 77]}}}]`, `there is no user 77 in this file`},
		"no tag":                  {`items: [{name: Rim, values: {tags: {tag_ids: [6]}}}]`, `there is no tag 6 in this file`},
		"no item":                 {`items: [{name: Rim, values: {rel: {item_ids: [77]}}}]`, `there is no item 77 in this file`},
		"item not connected":      {`items: [{id: 7, name: Rim, values: {rel: {item_ids: [7]}}}]`, `item 7 is on board 30, which the column is not connected with`},
		"dependency elsewhere":    {`items: [{name: Rim, values: {dep: {item_ids: [311]}}}]`, `item 311 is on another board; items depend on items of their own board`},
		"mistake in a change":     {`items: [{name: Rim, changes: [{at: 2026-02-01, values: {n: x}}]}]`, `boards[0].items[0].changes[0].values.n: board "Parts", item "Rim", column "Numbers"`},
		"changes out of order":    {`items: [{name: Rim, changes: [{at: 2026-02-02}, {at: 2026-02-01}]}]`, `changes[1]: at: changes come in their order, after the item was made; this one has to be at 2026-02-02T00:00:00Z or later`},
		"change without a time":   {`items: [{name: Rim, changes: [{name: X}]}]`, `this one has to be at 2026-01-01T00:00:00Z or later`},
		"values that are a list":  {`items: [{name: Rim, values: [1]}]`, `boards[0].items[0].values: fields are expected: the id of a column, a colon, and a value`},
		"anchor in a value":       {`items: [{name: Rim, values: {tags: {tag_ids: [&a 5]}}}]`, `boards[0].items[0].values.tags.tag_ids[0]: a text, a number, true, false, a list or fields are expected`},
		"item without a name":     {`items: [{id: 5}]`, `boards[0].items[0]: name: a name is needed`},
		"nothing for an item":     {`items: [~]`, `boards[0].items[0]: there is nothing here`},
		"item id twice":           {`items: [{id: 311, name: A}]`, `id: there is another item 311, in line 14`},
		"update id twice":         {`items: [{name: A, updates: [{id: 3, body: x}, {id: 3, body: x}]}]`, `there is another update 3`},
		"board of subitems taken": {`subitems: {id: 31}`, `id: there is another board 31`},
		"no such group":           {`items: [{name: Rim, group: attic}]`, `boards[0].items[0].group: there is no group "attic" on board "Parts"; its groups are topics`},
		"active in the archive":   {`{groups: [{id: a, title: A}, {id: b, title: B, state: archived}], items: [{name: Rim, group: b, state: active}]}`, `state: item "Rim" is active, but its group "B" is archived`},
		"subitem of a subitem":    {`items: [{name: A, subitems: [{name: B, subitems: [{name: C}]}]}]`, `subitems: a subitem has no subitems of its own`},
		"group id":                {`groups: [{id: a b, title: A}]`, `id: "a b" is not an id; it is made of letters, digits and underscores`},
		"group twice":             {`groups: [{title: A}, {title: A}]`, `id: there is another group a on this board`},
		"group without a title":   {`groups: [{color: done_green}]`, `groups[0]: title: a title is needed`},
		"group colour":            {`groups: [{title: A, color: mauve}]`, `color: "mauve" is not a colour of groups; give a name like done_green, or its code like #00c875`},
		"no active group":         {`groups: [{title: A, state: archived}]`, `state: one group of a board has to be active`},
		"update without a text":   {`items: [{name: A, updates: [{by: Ada}]}]`, `body: a text is needed`},
		"early reply":             {`items: [{name: A, updates: [{at: 2026-02-02, body: x, replies: [{at: 2026-02-01, body: y}]}]}]`, `a reply comes after what it replies to`},
		"like of nobody":          {`items: [{name: A, updates: [{body: x, likes: [{reaction: Heart}]}]}]`, `likes[0]: by: somebody likes it`},
		"view without a name":     {`views: [{type: X}]`, `views[0]: name: a name is needed`},
		"webhook without a url":   {`webhooks: [{event: create_item}]`, `a webhook needs an event and a url`},
		"line without an event":   {`activity: [{at: 2026-02-02}]`, `a line of the log needs an event and the time at which it happened`},
		"description's block":     {`items: [{name: A, description: [{type: poem, text: x}]}]`, `type: "poem" is not a type of block; it is one of bulleted_list, check_list, code,`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := c.text
			if inner, ok := strings.CutPrefix(text, "{"); ok { // two fields of the board
				groups, items, _ := strings.Cut(strings.TrimSuffix(inner, "}"), "], items")
				text = groups + "]\n    items" + items
			}
			_, err := seed.Parse("test.yaml", fmt.Appendf(nil, frame, text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant …%s…", err, c.want)
			}
		})
	}
}

// TestStructureMistakes are those of what has no items.
func TestStructureMistakes(t *testing.T) {
	t.Parallel()
	column := func(c string) string { return "boards:\n  - {name: B, columns: [" + c + "]}\n" }
	for name, c := range map[string]struct{ text, want string }{
		"type not there":           {column(`{type: colour}`), `boards[0].columns[0].type: "colour" is not allowed; it is one of auto_number, board_relation,`},
		"no type":                  {column(`{id: a}`), `boards[0].columns[0]: type: a type is needed, like text, status or date`},
		"column id":                {column(`{id: "a-b", type: text}`), `id: "a-b" is not an id`},
		"column twice":             {column(`{id: a, type: text}, {id: a, type: date}`), `boards[0].columns[1]: id: there is another column a on this board`},
		"name of another type":     {column(`{id: name, type: text}`), `id: the column name has the type name, and is always there`},
		"name deleted":             {column(`{type: name, state: deleted}`), `id: the column name has the type name, and is always there`},
		"readers of an open one":   {column(`{type: text, readers: [Ada]}`), `readers: everybody reads a column that is not hidden; add hidden: true`},
		"writers of an open one":   {column(`{type: text, writer_teams: [Crew]}`), `writers: everybody writes to a column that is not locked; add locked: true`},
		"settings":                 {column(`{type: rating, settings: {limit: 1000}}`), `boards[0].columns[0].settings: board "B", column "Rating": limit: a number from 1 to 100`},
		"settings with an example": {column(`{type: numbers, settings: {unit: {direction: up}}}`), `unit.direction: left or right. Accepted: {"unit":`},
		"settings that are text":   {column(`{type: text, settings: none}`), `settings are not a JSON object`},
		"connected with nothing":   {column(`{type: board_relation, settings: {boardIds: [5]}}`), `board "B", column "Connect boards": boardIds: there is no board 5 in this file`},
		"mirror of nothing":        {column(`{type: mirror, settings: {displayed_linked_columns: {"5": [a]}}}`), `displayed_linked_columns: there is no board 5 in this file`},
		"mirror by nothing":        {column(`{id: t, type: text}, {type: mirror, settings: {relation_column: {t: true}}}`), `relation_column: there is no column "t" that links items`},
		"formula":                  {column(`{type: formula, settings: {formula: "1 +"}}`), `column "Formula": formula: the formula ends too early`},
		"folder elsewhere":         {"workspaces: [{name: W}]\nfolders: [{name: F, workspace: W}]\nboards: [{name: B, folder: F}]\n", `boards[0].folder: folder "F" is in another workspace`},
		"folder's colour":          {"folders: [{name: F, color: green}]\n", `folders[0].color: "green" is not allowed; it is one of AQUAMARINE, BRIGHT_BLUE,`},
		"tag without a name":       {"tags: [{id: 6}]\n", `tags[0]: name: a name is needed`},
		"doc's item":               {"docs: [{name: D, item: Gone}]\n", `docs[0].item: there is no item "Gone" in this file`},
		"doc's column":             {"boards: [{name: B, items: [{name: I}]}]\ndocs: [{name: D, item: I, column: c}]\n", `docs[0].column: column: item "I" has no doc column "c"`},
		"doc's column alone":       {"docs: [{name: D, column: c}]\n", `docs[0]: item: a column is one of an item's`},
		"block of two":             {"docs: [{name: D, blocks: [{text: x, content: {a: 1}}]}]\n", `docs[0].blocks[0]: text: a block has either a text or a content`},
		"divider with a text":      {"docs: [{name: D, blocks: [{type: divider, text: x}]}]\n", `text: a divider holds no text; give its content`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := house
			if strings.HasPrefix(c.text, "tags") {
				text, _, _ = strings.Cut(house, "tags:")
			}
			_, err := seed.Parse("test.yaml", []byte(text+c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant …%s…", err, c.want)
			}
		})
	}
}

// TestWithoutContent: a board of which nothing is said has what new boards have, but for the item.
func TestWithoutContent(t *testing.T) {
	t.Parallel()
	snap := parse(t, house+"boards: [{id: 30, name: B}]\n").Snapshot
	diff(t, "groups", []*work.Group{{Board: 30, ID: "topics", Title: "Group Title", Color: "#037f4c", Pos: work.PosStep, State: work.StateActive}}, snap.Groups)
	diff(t, "columns", []*work.Column{{Board: 30, ID: "name", Title: "Name", Type: column.Name, Settings: "{}", Pos: work.PosStep, State: work.StateActive, Revision: 1}}, snap.Columns)
	if len(snap.Items) != 0 || len(snap.Boards) != 1 || len(snap.Activity) != 4 {
		t.Errorf("%d items, %d boards, %d lines", len(snap.Items), len(snap.Boards), len(snap.Activity))
	}
}

// FuzzParse: whatever is wrong with a file, it is told.
func FuzzParse(f *testing.F) {
	f.Add(strings.Replace(boards, "item: Big wheel", "item: Wheel", 1))
	f.Add(house)
	f.Add("boards: [{name: B, items: [{name: A, subitems: [{name: S}], values: {a: {b: [1, ~, {}]}}}], columns: [{type: subtasks}]}]")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = seed.Parse("fuzz.yaml", []byte(text))
	})
}
