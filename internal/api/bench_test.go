package api

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// large is an account of the size that the design was measured with: 10,000 users, 500 teams of 25
// members, 50 workspaces, 1,000 boards.
func large() *work.Snapshot {
	s := small()
	for i := range 10_000 {
		id := work.UserID(10_000_000 + i)
		s.Users = append(s.Users, &work.User{
			ID: id, Name: fmt.Sprintf("User Number %d", i), Email: fmt.Sprintf("user%d@example.com", i), Role: work.Member,
			Status: work.Active, Title: "Engineer", TimeZone: "Europe/Berlin", CreatedAt: day(i%28 + 1),
		})
	}
	for i := range 500 {
		id := work.TeamID(20_000_000 + i)
		s.Teams = append(s.Teams, &work.Team{ID: id, Name: fmt.Sprintf("Team Number %d", i), CreatedAt: day(1)})
		for j := range 25 {
			s.Memberships = append(s.Memberships, work.Membership{Team: id, User: work.UserID(10_000_000 + (i*97+j*211)%10_000), Owner: j == 0})
		}
	}
	for i := range 50 {
		s.Workspaces = append(s.Workspaces, &work.Workspace{ID: work.WorkspaceID(30_000_000 + i), Name: fmt.Sprintf("Workspace %d", i), Kind: work.Open, State: work.StateActive, CreatedAt: day(1)})
	}
	for i := range 1000 {
		s.Boards = append(s.Boards, &work.Board{ID: work.BoardID(40_000_000 + i), Name: fmt.Sprintf("Board Number %d", i), Kind: work.Public, State: work.StateActive,
			Workspace: work.WorkspaceID(30_000_000 + i%50), Creator: 1, Permission: work.PermEveryone, CreatedAt: day(i%28 + 1)})
	}
	filled(s, 40_000_000, 1000)
	return s
}

// filled puts items on a board, with values in twelve columns.
func filled(s *work.Snapshot, board work.BoardID, items int) {
	values := []struct {
		typ column.Type
		js  string
	}{
		{column.Status, `{"index":1,"post_id":null}`}, {column.Text, `"Some words about it"`}, {column.Numbers, `"42.5"`}, {column.Date, `{"date":"2026-06-15"}`},
		{column.People, `{"personsAndTeams":[{"id":2,"kind":"person"}]}`}, {column.Checkbox, `{"checked":true}`}, {column.Email, `{"email":"a@b.example","text":"A"}`},
		{column.Link, `{"url":"https://example.com","text":"Example"}`}, {column.Timeline, `{"to":"2026-03-15","from":"2026-03-01"}`},
		{column.Rating, `{"rating":4}`}, {column.LongText, `{"text":"Several words, and then more of them\nin two lines"}`}, {column.Phone, `{"phone":"+39061","countryShortName":"IT"}`},
	}
	s.Groups = append(s.Groups, &work.Group{Board: board, ID: "topics", Title: "Group Title", Color: "#037f4c", Pos: 1, State: work.StateActive})
	for i, v := range values {
		k, _ := column.ByName(string(v.typ))
		s.Columns = append(s.Columns, &work.Column{Board: board, ID: string(v.typ), Title: k.Title, Type: v.typ, Pos: int64(i), State: work.StateActive, Revision: 1})
	}
	for i := range items {
		it := &work.Item{
			ID: work.ItemID(50_000_000 + i), Board: board, Group: "topics", Name: fmt.Sprintf("Item Number %d", i), State: work.StateActive,
			Pos: int64(i) * work.PosStep, Number: int64(i + 1), Creator: 1, UpdatedBy: 1, CreatedAt: day(1), UpdatedAt: day(2),
		}
		for _, v := range values {
			it.Cells = append(it.Cells, work.Cell{Column: string(v.typ), Value: column.Value{JSON: v.js}, At: day(3).UnixMicro()})
		}
		s.Items = append(s.Items, it)
	}
}

// The queries that the design was measured with.
var measured = []struct{ name, query string }{
	{"Q1 50 users with teams", `{ users(limit: 50, page: 3) { id name email teams { id name } } }`},
	{"Q2 10 teams with members", `{ teams(ids: [20000001,20000002,20000003,20000004,20000005,20000006,20000007,20000008,20000009,20000010]) { id name users { id name email } } }`},
	{"Q3 one user", `{ users(ids: [10000123]) { id name email } }`},
	{"Q4 100 boards with workspace", `{ boards(limit: 100) { id name workspace { id name } } }`},
}

// discard is a ResponseWriter that counts.
type discard struct {
	header http.Header
	status int
	size   int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { d.size += len(b); return len(b), nil }

// body is a request's body that can be read again.
type body struct {
	text string
	at   int
}

func (b *body) Close() error { b.at = 0; return nil }
func (b *body) Read(p []byte) (int, error) {
	if b.at == len(b.text) {
		return 0, io.EOF
	}
	n := copy(p, b.text[b.at:])
	b.at += n
	return n, nil
}

func BenchmarkServe(b *testing.B) {
	s := start(b, large(), func(c *Config) { c.Observe, c.NewID = nil, nil })
	run := func(b *testing.B, text string, header func(http.Header)) {
		rd := &body{text: text}
		r, err := http.NewRequest("POST", "/v2", rd)
		if err != nil {
			b.Fatal(err)
		}
		r.ContentLength = int64(len(text))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", token(1))
		if header != nil {
			header(r.Header)
		}
		w := &discard{header: http.Header{}}
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			rd.at, w.size = 0, 0
			s.ServeHTTP(w, r)
		}
		if w.status != 200 {
			b.Fatal(w.status)
		}
		b.ReportMetric(float64(w.size), "bytes/answer")
	}
	for _, q := range measured {
		b.Run(q.name, func(b *testing.B) { run(b, fmt.Sprintf(`{"query":%q}`, q.query), nil) })
	}
	for _, q := range []struct{ name, fields string }{
		{"I1 100 items", "id name"},
		{"I2 100 items with values", "id name column_values { id text value type }"},
		{"I3 100 items with typed values", "id name column_values { id text value column { title } ... on StatusValue { label index } ... on PeopleValue { persons_and_teams { id kind } } }"},
	} {
		b.Run(q.name, func(b *testing.B) {
			run(b, fmt.Sprintf(`{"query":"{ boards(ids: 40000000) { items_page(limit: 100) { cursor items { %s } } } }"}`, q.fields), nil)
		})
	}
	b.Run("Q3 with variables", func(b *testing.B) {
		run(b, `{"query":"query($ids:[ID!]){ users(ids: $ids) { id name email } }","variables":{"ids":[10000123]}}`, nil)
	})
	b.Run("Q1 gzip", func(b *testing.B) {
		run(b, fmt.Sprintf(`{"query":%q}`, measured[0].query), func(h http.Header) { h.Set("Accept-Encoding", "gzip") })
	})
	b.Run("all users", func(b *testing.B) { run(b, `{"query":"{ users { id name email } }"}`, nil) })
	b.Run("mutation", func(b *testing.B) {
		run(b, `{"query":"mutation { add_users_to_team(team_id: 20000001, user_ids: [10000001]) { successful_users { id } } }"}`, nil)
	})
}
