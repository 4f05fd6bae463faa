package work

import (
	"context"
	"fmt"
	"net/mail"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BatchMax is how many users one call may name where the API limits it.
const BatchMax = 200

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
	if f.IDs != nil {
		rows := make([]*User, 0, len(f.IDs))
		for _, id := range distinct(f.IDs) {
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
// the main one, or on a board the caller may see.
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

// UserFailure says why one user of several was passed over. Code is one of the API's per-user codes.
type UserFailure struct {
	User  UserID
	Email string
	Code  string
	Msg   string
}

// The per-user codes of the API.
const (
	FailExceedsBatch = "EXCEEDS_BATCH_LIMIT"
	FailInvalid      = "INVALID_INPUT"
	FailNotFound     = "USER_NOT_FOUND"
	FailSelf         = "CANNOT_UPDATE_SELF"
	FailNotMember    = "USER_NOT_MEMBER_OF_TEAM"
	FailRole         = "VIEWERS_OR_GUESTS"
	FailEmailDomain  = "UPDATE_EMAIL_DOMAIN_ERROR"
	FailField        = "INVALID_FIELD"
	FailAny          = "ERROR"
)

// eachUser runs edit for each distinct user and collects who was changed and who was not.
// Unless self is set the caller cannot be among them. Too many at once is one failure for all.
func (t *tx) eachUser(ids []UserID, self bool, edit func(u User) (User, *UserFailure)) (done []UserID, failed []UserFailure) {
	if len(ids) > BatchMax {
		return nil, []UserFailure{exceedsBatch(len(ids))}
	}
	for _, id := range distinctInOrder(ids) {
		u, ok := t.users.get(id)
		switch {
		case !ok:
			failed = append(failed, UserFailure{User: id, Code: FailNotFound, Msg: fmt.Sprintf("User %d not found", id)})
			continue
		case !self && id == t.by.ID:
			failed = append(failed, UserFailure{User: id, Code: FailSelf, Msg: "You cannot do this to yourself"})
			continue
		}
		next, fault := edit(*u)
		if fault != nil {
			fault.User = id
			failed = append(failed, *fault)
			continue
		}
		if !sameUser(&next, u) {
			t.put(Change{User: &next})
		}
		done = append(done, id)
	}
	return done, failed
}

func sameUser(a, b *User) bool {
	x, y := *a, *b
	x.Teams, y.Teams = nil, nil
	return reflect.DeepEqual(x, y)
}

func exceedsBatch(n int) UserFailure {
	return UserFailure{Code: FailExceedsBatch, Msg: fmt.Sprintf("At most %d users at once; there are %d", BatchMax, n)}
}

// UsersResult is what became of a change to several users.
type UsersResult struct {
	Users  []UserID
	Failed []UserFailure
}

// editUsers is the form all changes to several users have.
func (s *Service) editUsers(ctx context.Context, by Caller, a perm.Action, ids []UserID, self bool, edit func(*tx, User) (User, *UserFailure)) (UsersResult, error) {
	var out UsersResult
	err := s.commit(ctx, by, func(t *tx) error {
		if err := t.check(a, 0); err != nil {
			return err
		}
		out.Users, out.Failed = t.eachUser(ids, self, func(u User) (User, *UserFailure) { return edit(t, u) })
		return nil
	})
	return out, err
}

// ActivateUsers lets users in (again). Permission user.activate.
func (s *Service) ActivateUsers(ctx context.Context, by Caller, ids []UserID) (UsersResult, error) {
	return s.editUsers(ctx, by, perm.UserActivate, ids, false, func(t *tx, u User) (User, *UserFailure) {
		if u.Status != Active {
			u.Status = Active
			if u.JoinDate == "" {
				u.JoinDate = dateOf(t.now)
			}
		}
		return u, nil
	})
}

// DeactivateUsers shuts users out; their tokens stop working at once. Permission user.deactivate.
func (s *Service) DeactivateUsers(ctx context.Context, by Caller, ids []UserID) (UsersResult, error) {
	return s.editUsers(ctx, by, perm.UserDeactivate, ids, false, func(_ *tx, u User) (User, *UserFailure) {
		u.Status = Inactive
		return u, nil
	})
}

// UpdateUsersRole gives users another role. Permission user.role.
func (s *Service) UpdateUsersRole(ctx context.Context, by Caller, ids []UserID, role Role) (UsersResult, error) {
	return s.editUsers(ctx, by, perm.UserRole, ids, false, func(_ *tx, u User) (User, *UserFailure) {
		u.Role = role
		return u, nil
	})
}

// UpdateEmailDomain moves users' addresses to another domain. Permission user.email_domain.
func (s *Service) UpdateEmailDomain(ctx context.Context, by Caller, ids []UserID, domain string) (UsersResult, error) {
	domain = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(domain), "@"))
	if !strings.Contains(domain, ".") || !validEmail("a@"+domain) {
		return UsersResult{}, invalid("new_domain", "%q is not a domain; give one like example.com", domain)
	}
	return s.editUsers(ctx, by, perm.UserEmailDomain, ids, true, func(t *tx, u User) (User, *UserFailure) {
		at := strings.LastIndexByte(u.Email, '@')
		email := u.Email[:max(at, 0)] + "@" + domain
		if other, taken := t.emails.get(emailKey(email)); taken && other != u.ID {
			return u, &UserFailure{Code: FailEmailDomain, Msg: fmt.Sprintf("%s is the address of another user", email)}
		}
		u.Email = email
		return u, nil
	})
}

// UserEdit are the changes to one user's profile; nil leaves a field as it is.
type UserEdit struct {
	User                                             UserID
	Name, Email, Title, Phone, MobilePhone, Location *string
	Birthday, JoinDate                               *string // YYYY-MM-DD, or "" for none
}

// UpdateUsers changes users' profiles. Permission user.edit: oneself, an admin anybody. A user one of
// whose fields is refused is left as it was.
func (s *Service) UpdateUsers(ctx context.Context, by Caller, edits []UserEdit) (UsersResult, error) {
	var out UsersResult
	err := s.commit(ctx, by, func(t *tx) error {
		out = UsersResult{}
		for _, e := range edits {
			if err := t.check(perm.UserEdit, selfIf(e.User == t.by.ID)); err != nil {
				return err
			}
			done, failed := t.eachUser([]UserID{e.User}, true, func(u User) (User, *UserFailure) { return t.editUser(u, e) })
			out.Users, out.Failed = append(out.Users, done...), append(out.Failed, failed...)
		}
		return nil
	})
	return out, err
}

func (t *tx) editUser(u User, e UserEdit) (User, *UserFailure) {
	bad := func(format string, args ...any) (User, *UserFailure) {
		return u, &UserFailure{Code: FailField, Msg: fmt.Sprintf(format, args...)}
	}
	if e.Name != nil {
		if err := checkName("name", *e.Name); err != nil {
			return bad("%s", err.Error())
		}
		u.Name = strings.TrimSpace(*e.Name)
	}
	if e.Email != nil {
		if !validEmail(*e.Email) {
			return bad("email: %q is not an e-mail address", *e.Email)
		}
		if other, taken := t.emails.get(emailKey(*e.Email)); taken && other != u.ID {
			return bad("email: %s is the address of another user", *e.Email)
		}
		u.Email = strings.TrimSpace(*e.Email)
	}
	for _, f := range []struct {
		name string
		from *string
		to   *string
	}{{"title", e.Title, &u.Title}, {"phone", e.Phone, &u.Phone}, {"mobile_phone", e.MobilePhone, &u.MobilePhone}, {"location", e.Location, &u.Location}} {
		if f.from == nil {
			continue
		}
		if utf8.RuneCountInString(*f.from) > 255 {
			return bad("%s: at most 255 characters", f.name)
		}
		*f.to = strings.TrimSpace(*f.from)
	}
	for _, f := range []struct {
		name string
		from *string
		to   *Date
	}{{"birthday", e.Birthday, &u.Birthday}, {"join_date", e.JoinDate, &u.JoinDate}} {
		if f.from == nil {
			continue
		}
		if _, err := time.Parse(time.DateOnly, *f.from); err != nil && *f.from != "" {
			return bad("%s: %q is not a date; write it as 2024-01-31", f.name, *f.from)
		}
		*f.to = Date(*f.from)
	}
	return u, nil
}

// InviteUsers adds people who are pending until they accept. Inviting a pending user again is no
// error; one who is in already is. Permission user.invite; nobody is invited as an admin.
func (s *Service) InviteUsers(ctx context.Context, by Caller, emails []string, role Role) (UsersResult, error) {
	if role == "" {
		role = Member
	}
	var out UsersResult
	err := s.commit(ctx, by, func(t *tx) error {
		out = UsersResult{}
		if err := t.check(perm.UserInvite, 0); err != nil {
			return err
		}
		if len(emails) == 0 {
			return invalid("emails", "emails is empty; name at least one address")
		}
		if len(emails) > BatchMax {
			return tooMany("emails", "At most %d addresses at once; there are %d", BatchMax, len(emails))
		}
		for _, email := range emails {
			id, fault := t.invite(strings.TrimSpace(email), role)
			if fault != "" {
				out.Failed = append(out.Failed, UserFailure{Email: email, Code: FailAny, Msg: fault})
			} else {
				out.Users = append(out.Users, id)
			}
		}
		return nil
	})
	return out, err
}

func (t *tx) invite(email string, role Role) (UserID, string) {
	if role == Admin {
		return 0, "Nobody can be invited as an admin; invite a member and change the role afterwards"
	}
	if !validEmail(email) {
		return 0, fmt.Sprintf("%q is not an e-mail address", email)
	}
	if id, ok := t.emails.get(emailKey(email)); ok {
		if u, _ := t.users.get(id); u.Status == Pending {
			return id, ""
		}
		return 0, fmt.Sprintf("%s is a user of this account already", email)
	}
	u := User{ID: UserID(t.newID()), Name: email[:strings.LastIndexByte(email, '@')], Email: email, Role: role, Status: Pending,
		InvitedBy: t.by.ID, Language: t.by.Language, TimeZone: t.by.TimeZone, CountryCode: t.by.CountryCode, CreatedAt: t.now}
	t.put(Change{User: &u})
	return u.ID, ""
}

func validEmail(s string) bool {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	return err == nil && a.Address == strings.TrimSpace(s) && len(s) <= 254
}

// checkName refuses names that are empty or longer than 255 characters.
func checkName(field, name string) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(name)); {
	case n == 0:
		return invalid(field, "%s is empty; give 1 to 255 characters", field)
	case n > 255:
		return invalid(field, "%s has %d characters; at most 255 are allowed", field, n)
	}
	return nil
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
