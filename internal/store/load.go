package store

import (
	"context"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// A reader runs a query, scans every row into dest and calls each after it: what both databases have
// in common.
type reader interface {
	query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error
}

// A loader reads one account. Its first error stays and makes the rest of it do nothing.
type loader struct {
	ctx context.Context
	db  reader
	id  work.AccountID
	err error

	roles          words[work.Role]
	statuses       words[work.Status]
	states         words[work.State]
	workspaceKinds words[work.WorkspaceKind]
	boardKinds     words[work.BoardKind]
	permissions    words[work.BoardPermission]
}

// load reads an account from db, whose queries must all see the same state.
func load(ctx context.Context, db reader, id work.AccountID) (*work.Snapshot, error) {
	l := &loader{ctx: ctx, db: db, id: id}
	snap := new(work.Snapshot)
	l.account(snap)
	snap.Users = l.users()
	snap.Teams = l.teams()
	snap.Workspaces = l.workspaces()
	snap.Boards = l.boards()
	snap.Tokens = l.tokens()
	snap.Memberships = l.memberships()
	snap.WorkspaceUsers = l.workspaceUsers()
	snap.WorkspaceTeams = l.workspaceTeams()
	snap.BoardUsers = l.boardUsers()
	snap.BoardTeams = l.boardTeams()
	if l.err != nil {
		return nil, l.err
	}
	return snap, nil
}

func (l *loader) query(sql string, each func() error, dest ...any) {
	if l.err == nil {
		l.err = l.db.query(l.ctx, sql, []any{int64(l.id)}, each, dest...)
	}
}

func (l *loader) each(t *table, each func() error, dest ...any) { l.query(t.sel, each, dest...) }

// subscribers reads a table of who is in what.
func (l *loader) subscribers(t *table, add func(in, who int64, owner bool)) {
	var in, who int64
	var owner bool
	l.each(t, func() error {
		add(in, who, owner)
		return nil
	}, &in, &who, &owner)
}

// words keeps one copy of each of the few words a column holds, instead of one a row.
type words[T ~string] map[T]T

func (w *words[T]) of(s T) T {
	if *w == nil {
		*w = make(words[T])
	}
	if have, ok := (*w)[s]; ok {
		return have
	}
	(*w)[s] = s
	return s
}
