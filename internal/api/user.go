package api

import (
	"context"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // utc_hours_diff must not depend on what the machine has installed

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

func (h *Handler) user() map[string]graphql.Fields {
	return map[string]graphql.Fields{
		"Query": {
			"me":    graphql.Root(func(c *graphql.Context, _ graphql.Args) (any, error) { return callOf(c).view.Me(), nil }),
			"users": graphql.Root(listUsers),
		},
		"Mutation": {
			"invite_users":          graphql.Root(h.inviteUsers),
			"activate_users":        graphql.Root(h.activateUsers),
			"deactivate_users":      graphql.Root(h.deactivateUsers),
			"update_users_role":     graphql.Root(h.updateUsersRole),
			"update_multiple_users": graphql.Root(h.updateUsers),
			"update_email_domain":   graphql.Root(h.updateEmailDomain),
		},
		"User":             h.userFields(),
		"CustomFieldMetas": nothing("description", "editable", "field_type", "flagged", "icon", "id", "position", "title"),
		"CustomFieldValue": nothing("custom_field_meta_id", "value"),
		"OutOfOffice": {
			"active":                graphql.Resolve(h.isAway),
			"disable_notifications": boolLeaf(func(u *work.User) bool { return u.Away.DisableNotifications }),
			"end_date":              textLeaf(func(u *work.User) work.Date { return u.Away.End }),
			"start_date":            textLeaf(func(u *work.User) work.Date { return u.Away.Start }),
			"type":                  textLeaf(func(u *work.User) string { return u.Away.Kind }),
		},
		"InviteUsersResult": usersResult("invited_users"),
		"InviteUsersError": {
			"code":    failureFields["code"],
			"email":   textLeaf(func(f *work.UserFailure) string { return f.Email }),
			"message": failureFields["message"],
		},
		"ActivateUsersResult":        usersResult("activated_users"),
		"ActivateUsersError":         failureFields,
		"DeactivateUsersResult":      usersResult("deactivated_users"),
		"DeactivateUsersError":       failureFields,
		"UpdateUsersRoleResult":      usersResult("updated_users"),
		"UpdateUsersRoleError":       failureFields,
		"UpdateEmailDomainResult":    usersResult("updated_users"),
		"UpdateEmailDomainError":     failureFields,
		"UpdateUserAttributesResult": usersResult("updated_users"),
		"UpdateUserAttributesError": {
			"code":    fixedLeaf(`"` + work.FailField + `"`), // the only code it has, whatever went wrong
			"message": failureFields["message"],
			"user_id": failureFields["user_id"],
		},
	}
}

func (h *Handler) userFields() graphql.Fields {
	return graphql.Fields{
		"account": graphql.Resolve(func(c *graphql.Context, _ *work.User, _ graphql.Args) (any, error) {
			return callOf(c).view.Account(), nil
		}),
		"account_products": graphql.Resolve(func(c *graphql.Context, _ *work.User, _ graphql.Args) (any, error) {
			return products(callOf(c).view.Account().Products), nil
		}),
		"birthday":             textLeaf(func(u *work.User) work.Date { return u.Birthday }),
		"country_code":         textLeaf(func(u *work.User) string { return u.CountryCode }),
		"created_at":           dayLeaf(func(u *work.User) time.Time { return u.CreatedAt }),
		"current_language":     textLeaf(func(u *work.User) string { return u.Language }),
		"custom_field_metas":   noList,
		"custom_field_values":  noList,
		"email":                nameLeaf(func(u *work.User) string { return u.Email }),
		"enabled":              boolLeaf(func(u *work.User) bool { return u.Status != work.Inactive }),
		"encrypt_api_token":    graphql.Resolve(h.userSecret),
		"id":                   idLeaf(func(u *work.User) work.UserID { return u.ID }),
		"is_admin":             boolLeaf(func(u *work.User) bool { return u.Role == work.Admin }),
		"is_guest":             boolLeaf(func(u *work.User) bool { return u.Role == work.Guest }),
		"is_pending":           boolLeaf(func(u *work.User) bool { return u.Status == work.Pending }),
		"is_verified":          boolLeaf(func(u *work.User) bool { return u.Verified }),
		"is_view_only":         boolLeaf(func(u *work.User) bool { return u.Role == work.Viewer }),
		"join_date":            textLeaf(func(u *work.User) work.Date { return u.JoinDate }),
		"last_activity":        graphql.Leaf(appendLastActivity),
		"location":             textLeaf(func(u *work.User) string { return u.Location }),
		"mobile_phone":         textLeaf(func(u *work.User) string { return u.MobilePhone }),
		"name":                 nameLeaf(func(u *work.User) string { return u.Name }),
		"out_of_office":        cached(graphql.Resolve(outOfOffice)),
		"phone":                textLeaf(func(u *work.User) string { return u.Phone }),
		"photo_original":       h.photo("original"),
		"photo_small":          h.photo("small"),
		"photo_thumb":          h.photo("thumb"),
		"photo_thumb_small":    h.photo("thumb_small"),
		"photo_tiny":           h.photo("tiny"),
		"sign_up_product_kind": textLeaf(func(u *work.User) string { return u.SignUpProduct }),
		"teams":                cached(graphql.Resolve(userTeams)),
		"time_zone_identifier": textLeaf(func(u *work.User) string { return u.TimeZone }),
		"title":                textLeaf(func(u *work.User) string { return u.Title }),
		"url": graphql.Leaf(func(dst []byte, u *work.User) []byte {
			return h.appendURL(dst, "/users/", int64(u.ID))
		}),
		"utc_hours_diff": graphql.Resolve(h.utcHours),
	}
}

// noList is a list field that never has an element.
var noList = cached(graphql.Resolve(func(*graphql.Context, *work.User, graphql.Args) (any, error) {
	return graphql.Slice[any]{}, nil
}))

// nothing binds the fields of a type that no value is of.
func nothing(names ...string) graphql.Fields {
	fields := graphql.Fields{}
	for _, n := range names {
		fields[n] = fixedLeaf(null)
	}
	return fields
}

// appendURL appends the address of a page about something with an id.
func (h *Handler) appendURL(dst []byte, path string, id int64) []byte {
	dst = graphql.AppendString(dst, h.cfg.PublicURL)
	dst = append(dst[:len(dst)-1], path...)
	return append(strconv.AppendInt(dst, id, 10), '"')
}

func appendLastActivity(dst []byte, u *work.User) []byte {
	if u.LastActivity == "" {
		return append(dst, null...)
	}
	return graphql.AppendString(dst, string(u.LastActivity)+"T00:00:00")
}

// photo binds the address of a photo in one size. A photo that is an address itself has only that.
func (h *Handler) photo(size string) graphql.Field {
	return graphql.Leaf(func(dst []byte, u *work.User) []byte {
		switch {
		case u.Photo == "":
			return append(dst, null...)
		case strings.HasPrefix(u.Photo, "https://"), strings.HasPrefix(u.Photo, "http://"):
			return graphql.AppendString(dst, u.Photo)
		}
		return graphql.AppendString(dst, h.cfg.PublicURL+"/photos/"+size+"/"+u.Photo)
	})
}

// userSecret tells callers their own token. It depends on who asks and is never kept.
func (h *Handler) userSecret(c *graphql.Context, u *work.User, _ graphql.Args) (any, error) {
	secret, err := h.service.Secret(callOf(c).view, u)
	if err != nil || secret == "" {
		return nil, err
	}
	return secret, nil
}

func outOfOffice(_ *graphql.Context, u *work.User, _ graphql.Args) (any, error) {
	if u.Away == nil {
		return nil, nil
	}
	return u, nil
}

// zone is the user's time zone, or nil where it is not known.
func (h *Handler) zone(u *work.User) *time.Location {
	if u.TimeZone == "" {
		return nil
	}
	if l, ok := h.zones.Load(u.TimeZone); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(u.TimeZone)
	if err != nil {
		l = nil
	}
	h.zones.Store(u.TimeZone, l)
	return l
}

func (h *Handler) utcHours(c *graphql.Context, u *work.User, _ graphql.Args) (any, error) {
	l := h.zone(u)
	if l == nil {
		return nil, nil
	}
	_, seconds := c.Now.In(l).Zone()
	return seconds / 3600, nil
}

func (h *Handler) isAway(c *graphql.Context, u *work.User, _ graphql.Args) (any, error) {
	l := h.zone(u)
	if l == nil {
		l = time.UTC
	}
	today := work.Date(c.Now.In(l).Format(time.DateOnly))
	return u.Away.Start <= today && (u.Away.End == "" || today <= u.Away.End), nil
}

func userTeams(c *graphql.Context, u *work.User, args graphql.Args) (any, error) {
	ids, err := argIDs[work.TeamID](args, "ids")
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.Team](callOf(c).view.UserTeams(u, ids)), nil
}

// userFilter decodes the arguments that lists of users have in common.
func userFilter(args graphql.Args) (f work.UserFilter, err error) {
	if f.IDs, err = argIDs[work.UserID](args, "ids"); err != nil {
		return f, err
	}
	if f.Page, err = argPage(args, -1); err != nil {
		return f, err
	}
	f.Emails, f.Name, f.Kind = argTexts(args, "emails"), args.String("name"), args.String("kind")
	f.NonActive, f.NewestFirst = args.Bool("non_active"), args.Bool("newest_first")
	return f, nil
}

func listUsers(c *graphql.Context, args graphql.Args) (any, error) {
	f, err := userFilter(args)
	if err != nil {
		return nil, err
	}
	users, err := callOf(c).view.Users(f)
	if err != nil {
		return nil, err
	}
	return graphql.Slice[*work.User](users), nil
}

// users are the users with the ids, in the order given, without those the caller does not see.
func (k *call) users(ids []work.UserID) graphql.Slice[*work.User] {
	out := make([]*work.User, 0, len(ids))
	for _, id := range ids {
		if u := k.view.User(id); u != nil {
			out = append(out, u)
		}
	}
	return out
}

// failures is a list of failures by reference.
type failures []work.UserFailure

func (f failures) Len() int     { return len(f) }
func (f failures) At(i int) any { return &f[i] }

// failureFields are the fields of the types that say why one user of several was passed over.
var failureFields = graphql.Fields{
	"code":    nameLeaf(func(f *work.UserFailure) string { return f.Code }),
	"message": nameLeaf(func(f *work.UserFailure) string { return f.Msg }),
	"user_id": idLeaf(func(f *work.UserFailure) work.UserID { return f.User }),
}

// usersChange is what became of a change to several users.
type usersChange struct {
	users  graphql.Slice[*work.User]
	failed failures
}

// usersResult binds a type whose users are called name.
func usersResult(name string) graphql.Fields {
	return graphql.Fields{
		name:     graphql.Resolve(func(_ *graphql.Context, u *usersChange, _ graphql.Args) (any, error) { return u.users, nil }),
		"errors": graphql.Resolve(func(_ *graphql.Context, u *usersChange, _ graphql.Args) (any, error) { return u.failed, nil }),
	}
}

// changed ends a mutation of several users.
func (k *call) changed(c *graphql.Context, r work.UsersResult, err error) (any, error) {
	if err = k.after(c, err); err != nil {
		return nil, err
	}
	return &usersChange{k.users(r.Users), r.Failed}, nil
}

// wireRoles are the names of the roles in BaseRoleName and UserRole.
var wireRoles = map[string]work.Role{"ADMIN": work.Admin, "MEMBER": work.Member, "VIEW_ONLY": work.Viewer, "GUEST": work.Guest}

func (h *Handler) inviteUsers(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	r, err := h.service.InviteUsers(c, k.by, argTexts(args, "emails"), wireRoles[args.String("user_role")])
	return k.changed(c, r, err)
}

func (h *Handler) activateUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return h.eachUser(c, args, h.service.ActivateUsers)
}

func (h *Handler) deactivateUsers(c *graphql.Context, args graphql.Args) (any, error) {
	return h.eachUser(c, args, h.service.DeactivateUsers)
}

func (h *Handler) eachUser(c *graphql.Context, args graphql.Args, edit func(context.Context, work.Caller, []work.UserID) (work.UsersResult, error)) (any, error) {
	ids, err := argIDs[work.UserID](args, "user_ids")
	if err != nil {
		return nil, err
	}
	k := callOf(c)
	r, err := edit(c, k.by, ids)
	return k.changed(c, r, err)
}

func (h *Handler) updateUsersRole(c *graphql.Context, args graphql.Args) (any, error) {
	role, err := argRole(args)
	if err != nil {
		return nil, err
	}
	return h.eachUser(c, args, func(ctx context.Context, by work.Caller, ids []work.UserID) (work.UsersResult, error) {
		return h.service.UpdateUsersRole(ctx, by, ids, role)
	})
}

// argRole is the role that new_role or role_id names.
func argRole(args graphql.Args) (work.Role, error) {
	switch {
	case args.Has("new_role") && args.Has("role_id"):
		return "", wrongArgument("role_id", "Give new_role or role_id, not both")
	case args.Has("new_role"):
		return wireRoles[args.String("new_role")], nil
	case !args.Has("role_id"):
		return "", wrongArgument("new_role", "Give the role, as new_role or role_id")
	}
	id, err := argID[int64](args, "role_id", 0)
	if err != nil {
		return "", err
	}
	for _, r := range accountRoles {
		if r.id == id {
			return r.role, nil
		}
	}
	return "", wrongArgument("role_id", "There is no role "+strconv.FormatInt(id, 10)+"; account_roles lists them")
}

func (h *Handler) updateUsers(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	updates := args.List("user_updates")
	if len(updates) > work.BatchMax && !args.Bool("use_async_mode") {
		return nil, wrongArgument("user_updates", "At most "+strconv.Itoa(work.BatchMax)+" users at once; give use_async_mode: true for more")
	}
	var edits []work.UserEdit
	var refused failures
	for _, u := range updates {
		update, _ := u.(map[string]any)
		id, err := objectID[work.UserID](update, "user_id")
		if err != nil {
			return nil, err
		}
		to, _ := update["user_attribute_updates"].(map[string]any)
		if to["department"] != nil {
			refused = append(refused, work.UserFailure{User: id, Code: work.FailField, Msg: "department: this server does not keep departments"})
			continue
		}
		edits = append(edits, work.UserEdit{
			User: id, Name: objectText(to, "name"), Email: objectText(to, "email"), Title: objectText(to, "title"),
			Phone: objectText(to, "phone"), MobilePhone: objectText(to, "mobile_phone"), Location: objectText(to, "location"),
			Birthday: objectText(to, "birthday"), JoinDate: objectText(to, "join_date"),
		})
	}
	r, err := h.service.UpdateUsers(c, k.by, edits)
	r.Failed = append(r.Failed, refused...)
	return k.changed(c, r, err)
}

func (h *Handler) updateEmailDomain(c *graphql.Context, args graphql.Args) (any, error) {
	k := callOf(c)
	in := args.Object("input")
	ids, err := objectIDs[work.UserID](in, "user_ids")
	if err != nil {
		return nil, err
	}
	domain, _ := in["new_domain"].(string)
	r, err := h.service.UpdateEmailDomain(c, k.by, ids, domain)
	return k.changed(c, r, err)
}
