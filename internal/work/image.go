package work

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Image is the directory of one account as of one Seq. It is never changed once published: apply
// works on a copy, which shares all untouched rows. Rows must not be written to by anybody.
type Image struct {
	Seq     Seq
	Account *Account

	users        table[UserID, *User]
	usersByAge   table[string, *User]
	emails       table[string, UserID]
	teams        table[TeamID, *Team]
	workspaces   table[WorkspaceID, *Workspace]
	workspaceAge table[string, *Workspace]
	boards       table[BoardID, *Board]
	boardsByAge  table[string, *Board]
	tokens       table[TokenID, *Token]
	credentials  table[UserID, *Credential]
	identities   table[string, *Identity] // by issuer and subject
	folders      table[FolderID, *Folder]
	tags         table[TagID, *Tag]
	webhooks     table[WebhookID, *Webhook]
	docs         table[DocID, *Doc]
	sources      table[DataSourceID, *DataSource]

	notOpen *atomic.Pointer[[]*Workspace] // see closed

	// directory names the state of everything that cells' texts are made of but what is on boards: names
	// of people, teams and tags. It is another number whenever that changes.
	directory uint64

	contents  table[BoardID, *content] // what is on the boards that are in memory
	loadedSet *int                     // another one whenever boards come into memory or go
}

// marks counts the states that directory and content name.
var marks atomic.Uint64

// nextMark names a state. No two in one process have the same.
func nextMark() uint64 { return marks.Add(1) }

// closed are the workspaces that are not open to everybody, found when first asked for.
func (img *Image) closed() []*Workspace {
	if known := img.notOpen.Load(); known != nil {
		return *known
	}
	var found []*Workspace
	for w := range img.workspaces.all() {
		if w.Kind != Open && w.State != StateDeleted {
			found = append(found, w)
		}
	}
	img.notOpen.Store(&found)
	return found
}

// age orders rows by when they were made; the id decides between rows of the same microsecond.
func age(at time.Time, id int64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMicro())^1<<63)
	binary.BigEndian.PutUint64(b[8:], uint64(id)^1<<63)
	return string(b[:])
}

// emailKey is the form under which e-mail addresses are compared.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// newImage builds the image of a loaded account. It takes over the rows of the snapshot.
func newImage(s *Snapshot) *Image {
	account := s.Account // a copy, lest the image keep the whole snapshot alive
	img := &Image{notOpen: new(atomic.Pointer[[]*Workspace]), Seq: s.Seq, Account: &account, directory: nextMark()}
	users, teams := byID(s.Users, func(u *User) UserID { return u.ID }), byID(s.Teams, func(t *Team) TeamID { return t.ID })
	workspaces, boards := byID(s.Workspaces, func(w *Workspace) WorkspaceID { return w.ID }), byID(s.Boards, func(b *Board) BoardID { return b.ID })
	for _, m := range s.Memberships {
		if t, u := teams[m.Team], users[m.User]; t != nil && u != nil {
			t.Members = append(t.Members, Subscriber{m.User, m.Owner})
			u.Teams = append(u.Teams, m.Team)
		}
	}
	for _, r := range s.WorkspaceUsers {
		if w := workspaces[r.Workspace]; w != nil {
			w.Users = append(w.Users, Subscriber{r.User, r.Owner})
		}
	}
	for _, r := range s.WorkspaceTeams {
		if w := workspaces[r.Workspace]; w != nil {
			w.Teams = append(w.Teams, TeamSubscriber{r.Team, r.Owner})
		}
	}
	for _, r := range s.BoardUsers {
		if b := boards[r.Board]; b != nil {
			b.Users = append(b.Users, Subscriber{r.User, r.Owner})
		}
	}
	for _, r := range s.BoardTeams {
		if b := boards[r.Board]; b != nil {
			b.Teams = append(b.Teams, TeamSubscriber{r.Team, r.Owner})
		}
	}
	for _, u := range s.Users {
		slices.Sort(u.Teams)
	}
	for _, t := range s.Teams {
		slices.SortFunc(t.Members, byUser)
	}
	for _, w := range s.Workspaces {
		slices.SortFunc(w.Users, byUser)
		slices.SortFunc(w.Teams, byTeam)
	}
	for _, b := range s.Boards {
		slices.SortFunc(b.Users, byUser)
		slices.SortFunc(b.Teams, byTeam)
	}
	img.users = tableBy(s.Users, func(u *User) UserID { return u.ID })
	img.usersByAge = tableBy(s.Users, userAge)
	img.teams = tableBy(s.Teams, func(t *Team) TeamID { return t.ID })
	img.workspaces = tableBy(s.Workspaces, func(w *Workspace) WorkspaceID { return w.ID })
	img.workspaceAge = tableBy(s.Workspaces, workspaceAge)
	img.boards = tableBy(s.Boards, func(b *Board) BoardID { return b.ID })
	img.boardsByAge = tableBy(s.Boards, boardAge)
	img.tokens = tableBy(s.Tokens, func(t *Token) TokenID { return t.ID })
	img.credentials = tableBy(s.Credentials, func(c *Credential) UserID { return c.User })
	img.identities = tableBy(s.Identities, identityKey)
	img.folders = tableBy(s.Folders, func(f *Folder) FolderID { return f.ID })
	img.tags = tableBy(s.Tags, func(t *Tag) TagID { return t.ID })
	img.webhooks = tableBy(s.Webhooks, func(w *Webhook) WebhookID { return w.ID })
	img.docs = tableBy(s.Docs, func(d *Doc) DocID { return d.ID })
	img.sources = tableBy(s.DataSources, func(d *DataSource) DataSourceID { return d.ID })
	img.emails = tableOfRows(s.Users, func(u *User) string { return emailKey(u.Email) }, func(u *User) UserID { return u.ID })
	return img
}

func identityKey(i *Identity) string { return i.Issuer + "\x00" + i.Subject }

func userAge(u *User) string           { return age(u.CreatedAt, int64(u.ID)) }
func workspaceAge(w *Workspace) string { return age(w.CreatedAt, int64(w.ID)) }
func boardAge(b *Board) string         { return age(b.CreatedAt, int64(b.ID)) }

func byUser(a, b Subscriber) int     { return cmp.Compare(a.User, b.User) }
func byTeam(a, b TeamSubscriber) int { return cmp.Compare(a.Team, b.Team) }

func byID[K comparable, V any](rows []V, key func(V) K) map[K]V {
	m := make(map[K]V, len(rows))
	for _, r := range rows {
		m[key(r)] = r
	}
	return m
}

// tableBy builds a table of rows by what key says of them.
func tableBy[K cmp.Ordered, V any](rows []V, key func(V) K) table[K, V] {
	return tableOfRows(rows, key, func(r V) V { return r })
}

func tableOfRows[R any, K cmp.Ordered, V any](rows []R, key func(R) K, value func(R) V) table[K, V] {
	type pair struct {
		k K
		v V
	}
	pairs := make([]pair, len(rows))
	for i, r := range rows {
		pairs[i] = pair{key(r), value(r)}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.k, b.k) })
	keys, vals := make([]K, len(rows)), make([]V, len(rows))
	for i, p := range pairs {
		keys[i], vals[i] = p.k, p.v
	}
	return tableOf(keys, vals)
}

// apply makes the change in this image, which must be the caller's own copy.
func (img *Image) apply(c Change) {
	if c.boardOf() == 0 && !c.Recorded() && (c.Account == nil || c.Account.FirstDay != img.Account.FirstDay) && c.Token == nil {
		img.directory = nextMark()
	}
	switch {
	case c.Account != nil:
		img.Account = c.Account
	case c.User != nil:
		img.applyUser(*c.User)
	case c.Team != nil:
		img.applyTeam(*c.Team, c.Delete)
	case c.Workspace != nil:
		img.applyWorkspace(*c.Workspace, c.Delete)
	case c.Board != nil:
		img.applyBoard(*c.Board, c.Delete)
	case c.Token != nil:
		img.tokens = img.tokens.with(c.Token.ID, c.Token, c.Delete)
	case c.Folder != nil:
		img.folders = img.folders.with(c.Folder.ID, c.Folder, c.Delete)
	case c.Tag != nil:
		img.tags = img.tags.with(c.Tag.ID, c.Tag, c.Delete)
	case c.DataSource != nil:
		img.sources = img.sources.with(c.DataSource.ID, c.DataSource, c.Delete)
	case c.Webhook != nil:
		img.webhooks = img.webhooks.with(c.Webhook.ID, c.Webhook, c.Delete)
	case c.Doc != nil:
		img.docs = img.docs.with(c.Doc.ID, c.Doc, c.Delete)
	case c.Credential != nil:
		if c.Delete {
			img.credentials = img.credentials.without(c.Credential.User)
		} else {
			img.credentials = img.credentials.put(c.Credential.User, c.Credential)
		}
	case c.Identity != nil:
		if c.Delete {
			img.identities = img.identities.without(identityKey(c.Identity))
		} else {
			img.identities = img.identities.put(identityKey(c.Identity), c.Identity)
		}
	case c.Membership != nil:
		img.applyMembership(*c.Membership, c.Delete)
	case c.WorkspaceUser != nil:
		img.editWorkspace(c.WorkspaceUser.Workspace, func(w *Workspace) {
			w.Users = withSubscriber(w.Users, Subscriber{c.WorkspaceUser.User, c.WorkspaceUser.Owner}, c.Delete)
		})
	case c.WorkspaceTeam != nil:
		img.editWorkspace(c.WorkspaceTeam.Workspace, func(w *Workspace) {
			w.Teams = withTeam(w.Teams, TeamSubscriber{c.WorkspaceTeam.Team, c.WorkspaceTeam.Owner}, c.Delete)
		})
	case c.BoardUser != nil:
		img.editBoard(c.BoardUser.Board, func(b *Board) {
			b.Users = withSubscriber(b.Users, Subscriber{c.BoardUser.User, c.BoardUser.Owner}, c.Delete)
		})
	case c.BoardTeam != nil:
		img.editBoard(c.BoardTeam.Board, func(b *Board) {
			b.Teams = withTeam(b.Teams, TeamSubscriber{c.BoardTeam.Team, c.BoardTeam.Owner}, c.Delete)
		})
	}
}

func (img *Image) applyUser(u User) {
	u.Teams = nil
	if old, ok := img.users.get(u.ID); ok {
		u.Teams = old.Teams
		if emailKey(old.Email) != emailKey(u.Email) {
			img.emails = img.emails.without(emailKey(old.Email))
		}
		if userAge(old) != userAge(&u) {
			img.usersByAge = img.usersByAge.without(userAge(old))
		}
	}
	img.emails = img.emails.put(emailKey(u.Email), u.ID)
	img.setUser(&u)
}

func (img *Image) setUser(u *User) {
	img.users = img.users.put(u.ID, u)
	img.usersByAge = img.usersByAge.put(userAge(u), u)
}

func (img *Image) applyTeam(t Team, del bool) {
	old, ok := img.teams.get(t.ID)
	if !del {
		t.Members = nil
		if ok {
			t.Members = old.Members
		}
		img.teams = img.teams.put(t.ID, &t)
		return
	}
	if !ok {
		return
	}
	for _, m := range old.Members {
		img.editUserTeams(m.User, t.ID, true)
	}
	for w := range img.workspaces.all() {
		if hasTeam(w.Teams, t.ID) {
			img.editWorkspace(w.ID, func(w *Workspace) { w.Teams = withTeam(w.Teams, TeamSubscriber{Team: t.ID}, true) })
		}
	}
	for b := range img.boards.all() {
		if hasTeam(b.Teams, t.ID) {
			img.editBoard(b.ID, func(b *Board) { b.Teams = withTeam(b.Teams, TeamSubscriber{Team: t.ID}, true) })
		}
	}
	img.teams = img.teams.without(t.ID)
}

func (img *Image) applyWorkspace(w Workspace, del bool) {
	old, ok := img.workspaces.get(w.ID)
	if ok && (del || workspaceAge(old) != workspaceAge(&w)) {
		img.workspaceAge = img.workspaceAge.without(workspaceAge(old))
	}
	if del {
		img.workspaces = img.workspaces.without(w.ID)
		img.notOpen = new(atomic.Pointer[[]*Workspace])
		return
	}
	w.Users, w.Teams = nil, nil
	if ok {
		w.Users, w.Teams = old.Users, old.Teams
	}
	img.setWorkspace(&w)
}

func (img *Image) setWorkspace(w *Workspace) {
	img.notOpen = new(atomic.Pointer[[]*Workspace])
	img.workspaces = img.workspaces.put(w.ID, w)
	img.workspaceAge = img.workspaceAge.put(workspaceAge(w), w)
}

func (img *Image) editWorkspace(id WorkspaceID, edit func(*Workspace)) {
	if old, ok := img.workspaces.get(id); ok {
		w := *old
		edit(&w)
		img.setWorkspace(&w)
	}
}

func (img *Image) applyBoard(b Board, del bool) {
	old, ok := img.boards.get(b.ID)
	if ok && (del || boardAge(old) != boardAge(&b)) {
		img.boardsByAge = img.boardsByAge.without(boardAge(old))
	}
	if del {
		img.boards = img.boards.without(b.ID)
		return
	}
	b.Users, b.Teams = nil, nil
	if ok {
		b.Users, b.Teams = old.Users, old.Teams
	}
	img.setBoard(&b)
}

func (img *Image) setBoard(b *Board) {
	img.boards = img.boards.put(b.ID, b)
	img.boardsByAge = img.boardsByAge.put(boardAge(b), b)
}

func (img *Image) editBoard(id BoardID, edit func(*Board)) {
	if old, ok := img.boards.get(id); ok {
		b := *old
		edit(&b)
		img.setBoard(&b)
	}
}

func (img *Image) applyMembership(m Membership, del bool) {
	old, ok := img.teams.get(m.Team)
	if _, known := img.users.get(m.User); !ok || !known {
		return
	}
	t := *old
	t.Members = withSubscriber(t.Members, Subscriber{m.User, m.Owner}, del)
	img.teams = img.teams.put(t.ID, &t)
	img.editUserTeams(m.User, m.Team, del)
}

func (img *Image) editUserTeams(id UserID, team TeamID, del bool) {
	old, ok := img.users.get(id)
	if !ok {
		return
	}
	i, found := slices.BinarySearch(old.Teams, team)
	if found != del {
		return // as it should be already
	}
	u := *old
	if del {
		u.Teams = remove(old.Teams, i)
	} else {
		u.Teams = insert(old.Teams, i, team)
	}
	img.setUser(&u)
}

// withSubscriber returns a copy of the sorted list with s put or taken out.
func withSubscriber(list []Subscriber, s Subscriber, del bool) []Subscriber {
	i, found := slices.BinarySearchFunc(list, s, byUser)
	return edited(list, i, found, s, del)
}

func withTeam(list []TeamSubscriber, s TeamSubscriber, del bool) []TeamSubscriber {
	i, found := slices.BinarySearchFunc(list, s, byTeam)
	return edited(list, i, found, s, del)
}

func edited[T any](list []T, i int, found bool, v T, del bool) []T {
	switch {
	case found && del:
		return remove(list, i)
	case found:
		list = slices.Clone(list)
		list[i] = v
		return list
	case del:
		return list
	default:
		return insert(list, i, v)
	}
}

func hasTeam(list []TeamSubscriber, id TeamID) bool {
	_, found := slices.BinarySearchFunc(list, TeamSubscriber{Team: id}, byTeam)
	return found
}

// subscriber finds a user in a sorted list.
func subscriber(list []Subscriber, id UserID) (owner, found bool) {
	i, found := slices.BinarySearchFunc(list, Subscriber{User: id}, byUser)
	return found && list[i].Owner, found
}

// teamSubscriber finds a team in a sorted list.
func teamSubscriber(list []TeamSubscriber, id TeamID) (owner, found bool) {
	i, found := slices.BinarySearchFunc(list, TeamSubscriber{Team: id}, byTeam)
	return found && list[i].Owner, found
}
