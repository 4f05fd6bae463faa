package work

import (
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// UserFilter selects users. The zero value selects all who are not inactive.
type UserFilter struct {
	IDs         []UserID // nil: any
	Emails      []string // nil: any; case does not matter
	Name        string   // near matches; exact when Emails or Kind is given as well
	Kind        string   // all, guests, non_guests, non_pending; "" is all
	NonActive   bool     // only the inactive, instead of only the others
	NewestFirst bool
	Page        Page
}

func (f *UserFilter) check() error {
	switch f.Kind {
	case "", "all", "guests", "non_guests", "non_pending":
	default:
		return invalid("kind", "kind must be one of all, guests, non_guests, non_pending")
	}
	return f.Page.check()
}

// matcher compiles the filter's conditions other than ids.
func (f *UserFilter) matcher() func(*User) bool {
	var emails map[string]bool
	if f.Emails != nil {
		emails = make(map[string]bool, len(f.Emails))
		for _, e := range f.Emails {
			emails[emailKey(e)] = true
		}
	}
	name := func(string) bool { return true }
	if f.Name != "" {
		if emails != nil || f.Kind != "" {
			want := fold(f.Name)
			name = func(s string) bool { return fold(s) == want }
		} else {
			name = fuzzy(f.Name)
		}
	}
	return func(u *User) bool {
		if (u.Status == Inactive) != f.NonActive {
			return false
		}
		switch f.Kind {
		case "guests":
			if u.Role != Guest {
				return false
			}
		case "non_guests":
			if u.Role == Guest {
				return false
			}
		case "non_pending":
			if u.Status == Pending {
				return false
			}
		}
		return (emails == nil || emails[emailKey(u.Email)]) && (f.Name == "" || name(u.Name))
	}
}

// Users lists the users the caller may see, by ascending id or the newest first.
func (v *View) Users(f UserFilter) ([]*User, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	match := f.matcher()
	if ids, few := v.named(f); few {
		rows := make([]*User, 0, len(ids))
		for _, id := range distinct(ids) {
			if u, ok := v.img.users.get(id); ok {
				rows = append(rows, u)
			}
		}
		return v.pageUsers(rows, f, match), nil
	}
	out := newPager[*User](f.Page, v.img.users.len())
	each := v.img.users.all()
	if f.NewestFirst {
		each = v.img.usersByAge.down()
	}
	for u := range each {
		if out.full() {
			break
		}
		if match(u) && v.seesUser(u) {
			out.add(u)
		}
	}
	return out.rows, nil
}

// named are the only users a filter can mean, where it names any.
func (v *View) named(f UserFilter) (ids []UserID, few bool) {
	if f.IDs != nil {
		return f.IDs, true
	}
	for _, e := range f.Emails {
		if id, ok := v.img.emails.get(emailKey(e)); ok {
			ids = append(ids, id)
		}
	}
	return ids, f.Emails != nil
}

// pageUsers filters a list of users that is in ascending order of id.
func (v *View) pageUsers(rows []*User, f UserFilter, match func(*User) bool) []*User {
	if f.NewestFirst {
		rows = slices.Clone(rows)
		slices.SortFunc(rows, func(a, b *User) int { return strings.Compare(userAge(b), userAge(a)) })
	}
	out := newPager[*User](f.Page, len(rows))
	for _, u := range rows {
		if out.full() {
			break
		}
		if match(u) && v.seesUser(u) {
			out.add(u)
		}
	}
	return out.rows
}

// User returns a user, or nil where there is none that the caller may see.
func (v *View) User(id UserID) *User {
	if u, ok := v.img.users.get(id); ok && v.seesUser(u) {
		return u
	}
	return nil
}

func (v *View) seesUser(u *User) bool {
	if v.role != perm.Guest {
		return perm.Allow(v.role, perm.UserRead, 0)
	}
	var f perm.Facts
	if u == v.me || u.ID == v.me.ID {
		f = perm.Self
	} else if v.meets(u.ID) {
		f = perm.Shared
	}
	return perm.Allow(v.role, perm.UserRead, f)
}

// meets reports whether the caller and the user are together in a team, in a workspace other than
// the main one, or on a board the caller may see, which its creator counts as being on. Everyone (team
// -1) being on a board introduces nobody.
func (v *View) meets(id UserID) bool {
	if v.met == nil {
		v.met = map[UserID]bool{}
		meet := func(users []Subscriber, teams []TeamSubscriber) {
			for _, s := range users {
				v.met[s.User] = true
			}
			for _, ts := range teams {
				if t, ok := v.img.teams.get(ts.Team); ok {
					for _, s := range t.Members {
						v.met[s.User] = true
					}
				}
			}
		}
		for _, id := range v.me.Teams {
			if t, ok := v.img.teams.get(id); ok {
				meet(t.Members, nil)
			}
		}
		for w := range v.img.workspaces.all() {
			if w.State == StateActive && v.img.subscribed(v.me, w.Users, w.Teams) != 0 {
				meet(w.Users, w.Teams)
			}
		}
		for b := range v.img.boards.all() {
			if b.State != StateDeleted && v.seesBoard(b) {
				meet(b.Users, b.Teams)
				v.met[b.Creator] = true
			}
		}
	}
	return v.met[id]
}

// Secret returns the user's own API token where the caller may read it (permission user.secret:
// oneself only), and "" otherwise or where there is none.
func (s *Service) Secret(v *View, u *User) (string, error) {
	if !perm.Allow(v.role, perm.UserSecret, selfIf(u.ID == v.me.ID)) {
		return "", nil
	}
	for t := range v.img.tokens.all() {
		if t.User == u.ID && t.Name == "" && len(t.Sealed) > 0 {
			return s.sealer.open(t.Sealed)
		}
	}
	return "", nil
}

// distinct returns the ids once each in ascending order.
func distinct[T ~int64](ids []T) []T {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// distinctInOrder returns the ids once each in the order given.
func distinctInOrder[T comparable](ids []T) []T {
	seen := make(map[T]bool, len(ids))
	out := make([]T, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
