package work

import (
	"context"
	"fmt"
	"slices"
)

// Dump is an image laid out to be compared.
type Dump struct {
	Seq        Seq
	Account    Account
	Users      []User
	Teams      []Team
	Workspaces []Workspace
	Boards     []Board
	Tokens     []Token
	Folders    []Folder
	Tags       []Tag
	Webhooks   []Webhook
	Docs       []Doc
	Sources    []DataSource
	Passwords  []Credential
	Identities []Identity
	ByAge      []int64 // users, workspaces, boards
	Emails     []string
}

// ImageOf is the current image of the caller's account.
func ImageOf(c Caller) *Image { return c.acct.image.Load() }

// NewImage is newImage.
func NewImage(s *Snapshot) *Image { return newImage(s) }

// Replay applies batches to a copy of the image.
func (img *Image) Replay(batches []Batch) *Image {
	next := *img
	for _, b := range batches {
		for _, c := range b.Changes {
			next.apply(c)
		}
		next.Seq = b.Seq
	}
	return &next
}

// Dump lays the image out.
func (img *Image) Dump() Dump {
	d := Dump{Seq: img.Seq, Account: *img.Account, Users: rows(&img.users), Teams: rows(&img.teams),
		Workspaces: rows(&img.workspaces), Boards: rows(&img.boards), Tokens: rows(&img.tokens),
		Folders: rows(&img.folders), Tags: rows(&img.tags), Webhooks: rows(&img.webhooks), Docs: rows(&img.docs), Sources: rows(&img.sources),
		Passwords: rows(&img.credentials)}
	for i := range img.identities.all() {
		d.Identities = append(d.Identities, *i)
	}
	for i := range d.Tokens {
		d.Tokens[i].LastUsed = d.Tokens[i].CreatedAt // recorded outside transactions
	}
	for u := range img.usersByAge.all() {
		d.ByAge = append(d.ByAge, int64(u.ID))
	}
	for w := range img.workspaceAge.down() {
		d.ByAge = append(d.ByAge, int64(w.ID))
	}
	for b := range img.boardsByAge.all() {
		d.ByAge = append(d.ByAge, int64(b.ID))
	}
	for i, c := range img.emails.chunks {
		for j, key := range c.keys {
			d.Emails = append(d.Emails, fmt.Sprint(key, " ", img.emails.chunks[i].vals[j]))
		}
	}
	return d
}

func rows[K ~int64, V any](t *table[K, *V]) (out []V) {
	for r := range t.all() {
		out = append(out, *r)
	}
	return out
}

// Faults are the invariants that the image breaks.
func (img *Image) Faults() (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	age := func(what string, n, m int) {
		if n != m {
			bad("%d %s, %d by age", n, what, m)
		}
	}
	age("users", img.users.len(), img.usersByAge.len())
	age("workspaces", img.workspaces.len(), img.workspaceAge.len())
	age("boards", img.boards.len(), img.boardsByAge.len())
	age("users by e-mail", img.users.len(), img.emails.len())
	last := func(kind string, id int64) {
		if id > img.Account.LastID {
			bad("%s %d is above the last id %d", kind, id, img.Account.LastID)
		}
	}
	for u := range img.users.all() {
		last("user", int64(u.ID))
		if id, ok := img.emails.get(emailKey(u.Email)); !ok || id != u.ID {
			bad("the address of user %d finds %d", u.ID, id)
		}
		if same, _ := img.usersByAge.get(userAge(u)); same != u {
			bad("user %d is another one by age", u.ID)
		}
		if !ascending(u.Teams, func(t TeamID) int64 { return int64(t) }) {
			bad("teams of user %d: %v", u.ID, u.Teams)
		}
		for _, id := range u.Teams {
			t, ok := img.teams.get(id)
			if !ok {
				bad("user %d is in team %d, which is not there", u.ID, id)
			} else if _, in := subscriber(t.Members, u.ID); !in {
				bad("user %d is in team %d, whose members do not know", u.ID, id)
			}
		}
	}
	subscribers := func(what string, id int64, list []Subscriber) {
		if !ascending(list, func(s Subscriber) int64 { return int64(s.User) }) {
			bad("users of %s %d: %v", what, id, list)
		}
		for _, s := range list {
			if u, ok := img.users.get(s.User); !ok {
				bad("user %d of %s %d is not there", s.User, what, id)
			} else if s.Owner && !mayOwn(u.Role) {
				bad("%s %d owns %s %d", u.Role, u.ID, what, id)
			}
		}
	}
	teams := func(what string, id int64, list []TeamSubscriber) {
		if !ascending(list, func(s TeamSubscriber) int64 { return int64(s.Team) }) {
			bad("teams of %s %d: %v", what, id, list)
		}
		for _, s := range list {
			if _, ok := img.teams.get(s.Team); !ok && (s.Team != Everyone || what != "board") {
				bad("team %d of %s %d is not there", s.Team, what, id)
			}
		}
	}
	for t := range img.teams.all() {
		last("team", int64(t.ID))
		subscribers("team", int64(t.ID), t.Members)
		for _, m := range t.Members {
			u, _ := img.users.get(m.User)
			if !slices.Contains(u.Teams, t.ID) {
				bad("team %d has user %d, who does not know", t.ID, m.User)
			}
			if (u.Role == Guest) != t.Guest {
				bad("%s %d is in team %d, guest team: %v", u.Role, u.ID, t.ID, t.Guest)
			}
		}
		if _, ok := img.teams.get(t.Parent); !ok && t.Parent != 0 {
			bad("team %d is below team %d, which is not there", t.ID, t.Parent)
		}
	}
	for w := range img.workspaces.all() {
		last("workspace", int64(w.ID))
		subscribers("workspace", int64(w.ID), w.Users)
		teams("workspace", int64(w.ID), w.Teams)
		if same, _ := img.workspaceAge.get(workspaceAge(w)); same != w {
			bad("workspace %d is another one by age", w.ID)
		}
		if w.ID == img.Account.MainWorkspace && (w.State != StateActive || w.Kind != Open || len(w.Users)+len(w.Teams) > 0) {
			bad("the Main Workspace is %v", *w)
		}
	}
	for b := range img.boards.all() {
		last("board", int64(b.ID))
		subscribers("board", int64(b.ID), b.Users)
		teams("board", int64(b.ID), b.Teams)
		if same, _ := img.boardsByAge.get(boardAge(b)); same != b {
			bad("board %d is another one by age", b.ID)
		}
		w, ok := img.workspaces.get(b.Workspace)
		if !ok || w.State == StateDeleted && b.State != StateDeleted {
			bad("board %d is in workspace %d, which is gone", b.ID, b.Workspace)
		}
		for _, s := range b.Users {
			if u, _ := img.users.get(s.User); u.Role == Guest && b.Kind != Share {
				bad("guest %d is on %s board %d", u.ID, b.Kind, b.ID)
			}
		}
	}
	faults = append(faults, img.placeFaults()...)
	for t := range img.tokens.all() {
		last("token", int64(t.ID))
		if _, ok := img.users.get(t.User); !ok {
			bad("token %d belongs to nobody", t.ID)
		}
	}
	for c := range img.credentials.all() {
		if _, ok := img.users.get(c.User); !ok {
			bad("the password of user %d, who is not there", c.User)
		}
	}
	for i := range img.identities.all() {
		if _, ok := img.users.get(i.User); !ok {
			bad("user %d has an identity and is not there", i.User)
		}
	}
	return faults
}

// placeFaults are those of folders, tags, webhooks and docs.
func (img *Image) placeFaults() (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	last := func(kind string, id int64) {
		if id > img.Account.LastID {
			bad("%s %d is above the last id %d", kind, id, img.Account.LastID)
		}
	}
	for f := range img.folders.all() {
		last("folder", int64(f.ID))
		if w, ok := img.workspaces.get(f.Workspace); !ok || w.State == StateDeleted {
			bad("folder %d is in workspace %d, which is gone", f.ID, f.Workspace)
		}
		deep := 1
		for at := f; at.Parent != 0 && deep <= FoldersDeep; deep++ {
			over, ok := img.folders.get(at.Parent)
			if !ok || over.Workspace != f.Workspace {
				bad("folder %d is below folder %d, which is gone or in another workspace", at.ID, at.Parent)
				break
			}
			at = over
		}
		if deep > FoldersDeep {
			bad("folder %d is too deep", f.ID)
		}
	}
	for b := range img.boards.all() {
		if f, ok := img.folders.get(b.Folder); b.Folder != 0 && (!ok || f.Workspace != b.Workspace) {
			bad("board %d of workspace %d is in folder %d: %v", b.ID, b.Workspace, b.Folder, f)
		}
	}
	named := map[string]bool{}
	for t := range img.tags.all() {
		last("tag", int64(t.ID))
		key := fmt.Sprint(t.Board, " ", t.Name)
		if named[key] || t.Name == "" {
			bad("tag %d: there is another %q", t.ID, key)
		}
		named[key] = true
	}
	for d := range img.sources.all() {
		last("data source", int64(d.ID))
	}
	for w := range img.webhooks.all() {
		last("webhook", int64(w.ID))
		if _, ok := img.boards.get(w.Board); !ok || len(w.Secret) == 0 {
			bad("webhook %d is of board %d", w.ID, w.Board)
		}
	}
	for d := range img.docs.all() {
		last("doc", int64(d.ID))
		if b, ok := img.boards.get(d.Board); !ok || b.Type != DocBoard {
			bad("doc %d is of board %d", d.ID, d.Board)
		}
	}
	return faults
}

func ascending[T any](list []T, id func(T) int64) bool {
	return slices.IsSortedFunc(list, func(a, b T) int {
		if id(a) < id(b) {
			return -1
		}
		return 1 // equal ones are out of order too
	})
}

// HeadReader shares reads as accounts do.
type HeadReader = headReader

// NewHeadReader makes one.
func NewHeadReader(read func() (Seq, error)) *HeadReader {
	return &headReader{read: read, start: func(f func()) bool { go f(); return true }}
}

// Flush records last uses now.
func (s *Service) Flush() { s.flush(true) }

// Secrets counts the index of secrets.
func (s *Service) Secrets() (n int) {
	s.secrets.Range(func(any, any) bool { n++; return true })
	return n
}

// Decide submits a decision that may do what tests want of it: panic, block, commit nothing.
func (s *Service) Decide(c Caller, change func() error) error {
	return c.acct.submit(s.ctx, Caller{user: c.user}, func(*tx) error { return change() })
}

// HeadOf is headReader.get.
func HeadOf(ctx context.Context, h *HeadReader) (Seq, error) { return h.get(ctx) }
