package store

import (
	"context"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// A reader runs a query, scans every row into dest and calls each after it: what both databases have
// in common.
type reader interface {
	query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error
	// oneOf is the condition that a column is one of a list, which is parameter n, and the parameter.
	oneOf(column string, n int, list any) (condition string, arg any)
}

// A loader reads rows of one account. Its first error stays and makes the rest of it do nothing.
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
	tokenKinds     words[work.TokenKind]
	boardTypes     words[work.BoardType]
	texts          words[string]
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
	snap.Credentials = l.credentials()
	snap.Identities = l.identities()
	snap.Memberships = l.memberships()
	snap.WorkspaceUsers = l.workspaceUsers()
	snap.WorkspaceTeams = l.workspaceTeams()
	snap.BoardUsers = l.boardUsers()
	snap.BoardTeams = l.boardTeams()
	snap.Folders = l.folders()
	snap.Tags = l.tags()
	snap.Webhooks = l.webhooks()
	snap.Docs = l.docs()
	snap.DataSources = l.dataSources()
	if l.err != nil {
		return nil, l.err
	}
	return snap, nil
}

// query runs sql, whose parameters are the account and args.
func (l *loader) query(sql string, args []any, each func() error, dest ...any) {
	if l.err == nil {
		l.err = l.db.query(l.ctx, sql, append([]any{int64(l.id)}, args...), each, dest...)
	}
}

// each reads a table.
func (l *loader) each(t *table, each func() error, dest ...any) { l.query(t.sel, nil, each, dest...) }

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
