package seed

import (
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// Parse reads a seed. name is what it is called in errors, which join all that is wrong with it.
func Parse(name string, text []byte) (*Seed, error) {
	f, faults := decode(name, text)
	if err := faults.err(); err != nil {
		return nil, err
	}
	b := &builder{file: f, faults: faults, snap: new(work.Snapshot)}
	s := b.build()
	return s, faults.err()
}

// defaultCreated is when an account was made whose seed does not say.
var defaultCreated = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// builder makes the rows, first all that can be referred to and then what refers to them.
type builder struct {
	*faults
	file *file
	snap *work.Snapshot

	users      index[work.UserID]
	teams      index[work.TeamID]
	workspaces index[work.WorkspaceID]
	boards     index[work.BoardID]
	products   index[work.ProductID]
	folders    index[work.FolderID]
	tags       index[work.TagID]
	items      index[work.ItemID]

	onBoard map[work.ItemID]work.BoardID // which board each item is on
	env     column.Env                   // in which values are read
	log     []line                       // of the board that is being filled
	likes   int64                        // the last like's id
}

func (b *builder) build() *Seed {
	b.account()
	b.name()
	for i := range b.file.Users {
		b.user(&b.file.Users[i])
	}
	for i := range b.file.Teams {
		b.team(&b.file.Teams[i])
	}
	for i := range b.file.Workspaces {
		b.workspace(&b.file.Workspaces[i])
	}
	for i := range b.file.Folders {
		b.folder(&b.file.Folders[i])
	}
	for i := range b.file.Tags {
		b.tag(&b.file.Tags[i])
	}
	for i := range b.file.Boards {
		b.board(&b.file.Boards[i])
	}
	for i := range b.file.Docs {
		b.doc(&b.file.Docs[i])
	}
	for i, p := range b.file.Account.Products {
		b.snap.Account.Products[i].DefaultWorkspace = find(b, &b.workspaces, p.DefaultWorkspace)
	}
	return &Seed{Snapshot: b.snap, Tokens: b.tokens()}
}

func (b *builder) account() {
	in := &b.file.Account
	if in.CreatedAt.IsZero() {
		in.CreatedAt = defaultCreated
	}
	a := &b.snap.Account
	*a = work.Account{ID: work.AccountID(max(in.ID, 1)), Name: orElse(in.Name, "Sandbox"), Slug: in.Slug, Tier: in.Tier, CountryCode: in.CountryCode,
		FirstDay: orElse(string(in.FirstDay), "monday"), Logo: in.Logo, TimelineWeekends: in.TimelineWeekends, SignUpProduct: in.SignUpProduct,
		Trial: in.Trial, TrialExpired: in.TrialExpired, CreatedAt: in.CreatedAt, MainWorkspaceIsNumbered: in.MainWorkspaceIsNumbered}
	a.Slug = orElse(a.Slug, Slug(a.Name))
	b.env = column.Env{Now: a.CreatedAt, WeekStart: map[string]time.Weekday{"monday": time.Monday, "sunday": time.Sunday}[a.FirstDay]}
	if p := in.Plan; p != nil {
		a.Plan = &work.Plan{MaxUsers: p.MaxUsers, Period: p.Period, Tier: p.Tier, Version: p.Version}
	}
}

// name gives every row its id, and finds out by which names rows can be referred to.
func (b *builder) name() {
	f := b.file
	for i := range f.Users {
		u := &f.Users[i]
		u.Name = orElse(u.Name, u.Email[:max(strings.IndexByte(u.Email, '@'), 0)])
	}
	b.users = newIndex[work.UserID](b, "user", f.Users, func(u *userSeed) (*id, place, []string) { return &u.ID, u.at, []string{u.Name, u.Email} })
	b.teams = newIndex[work.TeamID](b, "team", f.Teams, func(t *teamSeed) (*id, place, []string) { return &t.ID, t.at, []string{t.Name} })
	b.mainWorkspace()
	b.workspaces = newIndex[work.WorkspaceID](b, "workspace", f.Workspaces, func(w *workspaceSeed) (*id, place, []string) { return &w.ID, w.at, []string{w.Name} })
	b.folders = newIndex[work.FolderID](b, "folder", f.Folders, func(w *folderSeed) (*id, place, []string) { return &w.ID, w.at, []string{w.Name} })
	b.tags = newIndex[work.TagID](b, "tag", f.Tags, func(t *tagSeed) (*id, place, []string) { return &t.ID, t.at, []string{t.Name} })
	b.nameContent()
	b.products = newIndex[work.ProductID](b, "product", f.Account.Products, func(p *productSeed) (*id, place, []string) { return &p.ID, place{}, []string{p.Kind} })
	for _, p := range f.Account.Products {
		b.snap.Account.Products = append(b.snap.Account.Products, work.Product{ID: work.ProductID(p.ID), Kind: p.Kind, Tier: p.Tier})
	}
}

// mainWorkspace makes sure that exactly one workspace is the main one.
func (b *builder) mainWorkspace() {
	var mains []place
	for _, w := range b.file.Workspaces {
		if w.Main {
			mains = append(mains, w.at)
		}
	}
	switch {
	case len(mains) == 0:
		b.file.Workspaces = append(b.file.Workspaces, workspaceSeed{Main: true, Name: work.MainName})
	case len(mains) > 1:
		b.add(mains[1], "there is a main workspace already, in line %d", mains[0].line)
	}
}

func (b *builder) user(in *userSeed) {
	if in.Email == "" || !strings.Contains(in.Email, "@") {
		b.add(in.at, "email: every user needs an e-mail address")
	}
	u := &work.User{ID: work.UserID(in.ID), Name: in.Name, Email: in.Email, Role: orElse(in.Role, work.Member), Status: orElse(in.Status, work.Active),
		Title: in.Title, Phone: in.Phone, MobilePhone: in.MobilePhone, Location: in.Location, CountryCode: orElse(in.CountryCode, b.snap.Account.CountryCode),
		Language: orElse(in.Language, "en"), TimeZone: orElse(string(in.TimeZone), "UTC"), Birthday: in.Birthday, JoinDate: in.JoinDate,
		LastActivity: in.LastActivity, Photo: in.Photo, SignUpProduct: in.SignUpProduct, InvitedBy: find(b, &b.users, in.InvitedBy),
		CreatedAt: b.created(in.CreatedAt)}
	u.Verified = u.Status != work.Pending
	if in.Verified != nil {
		u.Verified = *in.Verified
	}
	if u.JoinDate == "" && u.Status != work.Pending {
		u.JoinDate = work.Date(u.CreatedAt.Format(time.DateOnly))
	}
	if a := in.Away; a != nil {
		u.Away = &work.Away{Kind: a.Kind, Start: a.Start, End: a.End, DisableNotifications: a.DisableNotifications}
	}
	b.snap.Users = append(b.snap.Users, u)
}

func (b *builder) team(in *teamSeed) {
	b.named(in.Name, in.at)
	t := &work.Team{ID: work.TeamID(in.ID), Name: in.Name, Guest: in.Guest, Parent: find(b, &b.teams, in.Parent), Picture: in.Picture, CreatedAt: b.created(in.CreatedAt)}
	b.snap.Teams = append(b.snap.Teams, t)
	for _, s := range subscribers(b, &b.users, in.Users, in.Owners) {
		b.snap.Memberships = append(b.snap.Memberships, work.Membership{Team: t.ID, User: s.id, Owner: s.owner})
	}
}

func (b *builder) workspace(in *workspaceSeed) {
	b.named(in.Name, in.at)
	w := &work.Workspace{ID: work.WorkspaceID(in.ID), Name: in.Name, Description: in.Description, Kind: orElse(in.Kind, work.Open),
		State: orElse(in.State, work.StateActive), Product: find(b, &b.products, in.Product), IconColor: in.IconColor, IconImage: in.IconImage,
		CreatedBy: find(b, &b.users, in.CreatedBy), CreatedAt: b.created(in.CreatedAt)}
	b.snap.Workspaces = append(b.snap.Workspaces, w)
	if in.Main {
		b.snap.Account.MainWorkspace = w.ID
		if w.Kind != work.Open || w.State != work.StateActive {
			b.add(in.at, "the main workspace is always open and active")
		}
		if len(in.Users)+len(in.Owners)+len(in.Teams)+len(in.TeamOwners) > 0 {
			b.add(in.at, "the main workspace holds everybody; it has no subscribers or owners of its own")
		}
		return
	}
	for _, s := range subscribers(b, &b.users, in.Users, in.Owners) {
		b.snap.WorkspaceUsers = append(b.snap.WorkspaceUsers, work.WorkspaceUser{Workspace: w.ID, User: s.id, Owner: s.owner})
	}
	for _, s := range subscribers(b, &b.teams, in.Teams, in.TeamOwners) {
		b.snap.WorkspaceTeams = append(b.snap.WorkspaceTeams, work.WorkspaceTeam{Workspace: w.ID, Team: s.id, Owner: s.owner})
	}
}

func (b *builder) board(in *boardSeed) {
	b.named(in.Name, in.at)
	created := b.created(in.CreatedAt)
	board := &work.Board{ID: work.BoardID(in.ID), Name: in.Name, Description: in.Description, Kind: orElse(in.Kind, work.Public),
		State: orElse(in.State, work.StateActive), Workspace: find(b, &b.workspaces, in.Workspace), Creator: find(b, &b.users, in.Creator),
		Permission: orElse(in.Permission, work.PermEveryone), Communication: in.Communication, ItemName: in.ItemName, ItemNames: in.ItemNames,
		CreatedAt: created, UpdatedAt: created}
	if !in.UpdatedAt.IsZero() {
		board.UpdatedAt = in.UpdatedAt
	}
	if !in.Workspace.given() {
		board.Workspace = b.snap.Account.MainWorkspace
	}
	board.Folder, board.OnlyAssigned = b.inFolder(in.Folder, board.Workspace), in.OnlyAssigned
	users := subscribers(b, &b.users, in.Users, in.Owners)
	if board.Creator == 0 {
		board.Creator = b.someCreator(users)
	}
	b.snap.Boards = append(b.snap.Boards, board)
	for _, s := range users {
		b.snap.BoardUsers = append(b.snap.BoardUsers, work.BoardUser{Board: board.ID, User: s.id, Owner: s.owner})
	}
	for _, s := range subscribers(b, &b.teams, in.Teams, in.TeamOwners) {
		b.snap.BoardTeams = append(b.snap.BoardTeams, work.BoardTeam{Board: board.ID, Team: s.id, Owner: s.owner})
	}
	if in.Everyone {
		b.snap.BoardTeams = append(b.snap.BoardTeams, work.BoardTeam{Board: board.ID, Team: work.Everyone})
	}
	b.content(board, in)
}

// someCreator is who made a board whose seed does not say: its first owner, or an admin.
func (b *builder) someCreator(users []subscriber[work.UserID]) work.UserID {
	for _, s := range users {
		if s.owner {
			return s.id
		}
	}
	for _, u := range b.snap.Users {
		if u.Role == work.Admin {
			return u.ID
		}
	}
	return 0
}

func (b *builder) tokens() (list []Token) {
	seen := map[string]bool{}
	for _, in := range b.file.Tokens {
		switch {
		case in.Secret == "":
			b.add(in.at, "secret: a token needs its secret")
		case seen[in.Secret]:
			b.add(in.at, "secret: there is another token with this secret")
		case !in.User.given():
			b.add(in.at, "user: a token belongs to a user")
		}
		seen[in.Secret] = true
		user := find(b, &b.users, in.User)
		i := slices.IndexFunc(b.snap.Users, func(u *work.User) bool { return u.ID == user })
		if i >= 0 {
			list = append(list, Token{Secret: in.Secret, Name: in.Name, User: b.snap.Users[i]})
		}
	}
	return list
}

func (b *builder) named(name string, at place) {
	if strings.TrimSpace(name) == "" {
		b.add(at, "name: a name is needed")
	}
}

func (b *builder) created(t time.Time) time.Time {
	if t.IsZero() {
		return b.snap.Account.CreatedAt
	}
	return t
}

func orElse[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// Slug is the form of a name in the account's address.
func Slug(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return orElse(strings.Join(fields, "-"), "account")
}
