package seed

import (
	"html"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// update makes an update on an item, with its replies.
func (b *builder) update(it *work.Item, in *updateSeed) {
	u := b.written(it, in.at, in.ID, in.By, in.At, in.Body, in.Likes)
	u.Pinned = in.Pinned
	for i := range in.Replies {
		r := &in.Replies[i]
		if r.At.IsZero() {
			r.At = u.UpdatedAt
		}
		reply := b.written(it, r.at, r.ID, r.By, r.At, r.Body, r.Likes)
		reply.Parent = u.ID
		if reply.CreatedAt.Before(u.CreatedAt) {
			b.add(r.at, "at: a reply comes after what it replies to")
		}
		if reply.CreatedAt.After(u.UpdatedAt) {
			u.UpdatedAt = reply.CreatedAt
		}
	}
}

func (b *builder) written(it *work.Item, at place, id id, by ref, when time.Time, body string, likes []likeSeed) *work.Update {
	if strings.TrimSpace(body) == "" {
		b.add(at, "body: a text is needed")
	}
	if when.IsZero() {
		when = it.CreatedAt
	}
	u := &work.Update{ID: work.UpdateID(id), Item: it.ID, Board: it.Board, Creator: orElse(find(b, &b.users, by), it.Creator), Body: paragraphs(body),
		CreatedAt: when, EditedAt: when, UpdatedAt: when}
	for _, l := range likes {
		b.likes++
		like := work.Like{ID: b.likes, User: find(b, &b.users, l.By), Reaction: l.Reaction, CreatedAt: l.At}
		if !l.By.given() {
			b.add(l.at, "by: somebody likes it")
		}
		if l.At.IsZero() {
			like.CreatedAt = when
		}
		u.Likes = append(u.Likes, like)
	}
	b.snap.Updates = append(b.snap.Updates, u)
	return u
}

// paragraphs is plain text as updates hold it. Tags in it are text like any other: a seed may come
// from anywhere.
func paragraphs(text string) string {
	var w strings.Builder
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		w.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(strings.TrimSpace(p)), "\n", "<br>") + "</p>")
	}
	return w.String()
}
