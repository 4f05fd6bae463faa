package work

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// BatchMax is how many users one call may name where the API limits it.
const BatchMax = 200

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

// DeactivateUsers shuts users out; their tokens stop working at once, and sessions end for good.
// Permission user.deactivate.
func (s *Service) DeactivateUsers(ctx context.Context, by Caller, ids []UserID) (UsersResult, error) {
	return s.editUsers(ctx, by, perm.UserDeactivate, ids, false, func(t *tx, u User) (User, *UserFailure) {
		u.Status = Inactive
		t.endSessions(u.ID, 0)
		return u, nil
	})
}

// UpdateUsersRole gives users another role. Who cannot be where it is in the new role leaves: guests
// all teams but guest teams and all boards but shareable ones, others the guest teams. Viewers and
// guests stay where they were owners as plain members and subscribers. Permission user.role.
func (s *Service) UpdateUsersRole(ctx context.Context, by Caller, ids []UserID, role Role) (UsersResult, error) {
	switch role {
	case Admin, Member, Viewer, Guest:
	default:
		return UsersResult{}, invalid("new_role", "%q is not a role; it is one of admin, member, view_only, guest", role)
	}
	return s.editUsers(ctx, by, perm.UserRole, ids, false, func(t *tx, u User) (User, *UserFailure) {
		if u.Role != role {
			t.fit(&u, role)
		}
		if role == Admin && u.Status == Pending {
			t.endSessions(u.ID, 0) // the link may be in the hands of a member who invited the user
		}
		u.Role = role
		return u, nil
	})
}

// fit takes a user out of what it cannot be in as role.
func (t *tx) fit(u *User, role Role) {
	for _, id := range u.Teams {
		team, _ := t.teams.get(id)
		if owner, _ := subscriber(team.Members, u.ID); team.Guest != (role == Guest) {
			t.put(Change{Membership: &Membership{Team: id, User: u.ID}, Delete: true})
		} else if owner && !mayOwn(role) {
			t.put(Change{Membership: &Membership{Team: id, User: u.ID}})
		}
	}
	if mayOwn(role) {
		return
	}
	for w := range t.workspaces.all() {
		if owner, _ := subscriber(w.Users, u.ID); owner {
			t.put(Change{WorkspaceUser: &WorkspaceUser{Workspace: w.ID, User: u.ID}})
		}
	}
	for b := range t.boards.all() {
		if owner, in := subscriber(b.Users, u.ID); in && role == Guest && b.Kind != Share {
			t.put(Change{BoardUser: &BoardUser{Board: b.ID, User: u.ID}, Delete: true})
		} else if owner {
			t.put(Change{BoardUser: &BoardUser{Board: b.ID, User: u.ID}})
		}
	}
}

// mayOwn reports whether users of the role can be owners of teams, workspaces and boards.
func mayOwn(role Role) bool { return role == Admin || role == Member }

// UpdateEmailDomain moves users' addresses to another domain. Permission user.email_domain.
func (s *Service) UpdateEmailDomain(ctx context.Context, by Caller, ids []UserID, domain string) (UsersResult, error) {
	domain = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(domain), "@"))
	if !strings.Contains(domain, ".") || !validEmail("a@"+domain) {
		return UsersResult{}, invalid("new_domain", "%q is not a domain; give one like example.com", domain)
	}
	return s.editUsers(ctx, by, perm.UserEmailDomain, ids, true, func(t *tx, u User) (User, *UserFailure) {
		if t.leftOpen(by, u.ID) {
			return u, &UserFailure{Code: FailEmailDomain, Msg: ownEmail}
		}
		at := strings.LastIndexByte(u.Email, '@')
		email := u.Email[:max(at, 0)] + "@" + domain
		if !validEmail(email) {
			return u, &UserFailure{Code: FailEmailDomain, Msg: fmt.Sprintf("%q would be no e-mail address", email)}
		}
		if other, taken := t.emails.get(emailKey(email)); taken && other != u.ID {
			return u, &UserFailure{Code: FailEmailDomain, Msg: fmt.Sprintf("%s is the address of another user", email)}
		}
		u.Email, u.EmailUnproven = email, false
		return u, nil
	})
}

const ownEmail = "change your own e-mail address on your profile page, which asks for your password"

// leftOpen reports whether somebody else may have found the session in which the caller wants to change its
// own address. Tokens of the API do not lie about like that.
func (t *tx) leftOpen(by Caller, user UserID) bool {
	tok, ok := t.tokens.get(by.token)
	return user == by.user && ok && tok.Kind == SessionToken && !by.again
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
			done, failed := t.eachUser([]UserID{e.User}, true, func(u User) (User, *UserFailure) { return t.editUser(by, u, e) })
			out.Users, out.Failed = append(out.Users, done...), append(out.Failed, failed...)
		}
		return nil
	})
	return out, err
}

func (t *tx) editUser(by Caller, u User, e UserEdit) (User, *UserFailure) {
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
			return bad("email: %.300q is not an e-mail address", *e.Email)
		}
		if other, taken := t.emails.get(emailKey(*e.Email)); taken && other != u.ID {
			return bad("email: %s is the address of another user", *e.Email)
		}
		email := strings.TrimSpace(*e.Email)
		if emailKey(email) != emailKey(u.Email) {
			if t.leftOpen(by, u.ID) {
				return bad("email: %s", ownEmail)
			}
			u.EmailUnproven, u.Verified = t.by.Role != Admin, false
		} else if t.by.Role == Admin {
			u.EmailUnproven = false
		}
		u.Email = email
	}
	for _, f := range []struct {
		name string
		from *string
		to   *string
	}{{"title", e.Title, &u.Title}, {"phone", e.Phone, &u.Phone}, {"mobile_phone", e.MobilePhone, &u.MobilePhone}, {"location", e.Location, &u.Location}} {
		if f.from == nil {
			continue
		}
		if err := checkText(f.name, *f.from, nameMax); err != nil {
			return bad("%s", err.Error())
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
			return bad("%s: %.30q is not a date; write it as 2024-01-31", f.name, *f.from)
		}
		*f.to = Date(*f.from)
	}
	return u, nil
}

// InviteUsers adds people who are pending until they accept. Inviting a pending user again is no
// error; one who is in already is. Permission user.invite; nobody is invited as an admin.
func (s *Service) InviteUsers(ctx context.Context, by Caller, emails []string, role Role) (UsersResult, error) {
	switch role {
	case "":
		role = Member
	case Admin, Member, Viewer, Guest:
	default:
		return UsersResult{}, invalid("user_role", "%q is not a role; it is one of member, view_only, guest", role)
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
		return 0, fmt.Sprintf("%.300q is not an e-mail address", email)
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
