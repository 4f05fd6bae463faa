package work_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func TestNotifications(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	item := d.item("one", "", "")
	u := d.say(item, "u")
	hidden := d.on(d.newBoard("hidden", work.Private))
	secret := hidden.say(hidden.item("two", "", ""), "u")
	_, err := d.s.DeactivateUsers(t.Context(), d.by, []work.UserID{far})
	d.ok(err)
	for i, c := range []struct {
		by   work.UserID
		in   work.NotificationInput
		want work.Code
	}{
		{me, work.NotificationInput{User: peer, Text: "item", TargetID: int64(item), TargetType: work.TargetProject}, ok},
		{me, work.NotificationInput{User: peer, Text: "board", TargetID: int64(d.board), TargetType: work.TargetProject}, ok},
		{me, work.NotificationInput{User: peer, Text: "update", TargetID: int64(u.ID), TargetType: work.TargetUpdate}, ok},
		{peer, work.NotificationInput{User: me, Text: "back", TargetID: int64(u.ID), TargetType: work.TargetUpdate}, ok},
		{me, work.NotificationInput{User: peer, TargetID: int64(item), TargetType: work.TargetProject}, work.CodeInvalid},
		{me, work.NotificationInput{User: peer, Text: strings.Repeat("x", 5001), TargetID: int64(item), TargetType: work.TargetProject}, work.CodeInvalid},
		{me, work.NotificationInput{User: peer, Text: "t", TargetID: int64(item), TargetType: "Item"}, work.CodeInvalid},
		{me, work.NotificationInput{User: far, Text: "t", TargetID: int64(item), TargetType: work.TargetProject}, work.CodeInvalid},
		{me, work.NotificationInput{User: 1 << 40, Text: "t", TargetID: int64(item), TargetType: work.TargetProject}, work.CodeNotFound},
		{me, work.NotificationInput{User: peer, Text: "t", TargetID: 1 << 40, TargetType: work.TargetProject}, work.CodeNotFound},
		{me, work.NotificationInput{User: peer, Text: "t", TargetID: int64(item), TargetType: work.TargetUpdate}, work.CodeNotFound},
		{peer, work.NotificationInput{User: me, Text: "t", TargetID: int64(hidden.board), TargetType: work.TargetProject}, work.CodeNotFound},
		{peer, work.NotificationInput{User: me, Text: "t", TargetID: int64(secret.Item), TargetType: work.TargetProject}, work.CodeNotFound},
		{peer, work.NotificationInput{User: me, Text: "t", TargetID: int64(secret.ID), TargetType: work.TargetUpdate}, work.CodeNotFound},
		{visitor, work.NotificationInput{User: me, Text: "t", TargetID: int64(item), TargetType: work.TargetProject}, work.CodeNotFound},
	} {
		n, err := d.s.Notify(t.Context(), as(t, d.s, c.by), c.in)
		wantCode(t, fmt.Sprint(i, " ", c.in.Text), err, c.want)
		if err == nil && (n.From != c.by || n.User != c.in.User || n.Text != c.in.Text || n.ID == 0) {
			t.Errorf("%d: %+v", i, n)
		}
	}
	bell := func(who work.UserID, limit int) (out []string) {
		for _, n := range must(d.s.Notifications(t.Context(), as(t, d.s, who), limit)) {
			out = append(out, n.Text)
		}
		return out
	}
	same(t, "peer's", bell(peer, 10), []string{"update", "board", "item"})
	same(t, "the newest", bell(peer, 1), []string{"update"})
	same(t, "none", bell(peer, 0), []string(nil))
	same(t, "me's", bell(me, 10), []string{"back"})
	if _, err := d.s.Notifications(t.Context(), work.Caller{}, 1); codeOf(err) != work.CodeUnauthenticated {
		t.Errorf("nobody's: %v", err)
	}
}
