package graphql_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// The four shapes that servers of this kind are compared by, over 10,000 people in 500 groups: a page
// with a nested list, a few groups with all their members, one person, and many with a parent each.
const benchSDL = `
type Query {
  users(ids: [ID!], limit: Int = 25, page: Int = 1): [User]
  teams(ids: [ID!]): [Team]
  boards(limit: Int = 25): [Board]
}
type User { id: ID! name: String! email: String! teams: [Team] }
type Team { id: ID! name: String! owners: [User!]! users: [User] }
type Workspace { id: ID! name: String! kind: String description: String }
type Board { id: ID! name: String! workspace: Workspace }
`

type benchUser struct {
	id          int64
	name, email string
	teams       graphql.Slice[*benchTeam]
	list        graphql.List // teams, made an interface once and not at every answer
}

type benchTeam struct {
	id     int64
	name   string
	owners graphql.List
	users  graphql.List
}

type benchWorkspace struct {
	id                      int64
	name, kind, description string
}

type benchBoard struct {
	id        int64
	name      string
	workspace *benchWorkspace
}

type benchData struct {
	users  []*benchUser
	teams  []*benchTeam
	boards []*benchBoard
}

func newBenchData() *benchData {
	d := &benchData{}
	for i := range 10000 {
		d.users = append(d.users, &benchUser{id: int64(i + 1), name: fmt.Sprintf("User Number %d", i), email: fmt.Sprintf("user%d@example.com", i)})
	}
	for i := range 500 {
		t := &benchTeam{id: int64(i + 1), name: fmt.Sprintf("Team %d", i)}
		var users graphql.Slice[*benchUser]
		for j := range 40 {
			u := d.users[(i*37+j*251)%len(d.users)]
			users = append(users, u)
			u.teams = append(u.teams, t)
		}
		t.users, t.owners = users, users[:2]
		d.teams = append(d.teams, t)
	}
	for _, u := range d.users {
		u.list = u.teams
	}
	for i := range 1000 {
		w := &benchWorkspace{int64(i%200 + 1), fmt.Sprintf("Workspace %d", i%200), "open", "Where work is done"}
		d.boards = append(d.boards, &benchBoard{int64(i + 1), fmt.Sprintf("Board %d", i), w})
	}
	return d
}

func benchID[T any](id func(T) int64) graphql.Field {
	return graphql.Leaf(func(dst []byte, v T) []byte {
		return append(graphql.AppendInt(append(dst, '"'), id(v)), '"')
	})
}

func benchString[T any](s func(T) string) graphql.Field {
	return graphql.Leaf(func(dst []byte, v T) []byte { return graphql.AppendString(dst, s(v)) })
}

func benchList[T any](list func(T) graphql.List) graphql.Field {
	return cached(graphql.Resolve(func(_ *graphql.Context, v T, _ graphql.Args) (any, error) { return list(v), nil }))
}

func (d *benchData) bindings() graphql.Bindings {
	return graphql.Bindings{Objects: map[string]graphql.Fields{
		"Query": {
			"users": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
				if ids := args.List("ids"); ids != nil {
					out := make(graphql.Slice[*benchUser], 0, len(ids))
					for _, id := range ids {
						out = append(out, d.users[atoi(id.(string))-1])
					}
					return out, nil
				}
				limit, page := args.Int("limit", 25), args.Int("page", 1)
				return graphql.Slice[*benchUser](d.users[(page-1)*limit : page*limit]), nil
			}),
			"teams": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
				ids := args.List("ids")
				out := make(graphql.Slice[*benchTeam], 0, len(ids))
				for _, id := range ids {
					out = append(out, d.teams[atoi(id.(string))-1])
				}
				return out, nil
			}),
			"boards": graphql.Root(func(_ *graphql.Context, args graphql.Args) (any, error) {
				return graphql.Slice[*benchBoard](d.boards[:args.Int("limit", 25)]), nil
			}),
		},
		"User": {
			"id":    benchID(func(u *benchUser) int64 { return u.id }),
			"name":  benchString(func(u *benchUser) string { return u.name }),
			"email": benchString(func(u *benchUser) string { return u.email }),
			"teams": benchList(func(u *benchUser) graphql.List { return u.list }),
		},
		"Team": {
			"id":     benchID(func(t *benchTeam) int64 { return t.id }),
			"name":   benchString(func(t *benchTeam) string { return t.name }),
			"owners": benchList(func(t *benchTeam) graphql.List { return t.owners }),
			"users":  benchList(func(t *benchTeam) graphql.List { return t.users }),
		},
		"Workspace": {
			"id":          benchID(func(w *benchWorkspace) int64 { return w.id }),
			"name":        benchString(func(w *benchWorkspace) string { return w.name }),
			"kind":        benchString(func(w *benchWorkspace) string { return w.kind }),
			"description": benchString(func(w *benchWorkspace) string { return w.description }),
		},
		"Board": {
			"id":   benchID(func(b *benchBoard) int64 { return b.id }),
			"name": benchString(func(b *benchBoard) string { return b.name }),
			"workspace": cached(graphql.Resolve(func(_ *graphql.Context, b *benchBoard, _ graphql.Args) (any, error) {
				return b.workspace, nil
			})),
		},
	}}
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

var benchQueries = []struct{ name, query string }{
	{"Q1", `{ users(limit: 50, page: 3) { id name email teams { id name } } }`},
	{"Q2", `{ teams(ids: [11, 22, 33, 44, 55, 66, 77, 88, 99, 110]) { id name owners { id } users { id name email } } }`},
	{"Q3", `{ users(ids: [4711]) { id name email } }`},
	{"Q4", `{ boards(limit: 100) { id name workspace { id name kind description } } }`},
}

func benchExecutor(b *testing.B, planBytes int) *graphql.Executor {
	b.Helper()
	limits := testLimits
	limits.PlanBytes = planBytes
	e, err := graphql.New(graphql.Config{
		Sources:  []graphql.Source{{Name: "bench", Text: benchSDL}},
		Versions: []string{"1"}, Bindings: newBenchData().bindings(), Limits: limits,
	})
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func benchPrepare(b *testing.B, planBytes int) {
	e := benchExecutor(b, planBytes)
	for _, q := range benchQueries {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, errs := e.Prepare(&graphql.Request{Version: "1", Query: q.query}); errs != nil {
					b.Fatal(errs)
				}
			}
		})
	}
}

func BenchmarkPrepareHit(b *testing.B)  { benchPrepare(b, 8<<20) }
func BenchmarkPrepareMiss(b *testing.B) { benchPrepare(b, 0) }

func benchAppend(b *testing.B, epoch uint64) {
	e := benchExecutor(b, 8<<20)
	for _, q := range benchQueries {
		b.Run(q.name, func(b *testing.B) {
			op, errs := e.Prepare(&graphql.Request{Version: "1", Query: q.query})
			if errs != nil {
				b.Fatal(errs)
			}
			var dst []byte
			c := &graphql.Context{Context: b.Context(), Epoch: epoch}
			b.ReportAllocs()
			for b.Loop() {
				dst, errs = e.Append(c, op, dst[:0])
				if errs != nil {
					b.Fatal(errs)
				}
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

func BenchmarkAppend(b *testing.B)     { benchAppend(b, 0) }
func BenchmarkAppendMemo(b *testing.B) { benchAppend(b, 1) }

func BenchmarkNew(b *testing.B) {
	sdl, err := os.ReadFile("testdata/schema.graphql")
	if err != nil {
		b.Fatal(err)
	}
	cfg := config(b, newLibrary(3, 2), testLimits)
	cfg.Sources[0].Text = string(sdl)
	for b.Loop() {
		if _, err := graphql.New(cfg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefuseBillionLaughs(b *testing.B) {
	e := benchExecutor(b, 8<<20)
	query := billionLaughs(30)
	for b.Loop() {
		if _, errs := e.Prepare(&graphql.Request{Version: "1", Query: query}); errs == nil {
			b.Fatal("accepted")
		}
	}
}

// billionLaughs is a document whose fragments double n times.
func billionLaughs(n int) string {
	var b strings.Builder
	b.WriteString("{ users { ...f0 } }")
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on User { a%d: name ...f%d b: teams { users { ...f%d } } }", i, i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment f%d on User { id }", n)
	return b.String()
}
