package work_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (d *desk) hook(event, config string) work.WebhookID {
	d.t.Helper()
	w, err := d.s.CreateWebhook(d.t.Context(), d.by, work.WebhookInput{Board: d.board, Event: event, URL: "https://example.com/" + event, Config: config})
	d.ok(err)
	return w.ID
}

// posted takes what is to be posted, by event.
func (d *desk) posted() map[work.WebhookID][]map[string]any {
	d.t.Helper()
	claimed, err := d.s.ClaimDeliveries(d.t.Context(), 1000)
	d.ok(err)
	out := map[work.WebhookID][]map[string]any{}
	for _, p := range claimed {
		var body struct{ Event map[string]any }
		d.ok(json.Unmarshal([]byte(p.Body), &body))
		out[p.Webhook] = append(out[p.Webhook], body.Event)
		d.ok(d.s.SettleDelivery(d.t.Context(), p, true))
	}
	return out
}

func TestWebhooksRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, in := range map[string]work.WebhookInput{
		"event":           {Event: "nonsense", URL: "https://a.b"},
		"no event":        {URL: "https://a.b"},
		"scheme":          {Event: "create_item", URL: "ftp://a.b"},
		"no scheme":       {Event: "create_item", URL: "a.b/c"},
		"no host":         {Event: "create_item", URL: "https:///c"},
		"port alone":      {Event: "create_item", URL: "https://:80/c"},
		"password":        {Event: "create_item", URL: "https://u:p@a.b"},
		"control":         {Event: "create_item", URL: "https://a.b/\n"},
		"long":            {Event: "create_item", URL: "https://a.b/" + strings.Repeat("x", 2048)},
		"config no JSON":  {Event: "create_item", URL: "https://a.b", Config: "columnId"},
		"config no map":   {Event: "create_item", URL: "https://a.b", Config: "[1]"},
		"no column":       {Event: "change_specific_column_value", URL: "https://a.b", Config: "{}"},
		"empty column":    {Event: "change_specific_column_value", URL: "https://a.b", Config: `{"columnId":""}`},
		"column a number": {Event: "change_specific_column_value", URL: "https://a.b", Config: `{"columnId":7}`},
		"no value":        {Event: "change_status_column_value", URL: "https://a.b", Config: `{"columnId":"status"}`},
		"no group":        {Event: "item_moved_to_specific_group", URL: "https://a.b"},
	} {
		in.Board = d.board
		_, err := d.s.CreateWebhook(t.Context(), d.by, in)
		wantCode(t, name, err, work.CodeInvalid)
	}
	_, err := d.s.CreateWebhook(t.Context(), d.by, work.WebhookInput{Board: 1 << 40, Event: "create_item", URL: "https://a.b"})
	wantCode(t, "no board", err, work.CodeNotFound)
	_, err = d.s.DeleteWebhook(t.Context(), d.by, 1<<40)
	wantCode(t, "no webhook", err, work.CodeNotFound)
	if v := d.view(); len(must(v.Webhooks(v.Board(d.board)))) > 0 {
		t.Error("there are webhooks")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The address is asked once the caller is known to be allowed, and what it says decides.
func TestChallenge(t *testing.T) {
	t.Parallel()
	var asked []string
	var says error
	d := newDesk(t, func(c *work.Config) {
		c.Challenge = func(_ context.Context, url string) error { asked = append(asked, url); return says }
	})
	_, err := d.s.CreateWebhook(t.Context(), as(t, d.s, visitor), work.WebhookInput{Board: d.board, Event: "create_item", URL: "https://a.b"})
	wantCode(t, "by a guest", err, work.CodeNotFound)
	if len(asked) > 0 {
		t.Errorf("asked %v for somebody who may not", asked)
	}
	says = &work.Error{Code: work.CodeInvalid, Field: "url", Msg: "no"}
	_, err = d.s.CreateWebhook(t.Context(), d.by, work.WebhookInput{Board: d.board, Event: "create_item", URL: "https://a.b"})
	if !errors.Is(err, says) || len(asked) != 1 {
		t.Errorf("refused: %v, asked %v", err, asked)
	}
	says = nil
	id := d.hook("create_item", "")
	v := d.view()
	list := must(v.Webhooks(v.Board(d.board)))
	if len(list) != 1 || list[0].ID != id || list[0].Secret != nil || len(asked) != 2 {
		t.Errorf("listed %+v, asked %v", list, asked)
	}
}

func TestWebhooksGetWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	d.column(column.Status, "status", "")
	d.column(column.Text, "text", "")
	d.column(column.Text, "note", "")
	item := d.item("before", "", "")
	group := d.group("Other")
	d.posted()
	hooks := map[string]work.WebhookID{
		"any column":   d.hook("change_column_value", ""),
		"text":         d.hook("change_specific_column_value", `{"columnId":"text"}`),
		"status 1":     d.hook("change_status_column_value", `{"columnId":"status","columnValue":{"index":1}}`),
		"any status":   d.hook("change_status_column_value", `{"columnId":"status","columnValue":{"$any$":true}}`),
		"any group":    d.hook("item_moved_to_any_group", ""),
		"other group":  d.hook("item_moved_to_specific_group", `{"groupId":"`+group+`"}`),
		"no group":     d.hook("item_moved_to_specific_group", `{"groupId":"nowhere"}`),
		"update":       d.hook("create_update", "null"),
		"edit":         d.hook("edit_update", ""),
		"delete":       d.hook("delete_update", ""),
		"subitem":      d.hook("create_subitem", ""),
		"subitem said": d.hook("create_subitem_update", ""),
		"item":         d.hook("create_item", ""),
	}
	got := func() map[string]int {
		posted, out := d.posted(), map[string]int{}
		for name, id := range hooks {
			if n := len(posted[id]); n > 0 {
				out[name] = n
			}
		}
		return out
	}
	var u *work.Update
	var sub work.ItemID
	for _, step := range []struct {
		what string
		call func() error
		want map[string]int
	}{
		{"text", func() error { return d.set(item, `{"text":"a"}`) }, map[string]int{"any column": 1, "text": 1}},
		{"text and note", func() error { return d.set(item, `{"text":"b","note":"c"}`) }, map[string]int{"any column": 2, "text": 1}},
		{"the same", func() error { return d.set(item, `{"text":"b"}`) }, map[string]int{}},
		{"status 0", func() error { return d.set(item, `{"status":{"index":0}}`) }, map[string]int{"any column": 1, "any status": 1}},
		{"status 1", func() error { return d.set(item, `{"status":{"index":1}}`) }, map[string]int{"any column": 1, "any status": 1, "status 1": 1}},
		{"no status", func() error { return d.set(item, `{"status":null}`) }, map[string]int{"any column": 1, "any status": 1}},
		{"group", func() error { return d.s.MoveItemToGroup(t.Context(), d.by, item, group) }, map[string]int{"any group": 1, "other group": 1}},
		{"update", func() error { u = d.say(item, "u"); return nil }, map[string]int{"update": 1}},
		{"reply", func() error { d.reply(u.ID, "r"); return nil }, map[string]int{"update": 1}},
		{"like", func() error { _, err := d.s.LikeUpdate(t.Context(), d.by, u.ID, ""); return err }, map[string]int{}},
		{"edit", func() error { _, err := d.s.EditUpdate(t.Context(), d.by, u.ID, "v"); return err }, map[string]int{"edit": 1}},
		{"delete", func() error { _, err := d.s.DeleteUpdate(t.Context(), d.by, u.ID); return err }, map[string]int{"delete": 1}},
		{"item", func() error { d.item("new", "", ""); return nil }, map[string]int{"item": 1}},
		{"subitem", func() (err error) {
			sub, err = d.s.CreateSubitem(t.Context(), d.by, item, work.ItemInput{Name: "sub"})
			return err
		}, map[string]int{"subitem": 1, "any column": 1}}, // the parent's column of subitems has changed
		{"subitem's update", func() error { d.say(sub, "u"); return nil }, map[string]int{"subitem said": 1}},
		{"another board", func() error { d.on(d.newBoard("b", work.Public)).item("x", "", ""); return nil }, map[string]int{}},
		{"refused", func() error {
			if err := d.set(item, `{"text":"z","status":{"index":-5}}`); err == nil {
				return errors.New("not refused")
			}
			return nil
		}, map[string]int{}},
	} {
		d.ok(step.call())
		same(t, step.what, got(), step.want)
	}
}

// What is posted has the members that the public documentation shows.
func TestPostedUpdate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	item := d.item("one", "", "")
	hook := d.hook("create_update", "")
	u := d.say(item, "<p>first</p>")
	r := d.reply(u.ID, "second")
	events := d.posted()[hook]
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	reply := events[0]
	if reply["replyId"] == nil {
		reply = events[1]
	}
	trigger, _ := reply["triggerUuid"].(string)
	if at, err := time.Parse("2006-01-02T15:04:05.000Z", reply["triggerTime"].(string)); err != nil || !at.Equal(r.CreatedAt.Truncate(time.Millisecond)) || len(trigger) != 32 {
		t.Errorf("triggerTime %v, triggerUuid %v", reply["triggerTime"], trigger)
	}
	delete(reply, "triggerTime")
	delete(reply, "triggerUuid")
	same(t, "a reply", reply, map[string]any{"app": "monday", "type": "create_update", "userId": float64(me), "originalTriggerUuid": nil,
		"boardId": float64(d.board), "pulseId": float64(item), "body": "second", "textBody": "second", "updateId": float64(u.ID),
		"replyId": float64(r.ID), "subscriptionId": float64(hook), "isRetry": false})
}

// Deliveries are announced, tried once a minute for half an hour, and forgotten.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	c := &clock{at: day}
	d := newDesk(t, func(cfg *work.Config) { cfg.Now = c.now })
	select {
	case <-d.s.Deliveries():
		t.Error("announced before there was any")
	default:
	}
	hook := d.hook("create_item", "")
	d.item("one", "", "")
	d.item("two", "", "")
	<-d.s.Deliveries() // one signal at least
	claim := func() []work.Posting { t.Helper(); return must(d.s.ClaimDeliveries(t.Context(), 10)) }
	first := claim()
	if len(first) != 2 || len(first[0].Secret) != 43 || string(first[0].Secret) != string(first[1].Secret) || first[0].Webhook != hook || first[0].Account != acct {
		t.Fatalf("claimed %+v", first)
	}
	if again := claim(); len(again) != 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	d.ok(d.s.SettleDelivery(t.Context(), first[1], true))
	tries := 1
	for d.ok(d.s.SettleDelivery(t.Context(), first[0], false)); ; tries++ {
		if len(claim()) != 0 {
			t.Fatalf("try %d: due again at once", tries)
		}
		c.add(time.Minute)
		due := claim()
		if len(due) == 0 {
			break
		}
		if len(due) != 1 || due[0].ID != first[0].ID || due[0].Tries != tries {
			t.Fatalf("try %d: %+v", tries, due)
		}
		d.ok(d.s.SettleDelivery(t.Context(), due[0], false))
	}
	if tries != 31 || len(d.store.Deliveries(acct)) != 0 {
		t.Errorf("given up after %d tries, %d left", tries, len(d.store.Deliveries(acct)))
	}

	d.item("three", "", "")
	if len(claim()) != 1 {
		t.Fatal("nothing to claim")
	}
	c.add(work.PostingClaim) // and never settled
	if len(claim()) != 1 {
		t.Error("what was claimed and not settled is not due again")
	}
	d.item("four", "", "")
	_, err := d.s.DeleteWebhook(t.Context(), d.by, hook)
	d.ok(err)
	c.add(work.PostingClaim)
	if due := claim(); len(due) != 0 || len(d.store.Deliveries(acct)) != 0 {
		t.Errorf("of a deleted webhook: %+v, %d left", due, len(d.store.Deliveries(acct)))
	}
}

// With another key the events still go out, unsigned by a secret that cannot be read.
func TestDeliveryWithAnotherKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.hook("create_item", "")
	d.item("one", "", "")
	other := serve(t, d.store, func(c *work.Config) { c.Key = []byte(strings.Repeat("k", 32)) })
	due := must(other.ClaimDeliveries(t.Context(), 10))
	if len(due) != 1 || due[0].Secret != nil {
		t.Errorf("claimed %+v", due)
	}
}

// A webhook tells its maker no more than the maker sees.
func TestWebhooksTellWhatTheirMakerSees(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	d.column(column.Text, "text", "")
	d.column(column.Text, "hidden", "")
	d.ok(d.s.RestrictColumn(t.Context(), d.by, d.board, "hidden", work.Restriction{Hidden: true}))
	own, peers := d.hook("change_column_value", ""), d.as(peer).hook("change_column_value", "")
	created := d.as(peer).hook("create_item", "")
	item := d.item("one", "", `{"text":"seen","hidden":"secret"}`)
	values := d.posted()[created][0]["columnValues"].(map[string]any)
	if len(values) != 1 || values["text"] == nil {
		t.Errorf("peer is told of a new item's %v", values)
	}
	d.ok(d.set(item, `{"text":"a","hidden":"b"}`))
	posted := d.posted()
	if len(posted[own]) != 2 || len(posted[peers]) != 1 || posted[peers][0]["columnId"] != "text" {
		t.Errorf("the owner is told %d, peer %v", len(posted[own]), posted[peers])
	}
	for _, a := range d.as(peer).log(work.ActivityFilter{Items: []work.ItemID{item}}) {
		if strings.Contains(a.Data, "secret") || a.Column == "hidden" {
			t.Errorf("peer reads %+v", a)
		}
	}
	if log := d.log(work.ActivityFilter{Items: []work.ItemID{item}}); !strings.Contains(log[len(log)-1].Data, "secret") {
		t.Errorf("the owner reads %+v", log[len(log)-1])
	}
	_, err := d.s.DeactivateUsers(t.Context(), d.by, []work.UserID{peer})
	d.ok(err)
	d.ok(d.set(item, `{"text":"c"}`))
	if posted := d.posted(); len(posted[own]) != 1 || len(posted[peers]) != 0 {
		t.Errorf("after the maker was deactivated: %v", posted)
	}
}

// The secret is for who made the webhook and for admins, and it is the one that signs.
func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hook := d.as(peer).hook("create_item", "")
	d.item("one", "", "")
	signs := string(must(d.s.ClaimDeliveries(t.Context(), 1))[0].Secret)
	for _, who := range []work.UserID{me, peer} {
		if told, err := d.s.WebhookSecret(t.Context(), d.as(who).by, hook); err != nil || told != signs {
			t.Errorf("user %d is told %q, %v; want %q", who, told, err, signs)
		}
	}
	_, err := d.s.WebhookSecret(t.Context(), d.as(far).by, hook)
	wantCode(t, "another member", err, work.CodeDenied)
	_, err = d.s.WebhookSecret(t.Context(), d.as(visitor).by, hook)
	wantCode(t, "a guest elsewhere", err, work.CodeNotFound)
	_, err = d.s.WebhookSecret(t.Context(), d.by, 1<<40)
	wantCode(t, "no webhook", err, work.CodeNotFound)
}
