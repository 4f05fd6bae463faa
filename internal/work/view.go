package work

import (
	"context"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
)

// View is an account as one caller sees it, as of one moment. What the caller may not see is not in
// it. It is made for one request and not safe for concurrent use; the rows it returns are shared and
// must not be written to. Slices are the caller's own unless said otherwise.
type View struct {
	ctx  context.Context // of the request the view is made for
	acct *account
	now  time.Time
	img  *Image
	more map[BoardID]*content // boards that were loaded for this view
	zone uint64               // see zoneClass
	me   *User
	role perm.Role
	met  map[UserID]bool // whom a guest meets; made when first asked for

	boards   map[BoardID]*shown // see shown
	last     *shown
	means    *column.Env      // see env
	recent   []*Item          // listed since links were last followed
	links    map[ItemID]*Item // what cells link to; nil where the caller does not see it
	deep     int              // of mirrors within mirrors
	fault    error            // of the database, while values were worked out
	assetURL func(AssetID) string
}

// View returns the account as the caller sees it now: with everything that anybody committed before
// Authenticate or As let the caller in, and everything this process has committed since.
func (s *Service) View(ctx context.Context, by Caller) (*View, error) {
	if by.acct == nil {
		return nil, &Error{Code: CodeUnauthenticated, Msg: "Not authenticated"}
	}
	img := by.acct.image.Load()
	me, ok := img.users.get(by.user)
	if !ok || me.Status != Active {
		return nil, accessDenied(me)
	}
	return &View{ctx: ctx, acct: by.acct, now: s.now(), img: img, me: me, role: me.role()}, nil
}

// commit submits a decision for the caller's account. Who has not accepted an invitation decides nothing.
func (s *Service) commit(ctx context.Context, by Caller, decide func(*tx) error) error {
	if by.acct == nil {
		return &Error{Code: CodeUnauthenticated, Msg: "Not authenticated"}
	}
	by.pending = false
	return by.acct.submit(ctx, by, decide)
}

// Seq is the moment the view is of.
func (v *View) Seq() Seq { return v.img.Seq }

// Me is the caller.
func (v *View) Me() *User { return v.me }

// Account is the caller's account.
func (v *View) Account() *Account { return v.img.Account }

// ActiveMembers counts the active users who are neither viewers nor guests. It is not ok for guests,
// who see only some of them.
func (v *View) ActiveMembers() (n int, ok bool) {
	if v.role == perm.Guest {
		return 0, false
	}
	for u := range v.img.users.all() {
		if u.Status == Active && u.Role != Viewer && u.Role != Guest {
			n++
		}
	}
	return n, true
}

// Class tells apart callers who see different things of the users, teams and workspaces that any row
// leads to: 0 are those who see them all, others are a class of their own. What is derived from such
// rows may be kept for callers of the same class, as long as Seq stays.
func (v *View) Class() uint64 {
	if v.role == perm.Guest {
		return uint64(v.me.ID)
	}
	if perm.Allow(v.role, perm.WorkspaceRead, 0) {
		return 0
	}
	for _, w := range v.img.closed() {
		if !v.seesWorkspace(w) {
			return uint64(v.me.ID)
		}
	}
	return 0
}

// May decides about the caller itself, for actions that have no target.
func (v *View) May(a perm.Action) error { return allow(v.me, a, 0) }

// Roles lists the roles that users of the account can have. Permission account.roles.
func (v *View) Roles() ([]Role, error) {
	if err := v.May(perm.RolesRead); err != nil {
		return nil, err
	}
	return []Role{Admin, Member, Viewer, Guest}, nil
}

// Count tells the size of the account, for metrics and reports: users, teams, workspaces, boards.
func (v *View) Count() (users, teams, workspaces, boards int) {
	return v.img.users.len(), v.img.teams.len(), v.img.workspaces.len(), v.img.boards.len()
}

// Page is which part of a list is asked for.
type Page struct {
	Limit  int // below 0: no limit
	Number int // from 1; 0 is 1
}

// All asks for the whole list.
var All = Page{Limit: -1}

// check refuses pages that cannot be.
func (p Page) check() error {
	if p.Number < 0 {
		return invalid("page", "page must be 1 or more, not %d", p.Number)
	}
	return nil
}

// pager takes rows one by one and keeps those of the page.
type pager[T any] struct {
	skip, left int
	rows       []T
}

func newPager[T any](p Page, size int) *pager[T] {
	before := max(p.Number, 1) - 1
	switch {
	case p.Limit < 0 && before == 0:
		return &pager[T]{left: -1, rows: make([]T, 0, size)}
	case p.Limit <= 0 || before > size/p.Limit: // not multiplied: the product may be too large
		return &pager[T]{rows: []T{}} // nothing comes after everything
	}
	return &pager[T]{skip: before * p.Limit, left: p.Limit, rows: make([]T, 0, min(p.Limit, size-before*p.Limit))}
}

// full reports that the page needs no more rows.
func (p *pager[T]) full() bool { return p.left == 0 }

func (p *pager[T]) add(row T) {
	if p.skip > 0 {
		p.skip--
		return
	}
	p.rows = append(p.rows, row)
	if p.left > 0 {
		p.left--
	}
}
