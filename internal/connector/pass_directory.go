package connector

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// passDirectory reads what is not on boards: account, people, teams, workspaces, folders, tags. They are
// whole tables, so what a complete list no longer has is gone; lists that show rows by id are asked for it
// by id first, since a page can lack what a service under load forgot.
func (x *run) passDirectory(ctx context.Context) error {
	started := x.cfg.Now()
	d, err := x.read.directory(ctx)
	if err != nil {
		return err
	}
	x.began = x.api.Clock(started).UTC()
	x.report.Version = d.Account.Version
	if x.source.AccountID != "" && x.source.AccountID != d.Account.ID {
		return &Refused{Field: "auth_token", Code: "other_account", Msg: fmt.Sprintf(
			"auth_token: the token is of the account %s (%s), and the destination holds the account %s (%s). Give a token of that account, or another destination.",
			d.Account.ID, d.Account.Name, x.source.AccountID, x.source.AccountName)}
	}
	for _, p := range d.Lost {
		x.problem(p)
	}
	if !d.Account.Admin {
		x.problem(Problem{Kind: "forbidden", Message: d.Account.noAdmin() + ": what only admins see is not read.", Remedy: admitAdmin})
	}
	if err := x.learnLimit(ctx); err != nil {
		return err
	}
	gone, err := x.vanished(ctx, d)
	if err != nil {
		return err
	}
	x.startDate()
	if d.Names != "" && x.mark.Names != "" && x.mark.Names != d.Names {
		if err := x.renamed(ctx, d); err != nil {
			return err
		}
	}
	x.source = source{AccountID: d.Account.ID, AccountName: d.Account.Name, StartDate: x.cfg.StartDate}
	names := x.mark.Names
	if d.Names != "" {
		names = d.Names
	}
	err = x.commit(ctx, func(b *Batch) error {
		b.Rows = d.Rows
		b.Gone = gone
		for s, of := range map[*Stream]*Stream{teamMembersStream: teamsStream, workspaceMembersStream: workspacesStream} {
			if d.Whole[s] {
				b.Gone = append(b.Gone, membersGone(s, of, d, gone, b.ReadAt))
			}
		}
		x.mark.Names = names
		b.remember(sourceKey, x.source)
		b.remember(markKey, x.mark)
		for id, board := range x.boards {
			b.remember(boardKey+id, board)
		}
		return nil
	})
	x.cfg.Progress(Progress{Pass: "directory", Done: 1, Total: 1, Calls: x.calls.Load(), End: true})
	return err
}

// membersGone are the members of teams, or of workspaces, that were not in the list. Of one that the list
// forgot nothing is known.
func membersGone(s, of *Stream, d *directoryRead, gone []Gone, before time.Time) Gone {
	g := Gone{Stream: s, Before: before}
	if len(d.Forgot[of]) == 0 {
		return g
	}
	g.By = s.Key[0]
	for _, row := range d.Rows[of] {
		g.Values = append(g.Values, row[of.At(of.Key[0])].(string))
	}
	for _, old := range gone {
		if old.Stream == of {
			g.Values = append(g.Values, old.Values...)
		}
	}
	return g
}

// learnLimit asks once a day how many calls the plan allows.
func (x *run) learnLimit(ctx context.Context) error {
	x.spent.Lock()
	known := x.ledger.Asked
	x.spent.Unlock()
	if known || x.cfg.CallCap > 0 {
		return nil
	}
	limit, err := x.read.dailyLimit(ctx)
	if err != nil {
		return err
	}
	x.spent.Lock()
	x.ledger.Limit, x.ledger.Asked = limit, true
	x.spent.Unlock()
	return nil
}

// vanished are the rows of whole lists that were not in them, and are not there by id either.
func (x *run) vanished(ctx context.Context, d *directoryRead) (gone []Gone, err error) {
	for _, s := range []*Stream{usersStream, teamsStream, workspacesStream, foldersStream, tagsStream} {
		if !d.Whole[s] || !x.keep[s] {
			continue
		}
		seen := map[string]bool{}
		id := s.At(s.Key[0])
		for _, row := range d.Rows[s] {
			seen[row[id].(string)] = true
		}
		var missing []string
		err := x.lookup(ctx, s, s.Key[:1], "", nil, func(row Row) error {
			if id := row[0].(string); !seen[id] {
				missing = append(missing, id)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(missing) == 0 {
			continue
		}
		there, err := x.read.present(ctx, s, missing)
		if err != nil {
			return nil, err
		}
		d.Forgot[s] = there
		missing = slices.DeleteFunc(missing, func(id string) bool { return there[id] })
		gone = append(gone, Gone{Stream: s, By: s.Key[0], Values: missing})
	}
	return gone, nil
}

// startDate compares start_date with that of the run before. When it is earlier now, the boards are read
// from it: what is missing is found by stamps. When it is later, what is there stays.
func (x *run) startDate() {
	for _, b := range x.boards {
		if b.From.After(x.cfg.StartDate) && b.Phase != phaseLog {
			b.Phase, b.Cursor, b.Page, b.Stamps, b.UpdatesAt, b.Listed = phaseLog, "", 0, !b.Again, time.Time{}, false
		}
		if x.cfg.StartDate.Before(b.From) || b.Phase != phaseDone { // the rest is read with another
			b.From = x.cfg.StartDate
		}
	}
}

// nameTypes are the columns whose texts are names of people, teams and tags.
var nameTypes = []string{"people", "person", "multiple-person", "team", "tags", "tag", "creation_log", "last_updated", "item_assignees", "vote"}

// renamed lets the boards be read again whose texts are made of names, if one that was there is another now
// or gone: that moves neither the log nor the times of their items. One that is new is in no text yet.
func (x *run) renamed(ctx context.Context, d *directoryRead) error {
	changed := false
	for _, s := range []*Stream{usersStream, teamsStream, tagsStream} {
		changed = changed || !x.keep[s] // what it was is not known
		id, name := s.At("id"), s.At("name")
		now := make(map[any]any, len(d.Rows[s]))
		for _, row := range d.Rows[s] {
			now[row[id]] = row[name]
		}
		err := x.lookup(ctx, s, []string{"id", "name"}, "", nil, func(row Row) error {
			is, there := now[row[0]]
			changed = changed || !there && !d.Forgot[s][row[0].(string)] || there && is != row[1]
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, b := range x.boards {
		if changed && slices.ContainsFunc(nameTypes, func(t string) bool { return slices.Contains(b.Types, t) }) {
			b.Changed = x.began
			b.again()
		}
	}
	return nil
}

// again begins to read a board's items anew, all of them.
func (b *board) again() {
	b.Again = b.Again || b.Phase != phaseLog || !b.ReadAt.IsZero()
	if b.Phase != phaseLog {
		b.Phase = phaseItems
	}
	b.Cursor, b.Page, b.Stamps = "", 0, false
}

// anew begins to read all of a board anew: its log, its items, what was written about them.
func (b *board) anew() {
	b.again()
	b.Phase, b.UpdatesAt, b.Listed = phaseLog, time.Time{}, false
}

// lookup is live for callers that do not write.
func (x *run) lookup(ctx context.Context, s *Stream, fields []string, by string, values []string, yield func(Row) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.live(ctx, s, fields, by, values, yield)
}
