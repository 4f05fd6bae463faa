package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// directoryData is the answer to a document made of the parts below.
type directoryData struct {
	Me         *meData          `json:"me"`
	Account    *accountData     `json:"account"`
	Users      []*userData      `json:"users"`
	Inactive   []*userData      `json:"inactive"`
	Teams      []*teamData      `json:"teams"`
	Workspaces []*workspaceData `json:"workspaces"`
	Folders    []*folderData    `json:"folders"`
	Tags       []*tagData       `json:"tags"`
}

// part is a root field, or two, with what is made of it.
type part struct {
	name    string
	what    string    // for people
	streams []*Stream // the first is of the elements themselves
	below   []string  // fields of an element that the second stream is made of
	page    int       // how many elements a page has; 0 for lists that come whole
	lists   []string  // the root fields
	ids     func(*directoryData) (ids []string, most int)
	take    func(to, from *directoryData)
}

var parts = []part{
	{name: "me", what: "the token's user", lists: []string{"me"},
		take: func(to, from *directoryData) { to.Me = from.Me }},
	{name: "account", what: "the account", lists: []string{"account"}, streams: []*Stream{accountStream},
		take: func(to, from *directoryData) { to.Account = from.Account }},
	{name: "users", what: "users", lists: []string{"users", "inactive"}, streams: []*Stream{usersStream}, page: 1000,
		ids: func(d *directoryData) ([]string, int) {
			ids := keys(d.Users, func(u *userData) string { return u.ID })
			ids = append(ids, keys(d.Inactive, func(u *userData) string { return "inactive " + u.ID })...)
			return ids, max(len(d.Users), len(d.Inactive))
		},
		take: func(to, from *directoryData) {
			to.Users, to.Inactive = append(to.Users, from.Users...), append(to.Inactive, from.Inactive...)
		}},
	{name: "teams", what: "teams", lists: []string{"teams"}, streams: []*Stream{teamsStream, teamMembersStream}, below: []string{"owners", "users"},
		take: func(to, from *directoryData) { to.Teams = from.Teams }},
	{name: "workspaces", what: "workspaces", lists: []string{"workspaces"}, streams: []*Stream{workspacesStream, workspaceMembersStream}, page: 100,
		below: []string{"owners_subscribers", "users_subscribers", "team_owners_subscribers", "teams_subscribers"},
		ids: func(d *directoryData) ([]string, int) {
			return keys(d.Workspaces, func(w *workspaceData) string { return w.ID }), len(d.Workspaces)
		},
		take: func(to, from *directoryData) { to.Workspaces = append(to.Workspaces, from.Workspaces...) }},
	{name: "folders", what: "folders", lists: []string{"folders"}, streams: []*Stream{foldersStream}, page: 100,
		ids: func(d *directoryData) ([]string, int) {
			return keys(d.Folders, func(f *folderData) string { return f.ID }), len(d.Folders)
		},
		take: func(to, from *directoryData) { to.Folders = append(to.Folders, from.Folders...) }},
	{name: "tags", what: "tags", lists: []string{"tags"}, streams: []*Stream{tagsStream},
		take: func(to, from *directoryData) { to.Tags = from.Tags }},
}

// keys are the ids of a list's elements; those that are null have none.
func keys[T any](list []*T, id func(*T) string) (ids []string) {
	for _, e := range list {
		if e != nil {
			ids = append(ids, id(e))
		}
	}
	return ids
}

// listTries is how often a list is read that shifts while it is being read.
const listTries = 3

// directory reads the directory: one call where every list fits into one page.
func (r *reader) directory(ctx context.Context) (*directoryRead, error) {
	d := &directoryRead{Rows: rows{}, Whole: map[*Stream]bool{}, Forgot: map[*Stream]map[string]bool{}}
	for i := range parts {
		for _, s := range parts[i].streams {
			d.Whole[s] = true
		}
	}
	all, err := r.firstPages(ctx, d)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		p := &parts[i]
		if p.page == 0 || !d.Whole[p.streams[0]] {
			continue
		}
		if _, most := p.ids(all); most < p.page {
			continue
		}
		list, err := r.wholeList(ctx, d, p, all)
		if err != nil {
			return nil, err
		}
		p.drop(all)
		p.take(all, list)
	}
	if err := r.moreMembers(ctx, d, all.Workspaces); err != nil {
		return nil, err
	}
	all.rows(d)
	d.Account.Version = r.speaks()
	if d.Account.UserID == "" || d.Account.ID == "" {
		return d, r.scopes.unnamed()
	}
	return d, nil
}

// drop takes a part out of an answer.
func (p *part) drop(d *directoryData) {
	switch p.name {
	case "users":
		d.Users, d.Inactive = nil, nil
	case "workspaces":
		d.Workspaces = nil
	case "folders":
		d.Folders = nil
	}
}

// firstPages reads everything in one call; where that is not allowed or too much, part by part.
func (r *reader) firstPages(ctx context.Context, d *directoryRead) (*directoryData, error) {
	names := make([]string, len(parts))
	for i := range parts {
		names[i] = parts[i].name
	}
	all := &directoryData{}
	err := r.roots(ctx, d, names, 1, all)
	if err == nil || !tooMuch(err) && !isKind(err, mondayapi.Forbidden, mondayapi.Invalid) {
		return all, err
	}
	all = &directoryData{}
	for i := range parts {
		p, one := &parts[i], &directoryData{}
		err := r.roots(ctx, d, []string{p.name}, 1, one)
		switch {
		case err == nil:
			p.take(all, one)
		case r.scopes.lacks(fieldScopes[p.name]):
			d.miss(p)
		case p.name == "me" || !tooMuch(err) && !isKind(err, mondayapi.Forbidden, mondayapi.Invalid):
			return nil, err
		default:
			d.lose(p, false, err.Error(), isKind(err, mondayapi.Forbidden))
		}
	}
	return all, nil
}

// roots sends a document of parts and notes which of them did not come whole.
func (r *reader) roots(ctx context.Context, d *directoryRead, names []string, page int, data *directoryData) error {
	a, err := r.send(ctx, func(version string) *document { return rootsFor(names, version) }, map[string]any{"page": page}, data)
	if err != nil {
		return err
	}
	for _, e := range a.Errors {
		root := ""
		if len(e.Path) > 0 {
			root, _ = e.Path[0].(string)
		}
		for i := range parts {
			p := &parts[i]
			if !slices.Contains(names, p.name) || root != "" && !slices.Contains(p.lists, root) {
				continue
			}
			below := slices.ContainsFunc(e.Path, func(x any) bool { s, _ := x.(string); return slices.Contains(p.below, s) })
			if r.scopes.lacks(fieldScopes[lastName(e.Path)]) { // told by scope
				d.miss(p)
				continue
			}
			d.lose(p, below, e.Message, denied(e.Code))
		}
	}
	return nil
}

// denied says that a code is of something that the token's user or scopes do not allow.
func denied(code string) bool {
	return slices.Contains([]string{"USER_UNAUTHORIZED", "UserUnauthorizedException", "UNAUTHORIZED_FIELD_OR_TYPE", "missingRequiredPermissions", "FORBIDDEN_EXCEPTION"}, code)
}

// miss notes that the token may not read a part.
func (d *directoryRead) miss(p *part) {
	for _, s := range p.streams {
		d.Whole[s] = false
	}
}

// lose notes that a part, or only what is below its elements, could not be read whole.
func (d *directoryRead) lose(p *part, below bool, why string, denied bool) {
	streams, kind, remedy := p.streams, "error", "The next run tries again; what was read before stays."
	if below {
		streams = streams[1:]
	}
	if denied {
		kind, remedy = "forbidden", "Use the token of an administrator of the account."
	}
	for _, s := range streams {
		d.Whole[s] = false
	}
	problem := Problem{Kind: kind, Message: fmt.Sprintf("Not all of %s could be read: %s", p.what, why), Remedy: remedy}
	if !slices.Contains(d.Lost, problem) {
		d.Lost = append(d.Lost, problem)
	}
}

// wholeList reads a list of several pages. Pages are cut anew at every call, so a list that changes between
// two of them can show an element twice or not at all: a list in which an id came twice, or a page with room
// was followed by another, is read again. One that stays as odd as it is counts as whole all the same when
// it was the same twice and named nothing twice.
func (r *reader) wholeList(ctx context.Context, d *directoryRead, p *part, first *directoryData) (*directoryData, error) {
	var before []string
	for try := range listTries {
		list, ids, short := &directoryData{}, []string(nil), false
		shifted := false
		for page := 1; ; page++ {
			one := first
			if try > 0 || page > 1 {
				one = &directoryData{}
				if err := r.roots(ctx, d, []string{p.name}, page, one); err != nil {
					return nil, err
				}
			}
			some, most := p.ids(one)
			if most == 0 {
				break
			}
			shifted = shifted || short
			short = most < p.page
			ids = append(ids, some...)
			p.take(list, one)
		}
		slices.Sort(ids)
		unique := slices.Compact(slices.Clone(ids))
		if len(unique) == len(ids) && (!shifted || slices.Equal(ids, before)) {
			return list, nil
		}
		if before = ids; try == listTries-1 {
			d.lose(p, false, "the list changed while it was being read, three times", false)
			return list, nil
		}
	}
	return nil, nil // not reached
}

// moreMembers reads the rest of the members of workspaces that have more than came with them.
func (r *reader) moreMembers(ctx context.Context, d *directoryRead, list []*workspaceData) error {
	full := map[string]*workspaceData{}
	var ids []string
	for _, w := range list {
		if w != nil && w.full() {
			full[w.ID] = w
			ids = append(ids, w.ID)
		}
	}
	for some := range slices.Chunk(ids, presentAtOnce) {
		for page := 2; len(some) > 0; page++ {
			var data struct {
				Workspaces []*workspaceData `json:"workspaces"`
			}
			a, err := r.ask(ctx, "workspaceMembers", map[string]any{"ids": some, "page": page}, &data)
			why := ""
			switch {
			case tooMuch(err):
				why = err.Error()
			case err != nil:
				return err
			case len(a.Errors) > 0:
				why = a.Errors[0].Message
			}
			if why != "" {
				d.lose(partNamed("workspaces"), true, why, false)
				return nil
			}
			some = nil
			for _, w := range data.Workspaces {
				if w == nil || full[w.ID] == nil {
					continue
				}
				full[w.ID].more(w)
				if w.full() {
					some = append(some, w.ID)
				}
			}
		}
	}
	return nil
}

func partNamed(name string) *part {
	return &parts[slices.IndexFunc(parts, func(p part) bool { return p.name == name })]
}

// rows makes the rows, and the hash of names.
func (all *directoryData) rows(d *directoryRead) {
	if m := all.Me; m != nil {
		d.Account.UserID, d.Account.UserName, d.Account.UserEmail = m.ID, m.Name, m.Email
		d.Account.Admin = m.Admin || m.Kind == "admin"
	}
	if a := all.Account; a != nil {
		d.Account.ID, d.Account.Name, d.Account.Slug, d.Account.Tier = a.ID, a.Name, a.Slug, a.Tier
		d.Rows.add(accountStream, a.row())
	}
	var names []string
	seen := map[string]bool{}
	for _, u := range slices.Concat(all.Users, all.Inactive) {
		if u != nil && !seen[u.ID] { // the pending ones may be on both lists
			seen[u.ID] = true
			d.Rows.add(usersStream, u.row())
			names = append(names, "user "+u.ID+" "+u.Name)
		}
	}
	for _, t := range all.Teams {
		if t != nil {
			t.rows(d.Rows)
			names = append(names, "team "+t.ID+" "+t.Name)
		}
	}
	seen = map[string]bool{}
	for _, w := range all.Workspaces {
		if w != nil && w.ID != "" && !seen[w.ID] { // an old account's Main Workspace has no id
			seen[w.ID] = true
			w.rows(d.Rows)
		}
	}
	seen = map[string]bool{}
	for _, f := range all.Folders {
		if f != nil && !seen[f.ID] {
			seen[f.ID] = true
			d.Rows.add(foldersStream, f.row())
		}
	}
	for _, t := range all.Tags {
		if t != nil {
			d.Rows.add(tagsStream, t.row())
			names = append(names, "tag "+t.ID+" "+t.Name)
		}
	}
	if d.Whole[usersStream] && d.Whole[teamsStream] && d.Whole[tagsStream] {
		slices.Sort(names)
		d.Names = hashed(names)
	}
}

// hashed is a short text that is another when any of the texts is.
func hashed(texts []string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// dailyLimit asks how many calls the plan allows a day; 0 when the service does not say.
func (r *reader) dailyLimit(ctx context.Context) (int, error) {
	var data struct {
		Platform *struct {
			Daily *struct {
				Base  *float64 `json:"base"`
				Total *float64 `json:"total"`
			} `json:"daily_limit"`
		} `json:"platform_api"`
	}
	_, err := r.ask(ctx, "dailyLimit", nil, &data)
	switch {
	case isKind(err, mondayapi.Invalid, mondayapi.Forbidden): // not every version, plan and user has it
		return 0, nil
	case err != nil || data.Platform == nil || data.Platform.Daily == nil:
		return 0, err
	case data.Platform.Daily.Total != nil:
		return int(*data.Platform.Daily.Total), nil
	case data.Platform.Daily.Base != nil:
		return int(*data.Platform.Daily.Base), nil
	}
	return 0, nil
}

// presentBy are the operations that tell which elements are still there.
var presentBy = map[*Stream]string{
	usersStream: "presentUsers", teamsStream: "presentTeams", workspacesStream: "presentWorkspaces",
	foldersStream: "presentFolders", tagsStream: "presentTags", boardsStream: "presentBoards",
}

// presentAtOnce is how many ids are asked for in a call, as the documents say.
const presentAtOnce = 100

// present reads those of users, teams, workspaces, folders, tags or boards that are still there by id: what
// a list no longer had is not called deleted before it was asked for. While something could not be read,
// nothing counts as gone.
func (r *reader) present(ctx context.Context, s *Stream, ids []string) (map[string]bool, error) {
	there := make(map[string]bool, len(ids))
	for some := range slices.Chunk(ids, presentAtOnce) {
		var data struct {
			List []*ref `json:"list"`
			More []*ref `json:"more"`
		}
		a, err := r.ask(ctx, presentBy[s], map[string]any{"ids": some}, &data)
		if err != nil && !tooMuch(err) && !isKind(err, mondayapi.Forbidden) {
			return nil, err
		}
		if err != nil || len(a.Errors) > 0 {
			for _, id := range some {
				there[id] = true
			}
		}
		for _, e := range slices.Concat(data.List, data.More) {
			there[e.id()] = true
		}
	}
	return there, nil
}
