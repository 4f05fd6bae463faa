package mondayapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/lunedi-dev/lunedi/luneditest"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body         string
		data         string
		fields, null int
		errors       string
		bad          bool
	}{
		{body: `{"data":{"a":1,"b":null},"errors":[{}]}`, data: `{"a":1,"b":null}`, fields: 2, null: 1, errors: `[{}]`},
		{body: " {\n\"errors\" : [ ] , \"data\" : { \"a\" : [ { } , \"]}\" ] } } ", data: `{ "a" : [ { } , "]}" ] }`, fields: 1, errors: `[ ]`},
		{body: `{"data":null,"errors":null}`},
		{body: `{"data":{}}`, data: `{}`},
		{body: `{"data":{"complexity":{"query":1}}}`, data: `{"complexity":{"query":1}}`},
		{body: `{"data":{"a":"\\\"}","b\"":"\\"}}`, data: `{"a":"\\\"}","b\"":"\\"}`, fields: 2},
		{body: `{"data":{"a":1}`, bad: true},
		{body: `{"data":{"a":1}}}`, bad: true},
		{body: `{"data":{"a":`, bad: true},
		{body: `{"data":`, bad: true},
		{body: `{"data"`, bad: true},
		{body: `{"data":{"a":"x`, bad: true},
		{body: `{"data":{"a" 1}}`, bad: true},
		{body: `{"data":{,}}`, bad: true},
		{body: `[]`, bad: true},
		{body: ``, bad: true},
	} {
		e, err := open([]byte(c.body))
		if c.bad != (err != nil) {
			t.Errorf("%s: %v", c.body, err)
		}
		if !c.bad && (string(e.data) != c.data || e.fields != c.fields || e.null != c.null || string(e.errors) != c.errors) {
			t.Errorf("%s: %+v", c.body, e)
		}
	}
}

// FuzzOpen: whatever is JSON is taken apart as encoding/json would do it, and nothing ends in a panic.
func FuzzOpen(f *testing.F) {
	f.Add(`{"data":{"a":1,"b":null},"errors":[{"message":"m","path":["a",1],"extensions":{"code":"c","retry_in_seconds":3}}]}`)
	f.Add(`{"error_code":"x","error_message":"y","error_data":{"retry_in_seconds":1},"status_code":429}`)
	f.Add(`{"errors":["a"],"data":{"complexity":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := open([]byte(text))
		e.faults()
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil || want == nil || strings.Contains(text, `\u`) {
			return // not JSON, or names that are written otherwise
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if data := want["data"]; strings.Count(text, `"data"`) == 1 && len(data) > 0 && data[0] == '{' && string(data) != string(e.data) {
			t.Fatalf("%q: %q", text, e.data)
		}
	})
}

// item is what the connector reads of one, more or less.
type item struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	State        string `json:"state"`
	CreatedAt    string `json:"created_at"`
	UpdatedAt    string `json:"updated_at"`
	URL          string `json:"url"`
	ColumnValues []struct {
		ID    string  `json:"id"`
		Type  string  `json:"type"`
		Text  *string `json:"text"`
		Value *string `json:"value"`
	} `json:"column_values"`
}

type itemsPage struct {
	Boards []struct {
		Page struct {
			Cursor *string `json:"cursor"`
			Items  []item  `json:"items"`
		} `json:"items_page"`
	} `json:"boards"`
}

const itemsDocument = `{ complexity { before query after reset_in_x_seconds } boards(ids: [60447105]) { items_page(limit: 500) { cursor items {
	id name state created_at updated_at url column_values { id type text value } } } } }`

// TestServer reads a Lunedi server.
func TestServer(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	var data itemsPage
	a, err := newClient(t, Config{Endpoint: srv.Endpoint, Token: luneditest.AdminToken}).Query(t.Context(), itemsDocument, nil, &data)
	if err != nil || len(data.Boards) != 1 || len(data.Boards[0].Page.Items) == 0 || a.Complexity.Query == 0 || a.Version != Version {
		t.Errorf("%+v %v %d boards", a, err, len(data.Boards))
	}
	for token, kind := range map[string]Kind{"wrong": Unauthorized, luneditest.ViewerToken: Unauthorized} {
		_, err := newClient(t, Config{Endpoint: srv.Endpoint, Token: token}).Query(t.Context(), `{ me { id } }`, nil, nil)
		if e, ok := err.(*Error); !ok || e.Kind != kind {
			t.Errorf("%s: %v", token, err)
		}
	}
	if _, err := newClient(t, Config{Endpoint: srv.Endpoint, Token: luneditest.AdminToken}).Query(t.Context(), `{ nonsense }`, nil, nil); err == nil || err.(*Error).Kind != Invalid {
		t.Error(err)
	}
}

// BenchmarkDecode compares ways to decode a page of 500 items with twelve columns or more. The items are
// those of a Lunedi server, as often as it takes.
func BenchmarkDecode(b *testing.B) {
	srv := luneditest.Start(b)
	req, _ := http.NewRequest(http.MethodPost, srv.Endpoint, strings.NewReader(`{"query":`+quoted(itemsDocument)+`}`))
	req.Header.Set("Authorization", luneditest.AdminToken)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	page := repeat(b, body, 500)
	type answer struct {
		Data itemsPage `json:"data"`
	}
	for _, way := range []struct {
		name   string
		decode func() (itemsPage, error)
	}{
		{"open", func() (itemsPage, error) { _, err := open(page); return itemsPage{}, err }},
		{"client", func() (p itemsPage, err error) {
			e, err := open(page)
			if err != nil {
				return p, err
			}
			return p, decode(e.data, &p)
		}},
		{"encoding-json", func() (itemsPage, error) { var a answer; err := json.Unmarshal(page, &a); return a.Data, err }},
		{"json-v2", func() (itemsPage, error) { var a answer; err := jsonv2.Unmarshal(page, &a); return a.Data, err }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				p, err := way.decode()
				if err != nil || way.name != "open" && len(p.Boards[0].Page.Items) != 500 {
					b.Fatal(err)
				}
			}
		})
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// repeat makes a page of n items of one that has fewer.
func repeat(b *testing.B, body []byte, n int) []byte {
	var whole map[string]any
	if err := json.Unmarshal(body, &whole); err != nil {
		b.Fatal(err)
	}
	page := whole["data"].(map[string]any)["boards"].([]any)[0].(map[string]any)["items_page"].(map[string]any)
	items := page["items"].([]any)
	var more []any
	for len(more) < n {
		more = append(more, items[len(more)%len(items)])
	}
	page["items"] = more
	body, err := json.Marshal(whole)
	if err != nil {
		b.Fatal(err)
	}
	return body
}
