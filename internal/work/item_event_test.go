package work_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// The log says what the real one was seen to say, member by member.
func TestLogSpeaksAsTheRealOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id, err := d.s.CreateBoard(t.Context(), d.by, work.BoardInput{Name: "Test Board", Kind: work.Private})
	d.ok(err)
	d = d.on(id)
	item := d.view()
	page, err := item.ItemsPage(item.Board(id), work.ItemQuery{}, 1)
	d.ok(err)
	want := map[string]string{
		"create_pulse": fmt.Sprintf(`{"board_id":%d,"group_id":"topics","group_name":"Group Title","group_color":"#037f4c","is_top_group":true,"pulse_id":%d,"pulse_name":"Task 1","column_values_json":"{}"}`,
			id, page.Items[0].ID),
		"board_workspace_id_changed": fmt.Sprintf(`{"board_id":%d,"value":{"workspace_id":1},"previous_value":{"workspace_id":null}}`, id),
		"update_board_name":          fmt.Sprintf(`{"board_id":%d,"board_name":"Test Board","value":{"name":"Test Board"},"previous_value":{"name":null}}`, id),
		"create_column":              fmt.Sprintf(`{"board_id":%d,"column_id":"name","column_title":"Name","column_type":"name"}`, id),
		"create_group":               fmt.Sprintf(`{"board_id":%d,"group_id":"topics","group_title":"Group Title","group_color":"#037f4c"}`, id),
	}
	d.ok(d.store.Activity(t.Context(), acct, work.ActivityQuery{Board: id}, func(a *work.Activity) bool {
		var got, meant any
		d.ok(json.Unmarshal([]byte(a.Data), &got))
		d.ok(json.Unmarshal([]byte(want[a.Event]), &meant))
		same(t, a.Event, got, meant)
		if a.User != me || a.Entity != map[bool]string{true: "pulse", false: "board"}[a.Event == "create_pulse"] {
			t.Errorf("%s: %+v", a.Event, a)
		}
		delete(want, a.Event)
		return true
	}))
	if len(want) > 0 {
		t.Errorf("not in the log: %v", want)
	}
}

// calls are the payloads that webhooks are to be sent, by the webhook's event.
func (d *desk) calls(hooks map[work.WebhookID]string) map[string][]map[string]any {
	d.t.Helper()
	got, err := d.s.ClaimDeliveries(d.t.Context(), 1000)
	d.ok(err)
	out := map[string][]map[string]any{}
	for _, p := range got {
		var body struct{ Event map[string]any }
		d.ok(json.Unmarshal([]byte(p.Body), &body))
		out[hooks[p.Webhook]] = append(out[hooks[p.Webhook]], body.Event)
	}
	return out
}

func TestWhatWebhooksHear(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := t.Context()
	d.column(column.Status, "status", "")
	d.column(column.Text, "note", "")
	g := d.group("Other")
	hooks := map[work.WebhookID]string{}
	for _, event := range []string{"create_item", "create_subitem", "change_name", "change_subitem_name", "change_column_value", "change_status_column_value",
		"change_subitem_column_value", "item_moved_to_any_group", "item_archived", "item_deleted", "subitem_deleted", "create_column"} {
		in := work.WebhookInput{Board: d.board, Event: event, URL: "https://example.com/"}
		if event == "change_status_column_value" {
			in.Config = `{"columnId":"status","columnValue":{"$any$":true}}`
		}
		w, err := d.s.CreateWebhook(ctx, d.by, in)
		d.ok(err)
		hooks[w.ID] = event
	}
	heard := func(what string, want ...string) map[string][]map[string]any {
		t.Helper()
		got := d.calls(hooks)
		var events []string
		for event, calls := range got {
			for range calls {
				events = append(events, event)
			}
		}
		slices.Sort(events)
		slices.Sort(want)
		if !slices.Equal(events, want) {
			t.Errorf("%s: heard %q, want %q", what, events, want)
		}
		return got
	}
	is := func(event map[string]any, want map[string]any) {
		t.Helper()
		for key, v := range want {
			if fmt.Sprint(event[key]) != fmt.Sprint(v) {
				t.Errorf("%s: %v, want %v", key, event[key], v)
			}
		}
	}
	float := func(id work.ItemID) float64 { return float64(id) }

	item := d.item("one", "topics", `{"note":"n"}`)
	is(heard("a new item", "create_item")["create_item"][0], map[string]any{"type": "create_pulse", "pulseId": float(item), "pulseName": "one", "groupId": "topics",
		"groupName": "Group Title", "isTopGroup": false, "columnValues": map[string]any{"note": map[string]any{"value": "n"}}, "boardId": float64(d.board), "userId": float64(me)})
	d.ok(d.set(item, `{"status":"Done","note":"m"}`))
	got := heard("two values", "change_column_value", "change_column_value", "change_status_column_value")
	status := got["change_status_column_value"][0]
	is(status, map[string]any{"type": "update_column_value", "columnId": "status", "columnType": "color", "previousValue": nil, "pulseName": "one"})
	if label := status["value"].(map[string]any)["label"].(map[string]any); label["text"] != "Done" || label["index"] != 1.0 || label["is_done"] != true {
		t.Errorf("label %v", label)
	}
	d.ok(d.set(item, `{"name":"uno"}`))
	is(heard("a name", "change_name")["change_name"][0], map[string]any{"type": "update_name", "value": map[string]any{"name": "uno"}, "previousValue": map[string]any{"name": "one"}})
	d.ok(d.s.MoveItemToGroup(ctx, d.by, item, g))
	is(heard("a move", "item_moved_to_any_group")["item_moved_to_any_group"][0], map[string]any{"type": "move_pulse_into_group", "sourceGroupId": "topics", "destGroupId": g})

	sub, err := d.s.CreateSubitem(ctx, d.by, item, work.ItemInput{Name: "sub"})
	d.ok(err)
	// With the first subitem the board gets a column for them, whose value changes too.
	is(heard("a subitem", "create_column", "create_subitem", "change_column_value")["create_subitem"][0],
		map[string]any{"type": "create_pulse", "itemId": float(sub), "parentItemId": item.String(), "parentItemBoardId": d.board.String(), "groupName": "Subitems"})
	below := d.on(d.get(sub).Board)
	d.ok(below.set(sub, `{"status":"Done"}`))
	heard("a subitem's value", "change_subitem_column_value")
	d.ok(below.set(sub, `{"name":"s"}`))
	heard("a subitem's name", "change_subitem_name")
	d.ok(d.s.DeleteItem(ctx, d.by, item))
	is(heard("all goes", "item_deleted", "subitem_deleted")["item_deleted"][0], map[string]any{"type": "delete_pulse", "itemId": float(item), "itemName": "uno"})
}

// Positions stay in the order that rows were put in, however often into the same place.
func TestSlot(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		var pos []int64
		var order []int
		moves := 0
		for i := range 600 {
			at := r.IntN(len(pos) + 1)
			if seed%2 == 0 && i > 2 { // always into the same place
				at = 2
			}
			p, from, moved := work.Slot(pos, at)
			moves += len(moved)
			copy(pos[from:], moved)
			pos, order = slices.Insert(pos, at, p), slices.Insert(order, at, i)
			if !slices.IsSortedFunc(pos, func(a, b int64) int {
				if a < b {
					return -1
				}
				return 1
			}) {
				t.Fatalf("seed %d, row %d at %d: %v", seed, i, at, pos)
			}
		}
		if moves > 600*40 {
			t.Errorf("seed %d: %d rows had to move", seed, moves)
		}
	}
	// Rows that all stand at the same place are moved apart.
	p, from, moved := work.Slot([]int64{5, 5, 5}, 1)
	if from != 0 || len(moved) != 3 || !(moved[0] < p && p < moved[1] && moved[1] < moved[2]) {
		t.Errorf("%d, %d, %v", p, from, moved)
	}
}
