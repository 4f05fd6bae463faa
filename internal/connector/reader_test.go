package connector

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"github.com/lunedi-dev/lunedi/luneditest"
)

// newReader reads from an address.
func newReader(t testing.TB, endpoint string) *reader {
	t.Helper()
	api, err := mondayapi.New(mondayapi.Config{Endpoint: endpoint, Token: luneditest.AdminToken, Tries: 2,
		Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return &reader{api: api}
}

// canned is a service that answers as it is told, and keeps what it was asked.
type canned struct {
	sync.Mutex
	asked []cannedCall
}

type cannedCall struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

// newCanned starts one. An answer that begins with a digit is a status with a body.
func newCanned(t testing.TB, version string, answer func(n int, q cannedCall) string) (*reader, *canned) {
	t.Helper()
	c := &canned{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var q cannedCall
		if err := json.NewDecoder(req.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		c.Lock()
		n := len(c.asked)
		c.asked = append(c.asked, q)
		c.Unlock()
		body := answer(n, q)
		if version != "" && !strings.Contains(body, "Cannot query field") {
			w.Header().Set("Api-Version", version)
		}
		if strings.HasPrefix(body, "504") {
			w.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return newReader(t, srv.URL), c
}

// count is how many calls there were whose document has a text.
func (c *canned) count(text string) (n int) {
	c.Lock()
	defer c.Unlock()
	for _, q := range c.asked {
		if strings.Contains(q.Query, text) {
			n++
		}
	}
	return n
}

// checkRows holds rows against their streams: as many values as fields, each of its type, keys that are
// there and come once.
func checkRows(t testing.TB, all rows) {
	t.Helper()
	for s, list := range all {
		seen := map[string]bool{}
		for _, row := range list {
			if len(row) != len(s.Fields) {
				t.Fatalf("%s: a row has %d values for %d fields: %v", s.Name, len(row), len(s.Fields), row)
			}
			for i, f := range s.Fields {
				if !fits(f.Type, row[i]) {
					t.Errorf("%s.%s: %T %v", s.Name, f.Name, row[i], row[i])
				}
			}
			key := ""
			for _, k := range s.Key {
				v, ok := row[s.At(k)].(string)
				if !ok || v == "" {
					t.Errorf("%s: no %s in the key of %v", s.Name, k, row)
				}
				key += v + " "
			}
			if seen[key] {
				t.Errorf("%s: %s came twice", s.Name, key)
			}
			seen[key] = true
		}
	}
}

func fits(typ Type, v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		if typ == Date {
			_, ok := parseDay(v)
			return ok
		}
		return typ == Text && v != "" && utf8.ValidString(v)
	case int64:
		return typ == Integer
	case float64:
		return typ == Number && v-v == 0
	case bool:
		return typ == Boolean
	case time.Time:
		return typ == Time && v.Location() == time.UTC && v.Equal(v.Truncate(time.Microsecond)) && !v.IsZero()
	case json.RawMessage:
		return typ == JSON && json.Valid(v)
	}
	return false
}

// account is everything a reader reads of a small account.
type wholeAccount struct {
	directory *directoryRead
	boards    []boardRead
	items     map[string]itemRead
	updates   map[string]updateRead
	rows      rows
}

// readAll reads everything, in pages of a size.
func readAll(t testing.TB, r *reader, size int) *wholeAccount {
	t.Helper()
	ctx := t.Context()
	out := &wholeAccount{items: map[string]itemRead{}, updates: map[string]updateRead{}, rows: rows{}}
	var err error
	if out.directory, err = r.directory(ctx); err != nil {
		t.Fatal(err)
	}
	out.rows.merge(out.directory.Rows)
	for page := 1; ; page++ {
		list, lost, err := r.boards(ctx, boardsAsk{Page: page, Limit: size, From: time.Unix(1, 0), LogLimit: 10000})
		if err != nil || len(lost) > 0 {
			t.Fatal(err, lost)
		}
		out.boards = append(out.boards, list...)
		if len(list) < size {
			break
		}
	}
	for i := range out.boards {
		b := &out.boards[i]
		out.rows.merge(b.Rows)
		if b.Type == "document" {
			continue
		}
		for cursor := ""; ; {
			page, err := r.items(ctx, b.ID, cursor, size)
			if err != nil || len(page.Errors) > 0 {
				t.Fatal(b.Name, err, page)
			}
			for _, it := range page.Items {
				out.items[it.ID] = it
				out.rows.merge(it.Rows)
			}
			if cursor = page.Cursor; cursor == "" {
				break
			}
		}
	}
	for page := 1; ; page++ {
		list, _, partial, err := r.updates(ctx, "", page, min(size, 100))
		if err != nil || partial {
			t.Fatal(err, partial)
		}
		for _, u := range list {
			out.updates[u.ID] = u
			out.rows.merge(u.Rows)
		}
		if len(list) == 0 {
			break
		}
	}
	return out
}

// TestEveryStream: every stream has rows of the sample account, in small pages the same as in large ones.
func TestEveryStream(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	upload(t, srv, `mutation ($file: File!) { added: add_file_to_column(item_id: 7304402001, column_id: "drawings", file: $file) { id } }`, "a.txt")
	r := newReader(t, srv.Endpoint)
	all := readAll(t, r, 500)
	checkRows(t, all.rows)
	for _, s := range Streams() {
		if len(all.rows[s]) == 0 && s != timeTrackingStream { // the sample has clocks without sessions
			t.Errorf("no rows of %s", s.Name)
		}
	}
	for _, s := range []*Stream{accountStream, usersStream, teamsStream, workspacesStream, foldersStream, tagsStream} {
		if !all.directory.Whole[s] {
			t.Errorf("%s is not whole: %v", s.Name, all.directory.Lost)
		}
	}
	small := readAll(t, newReader(t, srv.Endpoint), 7)
	for _, s := range Streams() {
		if a, b := sorted(all.rows[s]), sorted(small.rows[s]); !slices.Equal(a, b) {
			t.Errorf("%s: %d rows in large pages, %d in small ones", s.Name, len(a), len(b))
		}
	}
	never := map[string]bool{} // fields that have no value in the sample; any other without one is read wrongly
	for _, f := range strings.Fields(`account.logo users.photo_url workspaces.icon_color workspaces.icon_image folders.custom_icon
		boards.created_from_board_id boards.communication columns.width views.source_view_id views.settings views.filter_user_id
		views.filter_team_id updates.original_creation_date assets.update_id assets.reply_id assets.original_geometry assets.url_thumbnail`) {
		never[f] = true
	}
	for _, s := range Streams() {
		for i, f := range s.Fields {
			empty := !slices.ContainsFunc(all.rows[s], func(row Row) bool { return row[i] != nil })
			if name := s.Name + "." + f.Name; empty && !never[name] && s != timeTrackingStream {
				t.Errorf("no value in %s", name)
			}
		}
	}
	for _, b := range all.boards {
		for _, e := range b.Log {
			if _, known := events[e.Event]; !known {
				t.Errorf("this server logs %s, which is not known", e.Event)
			}
		}
	}
}

// TestStamps: stamps are the ids and times of the items, page by page.
func TestStamps(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	r := newReader(t, srv.Endpoint)
	all := readAll(t, r, 500)
	var boards []string
	for _, b := range all.boards {
		if b.Type != "document" {
			boards = append(boards, b.ID)
		}
	}
	r.known.Store(boards[0], boardTraits{deep: true}) // read otherwise, to the same effect on this server
	first, err := r.stamps(t.Context(), append(boards, "99999"), 3)
	if err != nil || len(first) != len(boards) {
		t.Fatalf("%d of %d boards: %v", len(first), len(boards), err)
	}
	n := 0
	for id, page := range first {
		for {
			if page.Failed {
				t.Fatalf("%s failed", id)
			}
			for _, s := range page.Stamps {
				n++
				if it := all.items[s.ID]; it.Board != id || !it.UpdatedAt.Equal(s.UpdatedAt) {
					t.Errorf("%s on %s at %v, should be %s at %v", s.ID, id, s.UpdatedAt, it.Board, it.UpdatedAt)
				}
			}
			if page.Cursor == "" {
				break
			}
			if page, err = r.moreStamps(t.Context(), page.Cursor, 4); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != len(all.items) {
		t.Errorf("%d stamps of %d items", n, len(all.items))
	}
	if limit, err := r.dailyLimit(t.Context()); err != nil || limit != 10_000 {
		t.Errorf("%d calls a day: %v", limit, err)
	}
}

// sorted are rows as texts.
func sorted(list []Row) (out []string) {
	for _, row := range list {
		b, _ := json.Marshal(row)
		out = append(out, string(b))
	}
	slices.Sort(out)
	return out
}
