package connector

import (
	"context"
	"errors"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// Check tries a token: whose it is, and what it reaches. A token that is not good, or whose user is no admin
// of the account, is a *Refused that says what to do; in the second case the account is told all the same.
func Check(ctx context.Context, cfg Config) (*Account, error) {
	x, err := newRun(cfg, nil, Sync)
	if err != nil {
		return nil, err
	}
	defer x.api.Close()
	if _, err := cfg.streams(); err != nil {
		return nil, err
	}
	d, err := x.read.directory(ctx)
	var failed *mondayapi.Error
	if errors.As(err, &failed) {
		switch failed.Kind {
		case mondayapi.Unauthorized:
			return nil, &Refused{Field: "auth_token", Code: "unauthorized",
				Msg: "auth_token: the service does not take this token (" + failed.Message + "). " + newToken}
		case mondayapi.Forbidden:
			return nil, &Refused{Field: "auth_token", Code: "forbidden",
				Msg: "auth_token: the token may not read the account (" + failed.Message + "). Give it the scopes that are named, or use a personal token, which has them all."}
		}
	}
	if err != nil {
		return nil, err
	}
	a := d.Account
	a.Lost = d.Lost
	if err := x.read.probe(ctx); err != nil {
		return nil, err
	}
	if a.DailyLimit, err = x.read.dailyLimit(ctx); err != nil {
		return nil, err
	}
	ask := boardsAsk{Limit: boardsAtOnce, IDs: cfg.Boards}
	seen := map[string]bool{}
	for ask.Page = 1; ; ask.Page++ {
		list, lost, err := x.read.boards(ctx, ask)
		if x.read.scopes.lacks("boards:read") {
			break
		}
		if err != nil {
			return nil, err
		}
		a.Lost = append(a.Lost, lost...)
		for _, b := range list {
			if b.State != "deleted" {
				seen[b.ID] = true
			}
		}
		if len(list)+len(lost) < ask.Limit || cfg.Boards != nil {
			break
		}
	}
	a.Boards = len(seen)
	for _, id := range cfg.Boards {
		if !seen[id] && !x.read.scopes.lacks("boards:read") {
			a.Lost = append(a.Lost, Problem{Kind: "board_lost", Board: id, Message: "The board " + id + " cannot be seen with this token.",
				Remedy: "Give the token's user access to it, or leave it out."})
		}
	}
	a.Lost = append(a.Lost, x.read.scopes.problems()...)
	for _, s := range Streams() {
		if x.read.scopes.unread(s) {
			a.Unread = append(a.Unread, s.Name)
		}
	}
	if !a.Admin {
		return &a, &Refused{Field: "auth_token", Code: "not_admin", Msg: "auth_token: " + a.noAdmin() + ". " + admitAdmin}
	}
	return &a, nil
}

// What to do about a token.
const (
	newToken   = "Copy it again, or make a new one: as an admin under Administration, Connections, API; otherwise under Developers, My Access Tokens."
	admitAdmin = "Obtain admin rights there, or let an admin of that account make the connection with a token of theirs."
)

func (a *Account) noAdmin() string {
	return fmt.Sprintf("%s is no admin of the account %s", a.UserName, a.Name)
}

// probe asks for what only comes with other things, so that a check knows whether the token may read it.
func (r *reader) probe(ctx context.Context) error {
	_, err := r.ask(ctx, "probe", map[string]any{"ids": []string{"0"}}, &struct{}{})
	if tooMuch(err) || isKind(err, mondayapi.Forbidden, mondayapi.Invalid) { // it was only a question
		return nil
	}
	return err
}
