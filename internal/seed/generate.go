package seed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Ids of generated rows count up from here, kind by kind, past those that are taken.
const (
	generatedUsers      = 80_000_001
	generatedTeams      = 81_000_001
	generatedWorkspaces = 82_000_001
	generatedBoards     = 83_000_001
	generatedItems      = 84_000_001
)

// Bulk is how much to generate.
type Bulk struct {
	Users, Teams, Boards int
	Workspaces           int // WorkspacesFor says how many go with the boards
	Items                int
	Seed                 uint64
}

// Generate appends bulk data to a snapshot. The same snapshot and bulk give the same rows. It keeps
// the rules that the service keeps: only members and admins own, guests are on shareable boards only,
// teams are not made of guests.
//
// Teams have 35 to 45 members, 2 of whom own them, as far as there are people for that. Items are on
// generated boards, of which enough are made when none are asked for: 10,000 on the first board that
// everybody sees, where there are so many, and as many on each of the others. They hold values in
// twelve columns.
func Generate(snap *work.Snapshot, n Bulk) {
	g := &generator{snap: snap, rand: rand.New(rand.NewPCG(n.Seed, 0x6c756e656469)), start: snap.Account.CreatedAt}
	g.makeUsers(n.Users)
	for _, u := range snap.Users {
		switch {
		case u.Status != work.Active:
		case u.Role == work.Guest:
			g.guests = append(g.guests, u.ID)
		default:
			g.inside = append(g.inside, u.ID)
			if u.Role == work.Admin || u.Role == work.Member {
				g.owners = append(g.owners, u.ID)
			}
		}
	}
	if len(g.owners) == 0 {
		return // an account in which nobody could own anything
	}
	if n.Boards == 0 {
		n.Boards = boardsFor(n.Items)
	}
	g.makeTeams(n.Teams)
	g.makeWorkspaces(n.Workspaces)
	boards := g.makeBoards(n.Boards)
	if n.Items > 0 {
		g.makeItems(boards, n.Items)
		return
	}
	for _, b := range boards {
		g.snap.Groups = append(g.snap.Groups, work.FirstGroup(b.ID))
		g.snap.Columns = append(g.snap.Columns, nameColumn(b.ID))
	}
}

// WorkspacesFor is how many workspaces go with so many generated boards: one for five.
func WorkspacesFor(boards int) int { return (boards + 4) / 5 }

type generator struct {
	snap  *work.Snapshot
	rand  *rand.Rand
	start time.Time

	owners, inside, guests []work.UserID // active users: who may own, who is no guest, who is one
	teams                  []work.TeamID
	workspaces             []work.WorkspaceID
}

// ids gives out n ids from first up that are not taken by rows.
func ids[ID ~int64, Row any](rows []Row, n int, first ID, of func(Row) ID) []ID {
	taken := make(map[ID]bool, len(rows))
	for _, r := range rows {
		taken[of(r)] = true
	}
	list := make([]ID, 0, n)
	for id := first; len(list) < n; id++ {
		if !taken[id] {
			list = append(list, id)
		}
	}
	return list
}

func (g *generator) pick(list []string) string { return list[g.rand.IntN(len(list))] }

// after is some time up to so many days after the account was made, to the second.
func (g *generator) after(days int) time.Time {
	return g.start.Add(time.Duration(g.rand.Int64N(int64(days)*86400)) * time.Second)
}

func (g *generator) makeUsers(n int) {
	emails := make(map[string]bool, len(g.snap.Users)+n)
	for _, u := range g.snap.Users {
		emails[strings.ToLower(u.Email)] = true
	}
	domain := orElse(g.snap.Account.Slug, "sandbox") + ".example.com"
	g.snap.Users = slices.Grow(g.snap.Users, n)
	for _, id := range ids(g.snap.Users, n, generatedUsers, func(u *work.User) work.UserID { return u.ID }) {
		first, last, place := g.pick(firstNames), g.pick(lastNames), places[g.rand.IntN(len(places))]
		created := g.after(2000)
		u := &work.User{ID: id, Name: first + " " + last, Email: ascii(first) + "." + ascii(last) + "@" + domain, Role: work.Member,
			Status: work.Active, Verified: true, Title: g.pick(titles), Phone: fmt.Sprintf("+%d 555 %07d", place.dial, g.rand.IntN(1e7)),
			Location: place.city, CountryCode: place.country, Language: place.language, TimeZone: place.zone,
			JoinDate: work.Date(created.Format(time.DateOnly)), LastActivity: work.Date(g.after(2500).Format(time.DateOnly)), CreatedAt: created}
		if emails[u.Email] {
			u.Email = fmt.Sprintf("%s.%s.%d@%s", ascii(first), ascii(last), id-generatedUsers+1, domain)
		}
		emails[u.Email] = true
		g.vary(u)
		g.snap.Users = append(g.snap.Users, u)
	}
}

// vary makes a few people something else than active members.
func (g *generator) vary(u *work.User) {
	switch n := g.rand.IntN(100); {
	case n < 1:
		u.Role = work.Admin
	case n < 5:
		u.Role = work.Viewer
	case n < 8:
		u.Role = work.Guest
	case n < 10:
		u.Status = work.Inactive
	case n < 11:
		u.Status, u.Verified, u.JoinDate, u.LastActivity = work.Pending, false, "", ""
	}
	if g.rand.IntN(3) == 0 {
		u.Birthday = work.Date(fmt.Sprintf("%d-%02d-%02d", 1958+g.rand.IntN(48), 1+g.rand.IntN(12), 1+g.rand.IntN(28)))
	}
	if g.rand.IntN(2) == 0 {
		u.MobilePhone = u.Phone[:len(u.Phone)-2] + "00"
	}
}

func (g *generator) makeTeams(n int) {
	made := ids(g.snap.Teams, n, generatedTeams, func(t *work.Team) work.TeamID { return t.ID })
	for i, id := range made {
		g.snap.Teams = append(g.snap.Teams, &work.Team{ID: id, Name: numbered(g.pick(regions)+" "+g.pick(crafts), i), CreatedAt: g.after(2000)})
		owners := g.some(g.owners, 2, nil)
		for _, u := range owners {
			g.snap.Memberships = append(g.snap.Memberships, work.Membership{Team: id, User: u, Owner: true})
		}
		for _, u := range g.some(g.inside, 35+g.rand.IntN(11)-len(owners), owners) {
			g.snap.Memberships = append(g.snap.Memberships, work.Membership{Team: id, User: u})
		}
	}
	g.teams = made
}

func (g *generator) makeWorkspaces(n int) {
	made := ids(g.snap.Workspaces, n, generatedWorkspaces, func(w *work.Workspace) work.WorkspaceID { return w.ID })
	for i, id := range made {
		name := g.pick(crafts) + " " + g.pick(regions)
		owners := g.some(g.owners, 1+g.rand.IntN(2), nil)
		w := &work.Workspace{ID: id, Name: numbered(name, i), Description: "What " + name + " works on", Kind: work.Open,
			State: work.StateActive, CreatedBy: owners[0], CreatedAt: g.after(2000)}
		if g.rand.IntN(8) == 0 {
			w.Kind = work.Closed
		}
		g.snap.Workspaces = append(g.snap.Workspaces, w)
		for _, u := range owners {
			g.snap.WorkspaceUsers = append(g.snap.WorkspaceUsers, work.WorkspaceUser{Workspace: id, User: u, Owner: true})
		}
		for _, u := range g.some(g.inside, 3+g.rand.IntN(10), owners) {
			g.snap.WorkspaceUsers = append(g.snap.WorkspaceUsers, work.WorkspaceUser{Workspace: id, User: u})
		}
		if len(g.teams) > 0 {
			g.snap.WorkspaceTeams = append(g.snap.WorkspaceTeams, work.WorkspaceTeam{Workspace: id, Team: g.teams[g.rand.IntN(len(g.teams))]})
		}
	}
	g.workspaces = made
}

func (g *generator) makeBoards(n int) []*work.Board {
	before := len(g.snap.Boards)
	made := ids(g.snap.Boards, n, generatedBoards, func(b *work.Board) work.BoardID { return b.ID })
	for i, id := range made {
		owners := g.some(g.owners, 1+g.rand.IntN(2), nil)
		created := g.after(2000)
		b := &work.Board{ID: id, Name: numbered(g.pick(crafts)+" "+g.pick(things), i), Kind: work.Public, State: work.StateActive,
			Workspace: g.snap.Account.MainWorkspace, Creator: owners[0], Permission: work.PermEveryone, CreatedAt: created,
			UpdatedAt: created.Add(time.Duration(g.rand.IntN(400*86400)) * time.Second)}
		if len(g.workspaces) > 0 {
			b.Workspace = g.workspaces[i%len(g.workspaces)]
		}
		members := g.some(g.inside, 2+g.rand.IntN(7), owners)
		switch k := g.rand.IntN(100); {
		case k < 5:
			b.Kind = work.Private
		case k < 10:
			b.Kind = work.Share
			members = append(members, g.some(g.guests, 2, nil)...)
		}
		g.snap.Boards = append(g.snap.Boards, b)
		for _, u := range owners {
			g.snap.BoardUsers = append(g.snap.BoardUsers, work.BoardUser{Board: id, User: u, Owner: true})
		}
		for _, u := range members {
			g.snap.BoardUsers = append(g.snap.BoardUsers, work.BoardUser{Board: id, User: u})
		}
		if len(g.teams) > 0 && g.rand.IntN(2) == 0 {
			g.snap.BoardTeams = append(g.snap.BoardTeams, work.BoardTeam{Board: id, Team: g.teams[g.rand.IntN(len(g.teams))]})
		}
	}
	return g.snap.Boards[before:]
}

// some picks n different users from a list, none of them in but; fewer where the list has no more.
func (g *generator) some(list []work.UserID, n int, but []work.UserID) []work.UserID {
	picked := make([]work.UserID, 0, max(n, 0))
	if n >= len(list)/2 { // nearly all of them: in order, to be sure to end
		for _, u := range list {
			if len(picked) < n && !slices.Contains(but, u) {
				picked = append(picked, u)
			}
		}
		return picked
	}
	for tries := 0; len(picked) < n && tries < 20*n; tries++ {
		if u := list[g.rand.IntN(len(list))]; !slices.Contains(picked, u) && !slices.Contains(but, u) {
			picked = append(picked, u)
		}
	}
	return picked
}

// numbered tells apart what would bear the same name.
func numbered(name string, i int) string { return fmt.Sprintf("%s %d", name, i+1) }

// ascii is a name as e-mail addresses have it.
func ascii(name string) string { return plain.Replace(strings.ToLower(name)) }

var plain = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "á", "a", "à", "a", "ã", "a", "å", "a",
	"í", "i", "ì", "i", "ó", "o", "ô", "o", "ø", "o", "ú", "u", "ñ", "n", "ç", "c", "ć", "c", "č", "c", "ł", "l", "ń", "n", "ś", "s", "š", "s",
	"ž", "z", "ż", "z", "ý", "y", "ř", "r", "ě", "e", "ğ", "g", "ı", "i", "ş", "s", " ", "-", "'", "")
