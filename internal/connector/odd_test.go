package connector

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/mondayapi"
	"github.com/lunedi-dev/lunedi/luneditest"
)

const validationError = `{"errors":[{"message":"Cannot query field \"x\" on type \"Board\"."}]}`

func data(s string, errs ...string) string {
	if len(errs) > 0 {
		return `{"data":` + s + `,"errors":[` + strings.Join(errs, ",") + `]}`
	}
	return `{"data":` + s + `}`
}

func fault(code, path string) string {
	return `{"message":"it says ` + code + `","path":` + path + `,"extensions":{"code":"` + code + `"}}`
}

// TestTimes: every form in which moments are met.
func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 1, 12, 30, 5, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"2024-05-01T12:30:05Z":         at,
		"2024-05-01 12:30:05 UTC":      at,
		"2024-05-01T12:30:05.250Z":     at.Add(250 * time.Millisecond),
		"2024-05-01T12:30:05.1234567Z": at.Add(123456 * time.Microsecond),
		"2024-05-01T14:30:05+02:00":    at,
		"2024-05-01 14:30:05 +0200":    at,
		"2024-05-01T12:30:05":          at,
		"2024-05-01":                   at.Truncate(24 * time.Hour),
	} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %v, should be %v", s, got, want)
		}
	}
	for _, s := range []string{"", "x", "2024-02-30", "0000-00-00", "2024-05-01T25:00:00Z", "2024-05-01T12:30:05.Zjunk", "99999-01-01"} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
	if got, ok := logTime("17145666055556677"); !ok || !got.Equal(time.Unix(1714566605, 555667000).UTC().Truncate(time.Microsecond)) {
		t.Errorf("log time %v", got)
	}
}

// TestNamedItems: the ids in what entries of logs say.
func TestNamedItems(t *testing.T) {
	t.Parallel()
	for js, want := range map[string][]string{
		`{"board_id":1,"pulse_id":22}`:                                  {"22"},
		`{"pulse_ids":[1,"2",3],"item_ids":[3,4]}`:                      {"1", "2", "3", "4"},
		`{"item_id":"7","parent_item_id":8,"duplicated_pulse_ids":[9]}`: {"7", "8", "9"},
		`{"subitem":5}`: {"5"},
		`{"subitem":{"id":5,"name":"x"},"pulse":{"id":"6"}}`:             {"5", "6"},
		`{"pulses":[{"id":1},{"id":"2"}]}`:                               {"1", "2"},
		`{"value":{"pulse_id":3},"pulse_id":null,"item_id":"","x":1.5}`:  nil,
		`{"pulse_id":1.5,"item_id":-3,"pulse_ids":"all","subitem":true}`: nil,
		`not json`: nil, `[]`: nil, `null`: nil, ``: nil, `"7"`: nil,
	} {
		if got := namedItems(js); !slices.Equal(got, want) {
			t.Errorf("%s names %v, should name %v", js, got, want)
		}
	}
}

// TestEvents: after what there is no more to do than reading the items that are named.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event, data string
		known       bool
	}{
		{"update_column_value", `{"pulse_id":1}`, true},
		{"batch_change_pulses_column_value", `{"pulse_ids":[1,2]}`, true},
		{"batch_change_pulses_column_value", `{"number_of_pulses":2}`, false},
		{"update_board_name", `{"board_id":1}`, true},
		{"delete_group", `{"board_id":1}`, false},
		{"unheard_of", `{"pulse_id":1}`, false},
	} {
		got, row := (&logData{ID: "a", Event: c.event, At: "17145666055556677", Data: jsonText(c.data)}).read("1")
		if got.Known != c.known {
			t.Errorf("%s %s: known is %v", c.event, c.data, got.Known)
		}
		checkRows(t, rows{activityLogsStream: {row}})
	}
	if len(events) < 54 {
		t.Errorf("%d events", len(events))
	}
}

// TestLogForms: the log as a list, and as a page with a cursor from 2027-01 on.
func TestLogForms(t *testing.T) {
	t.Parallel()
	entry := func(id int) string {
		return fmt.Sprintf(`{"id":"e%d","event":"create_pulse","entity":"pulse","user_id":"1","account_id":"2","created_at":"17145666055556677","data":"{\"pulse_id\":%d}"}`, id, id)
	}
	ask := boardsAsk{IDs: []string{"5"}, Limit: 1, From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), LogLimit: 2, LogOnly: true}
	old, _ := newCanned(t, "2026-04", func(int, cannedCall) string {
		return data(`{"boards":[{"id":"5","activity_logs":[` + entry(1) + `,` + entry(2) + `]}]}`)
	})
	list, _, err := old.boards(t.Context(), ask)
	if err != nil || len(list) != 1 || len(list[0].Log) != 2 || !list[0].LogFull || !slices.Equal(list[0].Log[1].Items, []string{"2"}) || !list[0].Log[0].Known {
		t.Fatalf("%+v %v", list, err)
	}
	checkRows(t, list[0].Rows)

	later, asked := newCanned(t, "2027-01", func(_ int, q cannedCall) string {
		switch {
		case !strings.Contains(q.Query, "logs {"):
			return validationError
		case q.Variables["cursor"] == "c2":
			return data(`{"boards":[{"id":"5","activity_logs":{"logs":[` + entry(3) + `],"cursor":null}}]}`)
		}
		return data(`{"boards":[{"id":"5","activity_logs":{"logs":[` + entry(1) + `,` + entry(2) + `],"cursor":"c2"}}]}`)
	})
	list, _, err = later.boards(t.Context(), ask)
	if err != nil || len(list) != 1 || len(list[0].Log) != 2 || !list[0].LogFull {
		t.Fatalf("%+v %v", list, err)
	}
	ask.LogPage = 2
	list, _, err = later.boards(t.Context(), ask)
	if err != nil || len(list) != 1 || len(list[0].Log) != 1 || list[0].LogFull || list[0].Log[0].ID != "e3" {
		t.Fatalf("the second page: %+v %v", list, err)
	}
	ask.LogPage = 3
	if list, _, err = later.boards(t.Context(), ask); err != nil || len(list) != 1 || len(list[0].Log) != 0 {
		t.Errorf("after the end: %+v %v", list, err)
	}
	last := asked.asked[len(asked.asked)-1]
	if from, _ := last.Variables["from"].(string); moment(from).Before(time.Now().Add(-90 * 24 * time.Hour)) {
		t.Errorf("asked from %s, which is refused", from)
	}
	if _, has := last.Variables["logPage"]; has {
		t.Errorf("variables that the document does not have: %v", last.Variables)
	}
}

// TestNullBoards: a board that may not be read, and one of which only a part can.
func TestNullBoards(t *testing.T) {
	t.Parallel()
	r, _ := newCanned(t, "2026-04", func(int, cannedCall) string {
		return data(`{"boards":[null,{"id":"2","name":"B","state":"active","columns":null,"groups":[{"id":"g","title":"G"}]},
			{"id":"3","name":"C","state":"active","columns":[{"id":"x","title":"X","type":"hologram"},{"id":"y","title":"Y","type":"hologram"}]}]}`,
			fault("USER_UNAUTHORIZED", `["boards",0]`), fault("tooManyRequests", `["boards",1,"columns"]`))
	})
	list, lost, err := r.boards(t.Context(), boardsAsk{IDs: []string{"1", "2", "3"}, Limit: 3})
	if err != nil || len(list) != 2 || !list[0].Partial || list[1].Partial {
		t.Fatalf("%+v %v", list, err)
	}
	kinds := map[string]string{}
	for _, p := range lost {
		kinds[p.Kind] += p.Board
	}
	if want := map[string]string{"board_lost": "1", "column_type": "3"}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("problems %+v", lost)
	}
	if _, lost, _ = r.boards(t.Context(), boardsAsk{IDs: []string{"1", "2", "3"}, Limit: 3}); len(lost) != 1 {
		t.Errorf("a type is told of twice: %v", lost)
	}
}

// TestSmallerPages: what is too much for one call is read in smaller ones, and the one board at fault is named.
func TestSmallerPages(t *testing.T) {
	t.Parallel()
	r, _ := newCanned(t, "2026-04", func(_ int, q cannedCall) string {
		page, limit := int(q.Variables["page"].(float64)), int(q.Variables["limit"].(float64))
		if strings.Contains(q.Query, "state: all") && !strings.Contains(q.Query, "board_kind") {
			return data(fmt.Sprintf(`{"boards":[{"id":"%d","name":"bad"}]}`, page))
		}
		var list []string
		for i := (page-1)*limit + 1; i <= page*limit; i++ {
			if i == 7 {
				return "504"
			}
			if i <= 20 {
				list = append(list, fmt.Sprintf(`{"id":"%d","name":"b","state":"active"}`, i))
			}
		}
		return data(`{"boards":[` + strings.Join(list, ",") + `]}`)
	})
	list, lost, err := r.boards(t.Context(), boardsAsk{Page: 1, Limit: 30})
	if err != nil || len(list) != 19 || len(lost) != 1 || lost[0].Kind != "unreadable" || lost[0].Board != "7" {
		t.Fatalf("%d boards, %+v, %v", len(list), lost, err)
	}
	for i, b := range list {
		if want := i + 1 + i/6; i > 6 && b.ID != fmt.Sprint(i+2) || i < 6 && b.ID != fmt.Sprint(want) {
			t.Errorf("board %d is %s", i, b.ID)
		}
	}
}

// TestOutage: when nothing answers, it is not the boards that are unreadable.
func TestOutage(t *testing.T) {
	t.Parallel()
	r, asked := newCanned(t, "", func(int, cannedCall) string { return "504" })
	if list, lost, err := r.boards(t.Context(), boardsAsk{Page: 1, Limit: 100}); !isKind(err, mondayapi.Transient) {
		t.Errorf("%v %v %v", list, lost, err)
	}
	if n := asked.count("boards("); n > 40 {
		t.Errorf("%d calls", n)
	}
	if _, err := r.items(t.Context(), "1", "", 500); !isKind(err, mondayapi.Transient) {
		t.Error(err)
	}
	if _, err := r.itemsByID(t.Context(), []string{"1", "2"}); !isKind(err, mondayapi.Transient) {
		t.Error(err)
	}
	if _, err := r.directory(t.Context()); !isKind(err, mondayapi.Transient) {
		t.Error(err)
	}
}

// TestUnreadableItem: an item that fails a page is stepped over, and the rest is read.
func TestUnreadableItem(t *testing.T) {
	t.Parallel()
	r, _ := newCanned(t, "2026-04", func(_ int, q cannedCall) string {
		from := 1
		if c, ok := q.Variables["cursor"].(string); ok {
			_, _ = fmt.Sscan(c, &from)
		}
		if list, ok := q.Variables["ids"].([]any); ok {
			full := strings.Contains(q.Query, "column_values")
			if full && slices.Contains(list, any("3")) {
				return data(`{"items":null}`, fault("INTERNAL_SERVER_ERROR", `["items"]`))
			}
			var out []string
			for _, id := range list {
				out = append(out, fmt.Sprintf(`{"id":%q,"state":"active"}`, id))
			}
			return data(`{"items":[` + strings.Join(out, ",") + `]}`)
		}
		limit := int(q.Variables["limit"].(float64))
		to := min(from+limit-1, 5)
		if strings.Contains(q.Query, "column_values") && from <= 3 && to >= 3 {
			return data(`{"boards":[{"items_page":null}],"next_items_page":null}`, fault("INTERNAL_SERVER_ERROR", `["boards",0,"items_page","items",2,"column_values",0]`))
		}
		var list []string
		for i := from; i <= to; i++ {
			list = append(list, fmt.Sprintf(`{"id":"%d","name":"i","state":"active","board":{"id":"9"}}`, i))
		}
		cursor := "null"
		if to < 5 {
			cursor = fmt.Sprintf("%q", fmt.Sprint(to+1))
		}
		page := `{"cursor":` + cursor + `,"items":[` + strings.Join(list, ",") + `]}`
		if _, ok := q.Variables["cursor"]; ok {
			return data(`{"next_items_page":` + page + `}`)
		}
		return data(`{"boards":[{"items_page":` + page + `}]}`)
	})
	var got []string
	problems := 0
	for cursor := ""; ; {
		page, err := r.items(t.Context(), "9", cursor, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			got = append(got, fmt.Sprint(it.ID, it.Partial))
		}
		problems += len(page.Problems)
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if want := []string{"1false", "2false", "3true", "4false", "5false"}; !slices.Equal(got, want) || problems != 1 {
		t.Errorf("%v, %d problems", got, problems)
	}
	page, err := r.itemsByID(t.Context(), []string{"1", "2", "3", "4"})
	if err != nil || len(page.Items) != 4 || len(page.Problems) != 1 || len(page.Errors) == 0 {
		t.Errorf("%+v %v", page, err)
	}
}

// TestShiftingList: a list that changes between its pages is read again; one that never stands still is not whole.
func TestShiftingList(t *testing.T) {
	t.Parallel()
	folder := func(from, to int) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`{"id":"%d","name":"f"}`, i))
		}
		return `"folders":[` + strings.Join(list, ",") + `]`
	}
	for name, c := range map[string]struct {
		page  func(try, page int) string
		whole bool
		n     int
	}{
		"steady": {func(_, p int) string { return folder(p*100-100, min(p*100, 250)) }, true, 250},
		"shifts once": {func(try, p int) string {
			if try == 0 && p == 2 {
				return folder(99, 199)
			}
			return folder(p*100-100, min(p*100, 250))
		}, true, 250},
		"shifts always": {func(try, p int) string {
			if p == 2 {
				return folder(99-try, 199-try)
			}
			return folder(p*100-100, min(p*100, 250))
		}, false, 0},
		"short pages, always the same": {func(_, p int) string {
			if p > 3 {
				return folder(0, 0)
			}
			return folder(p*100-100, p*100-10+10*((4-p)/3))
		}, true, 280},
	} {
		tries := 0
		r, _ := newCanned(t, "2026-04", func(_ int, q cannedCall) string {
			p := int(q.Variables["page"].(float64))
			if strings.Contains(q.Query, "fragment me on") {
				return data(`{"me":{"id":"1","is_admin":true},"account":{"id":"2"},` + c.page(0, p) + `}`)
			}
			if p == 1 {
				tries++
			}
			return data(`{` + c.page(tries, p) + `}`)
		})
		d, err := r.directory(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d.Whole[foldersStream] != c.whole || c.whole && len(d.Rows[foldersStream]) != c.n {
			t.Errorf("%s: whole %v with %d folders, %v", name, d.Whole[foldersStream], len(d.Rows[foldersStream]), d.Lost)
		}
	}
}

// TestLaterVersion: when the service answers in a later version than was asked for, the later form is sent.
func TestLaterVersion(t *testing.T) {
	t.Parallel()
	r, asked := newCanned(t, "2026-10", func(_ int, q cannedCall) string {
		if strings.Contains(q.Query, "is_admin") {
			return validationError
		}
		return data(`{"me":{"id":"1","kind":"admin"},"account":{"id":"2"},"users":[{"id":"1","name":"A","kind":"admin","status":"ACTIVE","photo_url":{"original":"p"}},
			{"id":"3","name":"B","kind":"portal","status":"PENDING"},null],"teams":[null,{"id":"4","owners":[{"id":"1"}],"users":[{"id":"1"},null,{"id":"3"}]}]}`,
			fault("UNAUTHORIZED_FIELD_OR_TYPE", `["tags"]`))
	})
	for range 2 {
		d, err := r.directory(t.Context())
		if err != nil || !d.Account.Admin || d.Account.Version != "2026-10" {
			t.Fatalf("%+v %v", d, err)
		}
		checkRows(t, d.Rows)
		if len(d.Rows[usersStream]) != 2 || field(usersStream, d.Rows[usersStream][1], "status") != "pending" || field(usersStream, d.Rows[usersStream][0], "photo_url") != "p" {
			t.Errorf("users %v", d.Rows[usersStream])
		}
		if want := []Row{{"4", "1", "owner"}, {"4", "3", "member"}}; !reflect.DeepEqual(d.Rows[teamMembersStream], want) {
			t.Errorf("members %v", d.Rows[teamMembersStream])
		}
		if d.Whole[tagsStream] || !d.Whole[usersStream] || len(d.Lost) != 0 || !reflect.DeepEqual(r.scopes.lacking(), []string{"tags:read"}) || d.Names != "" {
			t.Errorf("%+v %v", d, r.scopes.problems())
		}
	}
	if len(asked.asked) != 3 {
		t.Errorf("%d calls, the version is not remembered", len(asked.asked))
	}
}

// TestForbiddenPart: when one part spoils the whole document, the others are read by themselves.
func TestForbiddenPart(t *testing.T) {
	t.Parallel()
	r, _ := newCanned(t, "2026-04", func(_ int, q cannedCall) string {
		if strings.Contains(q.Query, "teams {") {
			return `{"errors":[{"message":"no","extensions":{"code":"USER_UNAUTHORIZED","status_code":403}}]}`
		}
		return data(`{"me":{"id":"1","is_admin":true},"account":{"id":"2"},"users":[{"id":"1","name":"A","enabled":true}],"tags":[{"id":"9","name":"t"}]}`)
	})
	d, err := r.directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.Whole[teamsStream] || d.Whole[teamMembersStream] || !d.Whole[usersStream] || len(d.Rows[tagsStream]) != 1 || len(d.Lost) != 1 || d.Lost[0].Kind != "forbidden" {
		t.Errorf("%+v", d)
	}
}

// TestOddValues: values that no version documents cost nothing but themselves.
func TestOddValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ, text, value string
		at               int
		want             any
	}{
		{"hologram", "x", `{"a":1}`, atValue, json.RawMessage(`{"a":1}`)},
		{"hologram", "x", `{"a":`, atValue, json.RawMessage(`"{\"a\":"`)},
		{"status", "", `{"index":null}`, atLabelIndex, nil},
		{"status", "Done", `{"index":"3","changed_at":"2024-05-01T12:00:00.000Z"}`, atUpdatedAt, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)},
		{"numbers", "1,5", `"1.5"`, atNumber, 1.5},
		{"numbers", "7", ``, atNumber, 7.0},
		{"numbers", "x", `"1e999"`, atNumber, nil},
		{"date", "", `{"date":"2024-13-01"}`, atDate, nil},
		{"date", "", `{"date":"2024-05-01","time":"12:00"}`, atAt, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)},
		{"checkbox", "v", `{"checked":"true"}`, atBool, true},
		{"checkbox", "", ``, atBool, false},
		{"people", "", `{"personsAndTeams":[{"id":"4","kind":"agent"},{"id":5,"kind":"team"},{"id":null}]}`, atPeople, json.RawMessage(`["4"]`)},
		{"board_relation", "", `{"linkedPulseIds":[{"linkedPulseId":12}]}`, atLinked, json.RawMessage(`["12"]`)},
		{"last_updated", "2024-05-01 12:00:00 UTC", ``, atAt, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)},
		{"progress", "40%", ``, atNumber, 40.0},
		{"formula", "NaN", ``, atNumber, nil},
		{"text", "a\x00b", `"a"`, atText, "a\ufffdb"},
	} {
		row := make(Row, valueFields)
		row[atItem], row[atBoard] = "1", "2"
		v := &valueData{ID: "c", Type: c.typ, Text: c.text, Value: jsonText(c.value)}
		v.read(row, func(s string) any { return txt(s) })
		if !reflect.DeepEqual(row[c.at], c.want) {
			t.Errorf("%s %s: %s is %v, should be %v", c.typ, c.value, columnValuesStream.Fields[c.at].Name, row[c.at], c.want)
		}
		checkRows(t, rows{columnValuesStream: {row}})
	}
	if len(columnValuesStream.Fields) != valueFields || columnValuesStream.At("updated_at") != atUpdatedAt || columnValuesStream.At("label_ids") != atLabelIDs || columnValuesStream.At("at") != atAt {
		t.Error("the places of column_values are not those of its fields")
	}
}

func FuzzNamedItems(f *testing.F) {
	f.Add(`{"pulse_id":1,"pulse_ids":[1,"2",{"id":3}],"subitem":{"id":"4"}}`)
	f.Fuzz(func(t *testing.T, js string) {
		for _, id := range namedItems(js) {
			if _, ok := digits(id); !ok {
				t.Errorf("%q names %q", js, id)
			}
		}
		_, row := (&logData{ID: "x", Data: jsonText(js)}).read("1")
		checkRows(t, rows{activityLogsStream: {row}})
	})
}

func FuzzValue(f *testing.F) {
	f.Add("status", "Done", `{"index":1,"post_id":null}`)
	f.Add("people", "", `{"personsAndTeams":[{"id":1,"kind":"team"}]}`)
	f.Add("date", "", `{"date":"2024-05-01","time":"12:00:00"}`)
	f.Add("file", "", `{"files":[{"assetId":1}]}`)
	for name := range typed {
		f.Add(name, "2024-05-01 12:00:00 UTC", `{"week":{"startDate":"2024-05-01"},"ids":[1],"tag_ids":[1],"hour":1,"votersIds":[1],"linkedPulseIds":[{"linkedPulseId":1}]}`)
	}
	f.Fuzz(func(t *testing.T, typ, text, value string) {
		it := &itemData{ID: "1", Board: &ref{"2"}, State: "active", Values: []*valueData{{ID: "c", Type: typ, Text: text, Value: jsonText(value)}}}
		got := readItems(&itemsPage{Items: []*itemData{it}}, "", &mondayapi.Answer{})
		for s, list := range got.Items[0].Rows {
			if s == columnValuesStream {
				if typ != "" && strings.ToValidUTF8(typ, "") == typ {
					checkRows(t, rows{s: list})
				}
			}
		}
	})
}

// BenchmarkItems measures what becomes of a page of 500 items as this server answers it.
func BenchmarkItems(b *testing.B) {
	srv := luneditest.Start(b)
	r := newReader(b, srv.Endpoint)
	if _, _, err := r.boards(b.Context(), boardsAsk{Page: 1, Limit: 100}); err != nil {
		b.Fatal(err)
	}
	d := documentFor("items", mondayapi.Version)
	var body struct {
		Boards []struct {
			Page struct{ Items []json.RawMessage } `json:"items_page"`
		}
	}
	if _, err := r.api.Query(b.Context(), d.text, map[string]any{"board": "60447102", "limit": 500, "files": true, "clocks": true}, &body); err != nil {
		b.Fatal(err)
	}
	list := body.Boards[0].Page.Items
	for len(list) < 500 {
		list = append(list, list...)
	}
	page, _ := json.Marshal(map[string]any{"data": map[string]any{"next_items_page": map[string]any{"items": list[:500]}}})
	text := string(page)
	again, _ := newCanned(b, mondayapi.Version, func(int, cannedCall) string { return text })
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	values := 0
	for b.Loop() {
		got, err := again.items(b.Context(), "60447102", "x", 500)
		if err != nil || len(got.Items) != 500 {
			b.Fatal(err)
		}
		for i := range got.Items {
			values += len(got.Items[i].Rows[columnValuesStream])
		}
	}
	b.ReportMetric(float64(values)/b.Elapsed().Seconds(), "values/s")
}
