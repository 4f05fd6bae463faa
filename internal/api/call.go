package api

import (
	"context"
	"strconv"

	"github.com/lunedi-dev/lunedi/internal/graphql"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// call is one request while it runs: who asks, what of the account it sees, what it costs.
type call struct {
	h          *Handler
	by         work.Caller
	known      bool // by was authenticated by other means
	readOnly   bool // mutations are refused
	entered    bool // it counts among the caller's calls under way
	view       *work.View
	id         string // of the request
	version    *apiVersion
	complexity complexity
	// members is the number of active members, counted when first asked for, as of membersSeq.
	members    int
	membersSeq work.Seq
	toFile     bool     // asked at /v2/file, whose answers have a form of their own
	uploads    *uploads // the form that was sent, if it was one
}

func callOf(c *graphql.Context) *call { return c.State.(*call) }

// look takes a view of the account as it is now.
func (k *call) look(ctx context.Context, c *graphql.Context) error {
	v, err := k.h.service.View(ctx, k.by)
	if err != nil {
		return err
	}
	v.SetAssetURL(k.cellAssetURL)
	k.view, c.Epoch, c.Class = v, uint64(v.Seq()), v.Class()
	return nil
}

// after ends a mutation: what it answers with is read from the account as it has become.
func (k *call) after(c *graphql.Context, err error) error {
	if err != nil {
		return err
	}
	return k.look(c, c)
}

// orNull keeps nil pointers out of interfaces.
func orNull[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// badID is an id that is no whole number.
type badID struct{ field, value string }

func (e *badID) Error() string {
	return e.field + ": " + strconv.Quote(e.value) + " is not an id; ids are whole numbers"
}

func parseID[T ~int64](field, s string) (T, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, &badID{field, s}
	}
	return T(n), nil
}

// argID is the id in an argument, and otherwise where it is absent or null.
func argID[T ~int64](args graphql.Args, name string, otherwise T) (T, error) {
	if !args.Has(name) {
		return otherwise, nil
	}
	return parseID[T](name, args.String(name))
}

// argIDs are the ids in an argument; nil where it is absent or null.
func argIDs[T ~int64](args graphql.Args, name string) ([]T, error) {
	return listIDs[T](name, args.List(name))
}

// idsMax bounds a list of ids, which a nested field reads again for every object.
const idsMax = 10_000

func listIDs[T ~int64](name string, list []any) ([]T, error) {
	if list == nil {
		return nil, nil
	}
	if len(list) > idsMax {
		return nil, wrongArgument(name, name+" names "+strconv.Itoa(len(list))+" ids; at most "+strconv.Itoa(idsMax)+" are allowed at once")
	}
	out := make([]T, 0, len(list))
	for _, v := range list {
		if v == nil { // only where a workspace is meant: the Main Workspace
			out = append(out, -1)
			continue
		}
		s, _ := v.(string)
		id, err := parseID[T](name, s)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// objectID is the id in a field of an input object, 0 where it is absent or null.
func objectID[T ~int64](o map[string]any, name string) (T, error) {
	s, ok := o[name].(string)
	if !ok {
		return 0, nil
	}
	return parseID[T](name, s)
}

func objectIDs[T ~int64](o map[string]any, name string) ([]T, error) {
	list, _ := o[name].([]any)
	return listIDs[T](name, list)
}

// objectText is the string in a field of an input object, nil where it is absent or null.
func objectText(o map[string]any, name string) *string {
	if s, ok := o[name].(string); ok {
		return &s
	}
	return nil
}

func argTexts(args graphql.Args, name string) []string {
	list := args.List(name)
	if list == nil {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// argPage is the page that limit and page ask for; without a limit, limit otherwise, below 0 for none.
func argPage(args graphql.Args, otherwise int) (work.Page, error) {
	p := work.Page{Limit: otherwise, Number: args.Int("page", 1)}
	if args.Has("limit") {
		if p.Limit = args.Int("limit", 0); p.Limit < 0 {
			return p, wrongArgument("limit", "limit must be 0 or more, not "+strconv.Itoa(p.Limit))
		}
	}
	if p.Number < 1 {
		return p, wrongArgument("page", "page must be 1 or more, not "+strconv.Itoa(p.Number))
	}
	return p, nil
}

func wrongArgument(field, msg string) error {
	return &work.Error{Code: work.CodeInvalid, Field: field, Msg: msg}
}
