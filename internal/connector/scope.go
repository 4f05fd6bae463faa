package connector

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
)

// A token can be limited to scopes. What it lacks is told field by field, and a field that may not be null
// takes all of what it is in with it: one name of an owner that cannot be read is a board that cannot. So
// the reader learns what is lacking from the first answer that says so, asks again without the fields that
// need it, and leaves them out from then on.

// fieldScopes says which scope the fields of our documents need, by the names that answers have.
var fieldScopes = map[string]string{
	"me": "me:read", "account": "account:read",
	"users": "users:read", "inactive": "users:read", "creator": "users:read", "owners": "users:read", "subscribers": "users:read",
	"owners_subscribers": "users:read", "users_subscribers": "users:read", "uploaded_by": "users:read",
	"teams": "teams:read", "team_owners": "teams:read", "team_subscribers": "teams:read",
	"team_owners_subscribers": "teams:read", "teams_subscribers": "teams:read",
	"workspaces": "workspaces:read", "folders": "workspaces:read", "tags": "tags:read",
	"boards": "boards:read", "items": "boards:read", "items_page": "boards:read", "next_items_page": "boards:read", "item": "boards:read",
	"updates": "updates:read", "assets": "assets:read",
}

// leftOut finds the fields that are left out of documents for want of a scope: those with a selection of ids
// or of files, that have no other name. A root field stays, and is null.
var leftOut = sync.OnceValue(func() map[string]*regexp.Regexp {
	names := map[string][]string{}
	for field, scope := range fieldScopes {
		names[scope] = append(names[scope], field)
	}
	out := map[string]*regexp.Regexp{}
	for scope, fields := range names {
		slices.Sort(fields)
		out[scope] = regexp.MustCompile(`(\w+: *)?\b(?:` + strings.Join(fields, "|") + `)(?:\([^)]*\))?(?: @include\([^)]*\))? \{ (?:id|id board \{ id \}|\.\.\.asset) \}`)
	}
	return out
})

var assetFragment = regexp.MustCompile(`(?s)fragment asset on .*?\n}\n`)

var named = regexp.MustCompile(`^\w+:`)

// scopes are those that the token was found to lack. They may be used by several goroutines.
type scopes struct {
	mu   sync.Mutex
	lack []string // sorted
}

func (s *scopes) lacking() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lack)
}

func (s *scopes) lacks(scope string) bool { return slices.Contains(s.lacking(), scope) }

// learn notes what an answer, or the lack of one, says of scopes, and whether any of it is new.
func (s *scopes) learn(a *mondayapi.Answer, err error) (news bool) {
	var errs []mondayapi.FieldError
	var failed *mondayapi.Error
	switch {
	case err == nil:
		errs = a.Errors
	case errors.As(err, &failed):
		errs = failed.Fields
	}
	for _, e := range errs {
		scope := fieldScopes[lastName(e.Path)]
		if e.Code != "UNAUTHORIZED_FIELD_OR_TYPE" || scope == "" {
			continue
		}
		s.mu.Lock()
		if at, known := slices.BinarySearch(s.lack, scope); !known {
			s.lack = slices.Insert(s.lack, at, scope)
			news = true
		}
		s.mu.Unlock()
	}
	return news
}

// lastName is the field that a path leads to.
func lastName(path []any) string {
	for _, p := range slices.Backward(path) {
		if name, ok := p.(string); ok {
			return name
		}
	}
	return ""
}

// without is a document without the fields that the token may not read.
func (s *scopes) without(d *document) *document {
	lack := s.lacking()
	if len(lack) == 0 {
		return d
	}
	key := strings.Join(lack, " ") + "\n" + d.text
	if kept, ok := documents.Load(key); ok {
		return kept.(*document)
	}
	text := d.text
	for _, scope := range lack {
		if re := leftOut()[scope]; re != nil {
			text = re.ReplaceAllStringFunc(text, func(field string) string {
				if named.MatchString(field) {
					return field
				}
				return ""
			})
		}
	}
	if !strings.Contains(text, "...asset") { // nor may a fragment be there for nothing
		text = assetFragment.ReplaceAllString(text, "")
	}
	out := &document{text: text, vars: slices.DeleteFunc(slices.Clone(d.vars), func(v string) bool { return strings.Count(text, "$"+v) < 2 })}
	for _, v := range d.vars {
		if !slices.Contains(out.vars, v) { // it may not be declared, then
			out.text = regexp.MustCompile(`(?:, )?\$`+v+`: [^,)]+`).ReplaceAllString(out.text, "")
		}
	}
	documents.Store(key, out)
	return out
}

// forgetAnswer makes room for another answer: a decoder may leave in place what it finds.
func forgetAnswer(data any) { reflect.ValueOf(data).Elem().SetZero() }

// scopesOf says which scopes the rows of streams need: without one of all there are none, and without one of
// some there are only some. What cannot be read whole is not compared with what is there.
var scopesOf = sync.OnceValue(func() map[*Stream]struct{ all, some []string } {
	type needs = struct{ all, some []string }
	out := map[*Stream]needs{
		accountStream: {all: []string{"account:read"}}, usersStream: {all: []string{"users:read"}}, teamsStream: {all: []string{"teams:read"}},
		teamMembersStream: {all: []string{"teams:read", "users:read"}},
		workspacesStream:  {all: []string{"workspaces:read"}}, foldersStream: {all: []string{"workspaces:read"}},
		workspaceMembersStream: {[]string{"workspaces:read"}, []string{"teams:read", "users:read"}},
		boardMembersStream:     {[]string{"boards:read"}, []string{"teams:read", "users:read"}},
		updatesStream:          {all: []string{"boards:read", "updates:read"}}, repliesStream: {all: []string{"boards:read", "updates:read"}},
		assetsStream: {[]string{"assets:read", "boards:read"}, []string{"updates:read"}},
		tagsStream:   {all: []string{"tags:read"}},
	}
	for _, s := range Streams() {
		if _, ok := out[s]; !ok {
			out[s] = needs{all: []string{"boards:read"}}
		}
	}
	return out
})

// unread says that nothing of a stream can be read for want of a scope.
func (s *scopes) unread(st *Stream) bool {
	return slices.ContainsFunc(scopesOf()[st].all, s.lacks)
}

// partly says that not all of a stream can be read for want of a scope.
func (s *scopes) partly(st *Stream) bool {
	return s.unread(st) || slices.ContainsFunc(scopesOf()[st].some, s.lacks)
}

// problems tell of what is lacking, and of the streams that miss it.
func (s *scopes) problems() (list []Problem) {
	for _, scope := range s.lacking() {
		var none []string
		for _, st := range Streams() {
			if slices.Contains(scopesOf()[st].all, scope) {
				none = append(none, st.Name)
			}
		}
		list = append(list, Problem{Kind: "forbidden",
			Message: fmt.Sprintf("The token lacks the scope %s: of %s nothing can be read. What was read before stays as it was.", scope, cmp.Or(strings.Join(none, ", "), "its user")),
			Remedy:  "Give the token that scope, or use a personal token, which has them all."})
	}
	return list
}

// unnamed refuses a token that does not tell whose it is.
func (s *scopes) unnamed() error {
	lack := slices.DeleteFunc(s.lacking(), func(scope string) bool { return scope != "me:read" && scope != "account:read" })
	if len(lack) == 0 {
		return errors.New("the service does not say whose the token is")
	}
	return &Refused{Field: "auth_token", Code: "forbidden", Msg: fmt.Sprintf(
		"auth_token: the token lacks the scope %s, so nothing tells whose it is. Give it that scope, or use a personal token, which has them all.", strings.Join(lack, " and "))}
}
