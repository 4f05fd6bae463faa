package column

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// names is a small account.
type names struct{}

func lookUp(m map[int64]string, id int64) (string, bool) { s, ok := m[id]; return s, ok }

func (names) UserName(id int64) (string, bool) {
	return lookUp(map[int64]string{1: "Ada Lovelace", 2: "Grace Hopper"}, id)
}
func (names) TeamName(id int64) (string, bool) { return lookUp(map[int64]string{1: "Engines"}, id) }
func (names) TagName(id int64) (string, bool) {
	return lookUp(map[int64]string{1: "urgent", 2: "later"}, id)
}
func (names) ItemName(id int64) (string, bool) {
	return lookUp(map[int64]string{10: "Task A", 11: "Task B"}, id)
}
func (names) AssetURL(id int64) (string, bool) {
	return lookUp(map[int64]string{7: "https://files.example/7/plan.png"}, id)
}

var rome = time.FixedZone("CEST", 2*3600)

// env is Wednesday, 17 June 2026, 23:30 in Rome.
var env = Env{Names: names{}, Now: time.Date(2026, 6, 17, 21, 30, 0, 0, time.UTC), Zone: rome, WeekStart: time.Monday, Me: 1}

func column(t testing.TB, typ Type, settings string) *Column {
	t.Helper()
	k, ok := ByName(string(typ))
	if !ok {
		t.Fatalf("no kind %s", typ)
	}
	s, err := k.ParseSettings(settings)
	if err != nil {
		t.Fatalf("settings of %s: %v", typ, err)
	}
	return &Column{ID: k.IDPrefix + "_mkx1", Title: k.Title, Kind: k, Settings: s}
}

const threeLabels = `{"labels":[{"id":1,"name":"Marketing"},{"id":2,"name":"Sales"},{"id":3,"name":"Old"}],"deactivated_labels":[3]}`

// written is every documented form of every type that can be written.
var written = []struct {
	typ      Type
	settings string
	in       string // JSON; or, where simple is set, nothing
	simple   string
	json     string
	text     string
}{
	{Name, "", `"Plan"`, "Plan", `"Plan"`, "Plan"},
	{Text, "", `"Sample <b> & \"q\""`, `Sample <b> & "q"`, `"Sample <b> & \"q\""`, `Sample <b> & "q"`},
	{Text, "", `12`, "", `"12"`, "12"},
	{Text, "", `"{\"a\":1}"`, "", `"{\"a\":1}"`, `{"a":1}`},
	{LongText, "", `{"text":"two\nlines"}`, "two\nlines", `{"text":"two\nlines"}`, "two\nlines"},
	{LongText, "", `"plain"`, "", `{"text":"plain"}`, "plain"},
	{Numbers, "", `"4.50"`, "4.50", `"4.50"`, "4.50"},
	{Numbers, "", `-12`, "-12", `"-12"`, "-12"},
	{Numbers, "", `1e3`, "1e3", `"1000"`, "1000"},
	{Numbers, "", `""`, "", `"0"`, "0"},
	{Status, "", `{"label":"Done"}`, "Done", `{"index":1,"post_id":null}`, "Done"},
	{Status, "", `{"label":"done"}`, "done", `{"index":1,"post_id":null}`, "Done"},
	{Status, "", `{"index":2}`, "2", `{"index":2,"post_id":null}`, "Stuck"},
	{Status, "", `{"index":"0","post_id":"55"}`, "", `{"index":0,"post_id":"55"}`, "Working on it"},
	{Status, "", `"Done"`, "", `{"index":1,"post_id":null}`, "Done"},
	{Status, "", `"{\"label\":\"Done\"}"`, "", `{"index":1,"post_id":null}`, "Done"},
	{Dropdown, threeLabels, `{"ids":[2,1,2]}`, "2,1", `{"ids":[2,1]}`, "Sales, Marketing"},
	{Dropdown, threeLabels, `{"labels":["Marketing","Sales"]}`, "Marketing, Sales", `{"ids":[1,2]}`, "Marketing, Sales"},
	{Dropdown, threeLabels, `{"ids":["1"]}`, "1", `{"ids":[1]}`, "Marketing"},
	{Checkbox, "", `{"checked":"true"}`, "", `{"checked":true}`, "v"},
	{Checkbox, "", `{"checked":true}`, "", `{"checked":true}`, "v"},
	{Rating, "", `{"rating":5}`, "", `{"rating":5}`, "5"},
	{Rating, `{"limit":10}`, `{"rating":"9"}`, "", `{"rating":9}`, "9"},
	{Vote, "", `{"votersIds":[1,2]}`, "", `{"votersIds":[1,2]}`, "2"},
	{ColorPicker, "", `{"color":{"hex":"#0086C0"}}`, "", `{"color":{"hex":"#0086c0"}}`, "#0086c0"},
	{Date, "", `{"date":"2026-06-15"}`, "2026-06-15", `{"date":"2026-06-15","time":null}`, "2026-06-15"},
	{Date, "", `{"date":"2026-06-15","time":"09:00:00"}`, "2026-06-15 09:00:00", `{"date":"2026-06-15","time":"09:00:00"}`, "2026-06-15 11:00"},
	{Date, "", `{"date":"2026-06-15","time":"23:00"}`, "2026-06-15 23:00", `{"date":"2026-06-15","time":"23:00:00"}`, "2026-06-16 01:00"},
	{Date, "", `{"date":"2026-06-15","icon":"fa-star"}`, "", `{"date":"2026-06-15","time":null,"icon":"fa-star"}`, "2026-06-15"},
	{Timeline, "", `{"from":"2026-03-01","to":"2026-03-15"}`, "", `{"to":"2026-03-15","from":"2026-03-01"}`, "2026-03-01 - 2026-03-15"},
	{Timeline, "", `{"from":"2026-03-01","to":"2026-03-01","visualization_type":"milestone"}`, "", `{"to":"2026-03-01","from":"2026-03-01","visualization_type":"milestone"}`, "2026-03-01 - 2026-03-01"},
	{Week, "", `{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`, "", `{"week":{"startDate":"2026-06-15","endDate":"2026-06-21"}}`, "2026-06-15 - 2026-06-21"},
	{Hour, "", `{"hour":16,"minute":42}`, "", `{"hour":16,"minute":42}`, "04:42 PM"},
	{Hour, "", `{"hour":0}`, "", `{"hour":0,"minute":0}`, "12:00 AM"},
	{People, "", `{"personsAndTeams":[{"id":1,"kind":"person"},{"id":1,"kind":"team"},{"id":9,"kind":"person"}]}`, "", `{"personsAndTeams":[{"id":1,"kind":"person"},{"id":1,"kind":"team"},{"id":9,"kind":"person"}]}`, "Ada Lovelace, Engines"},
	{People, "", `"1,2"`, "1, 2", `{"personsAndTeams":[{"id":1,"kind":"person"},{"id":2,"kind":"person"}]}`, "Ada Lovelace, Grace Hopper"},
	{Person, "", `{"id":2}`, "2", `{"personsAndTeams":[{"id":2,"kind":"person"}]}`, "Grace Hopper"},
	{ItemAssignees, "", `{"personsAndTeams":[{"id":"2","kind":"person"}]}`, "2", `{"personsAndTeams":[{"id":2,"kind":"person"}]}`, "Grace Hopper"},
	{Team, "", `{"team_id":1}`, "1", `{"team_id":1}`, "Engines"},
	{Tags, "", `{"tag_ids":[2,1]}`, "", `{"tag_ids":[2,1]}`, "later, urgent"},
	{Email, "", `{"email":"ada@example.com","text":"Ada"}`, "ada@example.com Ada", `{"email":"ada@example.com","text":"Ada"}`, "Ada - ada@example.com"},
	{Email, "", `{"email":"ada@example.com"}`, "ada@example.com", `{"email":"ada@example.com","text":"ada@example.com"}`, "ada@example.com"},
	{Link, "", `{"url":"https://example.com","text":"Home page"}`, "https://example.com Home page", `{"url":"https://example.com","text":"Home page"}`, "Home page - https://example.com"},
	{Link, "", `{"url":"https://example.com"}`, "https://example.com", `{"url":"https://example.com","text":""}`, "https://example.com"},
	{Phone, "", `{"phone":"+12025550169","countryShortName":"US"}`, "+12025550169 US", `{"phone":"+12025550169","countryShortName":"US"}`, "+12025550169"},
	{Phone, "", `{"phone":12025550169}`, "12025550169", `{"phone":"12025550169","countryShortName":""}`, "12025550169"},
	{Country, "", `{"countryCode":"IT","countryName":"Italy"}`, "", `{"countryCode":"IT","countryName":"Italy"}`, "Italy"},
	{Country, "", `{"countryCode":"CI"}`, "", `{"countryCode":"CI","countryName":"Côte d'Ivoire"}`, "Côte d'Ivoire"},
	{Location, "", `{"lat":29.9772962,"lng":"31.1324955","address":"Giza"}`, "29.9772962 31.1324955 Giza", `{"lat":"29.9772962","lng":"31.1324955","address":"Giza"}`, "Giza"},
	{Location, "", `{"lat":"45.46","lng":"9.19","address":"Milano","placeId":"p1","city":{"long_name":"Milano","short_name":"MI"}}`, "", `{"lat":"45.46","lng":"9.19","address":"Milano","placeId":"p1","city":{"long_name":"Milano","short_name":"MI"}}`, "Milano"},
	{WorldClock, "", `{"timezone":"Europe/London"}`, "", `{"timezone":"Europe/London"}`, "Europe/London"},
	{BoardRelation, "", `{"item_ids":[10,"11",10]}`, "", `{"linkedPulseIds":[{"linkedPulseId":10},{"linkedPulseId":11}]}`, "Task A, Task B"},
	{Dependency, "", `{"item_ids":[11]}`, "", `{"linkedPulseIds":[{"linkedPulseId":11}]}`, "Task B"},
	{File, "", `{"files":[{"fileType":"link","name":"Plan","linkToFile":"https://example.com/p"}]}`, "", `{"files":[{"name":"Plan","fileType":"LINK","linkToFile":"https://example.com/p"}]}`, "https://example.com/p"},
	{File, "", `{"added_file":{"fileType":"ASSET","name":"plan.png","assetId":7,"isImage":true,"createdBy":"1","createdAt":1749369004275}}`, "", `{"files":[{"name":"plan.png","assetId":7,"isImage":"true","fileType":"ASSET","createdAt":1749369004275,"createdBy":"1"}]}`, "https://files.example/7/plan.png"},
}

func TestWriteAndReadBack(t *testing.T) {
	seen := map[Type]bool{}
	for _, tt := range written {
		seen[tt.typ] = true
		c := column(t, tt.typ, tt.settings)
		got, err := c.Parse(tt.in, Write{Env: env})
		if err != nil {
			t.Errorf("%s %s: %v", tt.typ, tt.in, err)
			continue
		}
		if got.Value.JSON != tt.json || c.DisplayValue(got.Value, env) != tt.text {
			t.Errorf("%s %s:\n got %s | %s\nwant %s | %s", tt.typ, tt.in, got.Value.JSON, c.DisplayValue(got.Value, env), tt.json, tt.text)
		}
		if again, err := c.Parse(got.Value.JSON, Write{Env: env}); err != nil || again.Value != got.Value {
			t.Errorf("%s: %s does not come back from itself: %+v, %v", tt.typ, got.Value.JSON, again.Value, err)
		}
		if r := c.Kind.Restore(got.Value.JSON); r != got.Value {
			t.Errorf("%s: restored %+v, was %+v", tt.typ, r, got.Value)
		}
		if wire, ok := c.Kind.Wire(got.Value, env.Now); ok {
			if again, err := c.Parse(wire, Write{Env: env}); err != nil || again.Value != got.Value {
				t.Errorf("%s: %s does not come back from the wire: %+v, %v", tt.typ, wire, again.Value, err)
			}
		}
		if tt.simple != "" {
			if s, err := c.ParseSimple(tt.simple, Write{Env: env}); err != nil || s.Value != got.Value {
				t.Errorf("%s simply %q: %+v, %v; want %s", tt.typ, tt.simple, s.Value, err, tt.json)
			}
		}
	}
	for _, typ := range Types() {
		if k, _ := ByName(string(typ)); k.Writable && !seen[typ] {
			t.Errorf("no case writes %s", typ)
		}
	}
}

func TestShapesAreAccepted(t *testing.T) {
	for _, typ := range Types() {
		k, _ := ByName(string(typ))
		settings := map[Type]string{Dropdown: threeLabels}[typ]
		c := column(t, typ, settings)
		if k.Writable && len(k.Shapes) == 0 {
			t.Errorf("%s has no shape to show", typ)
		}
		for _, s := range k.Shapes {
			if _, err := c.Parse(s, Write{Env: env}); err != nil {
				t.Errorf("%s refuses its own example %s: %v", typ, s, err)
			}
		}
		if k.Simple {
			if _, err := c.ParseSimple(k.SimpleShape, Write{Env: env}); err != nil {
				t.Errorf("%s refuses its own example %q: %v", typ, k.SimpleShape, err)
			}
		}
	}
}

func TestClear(t *testing.T) {
	for _, typ := range Types() {
		k, _ := ByName(string(typ))
		if !k.Writable {
			continue
		}
		c := column(t, typ, "")
		forms := []string{"null", "{}"}
		if typ != Numbers {
			forms = append(forms, `""`)
		}
		for _, in := range forms {
			if got, err := c.Parse(in, Write{Env: env}); err != nil || !got.Value.Empty() {
				t.Errorf("%s %s: %+v, %v", typ, in, got.Value, err)
			}
		}
		if k.Simple {
			if got, err := c.ParseSimple("", Write{Env: env}); err != nil || !got.Value.Empty() {
				t.Errorf("%s simply empty: %+v, %v", typ, got.Value, err)
			}
		}
		text, ok := c.Text(Value{}, env)
		if text != "" || ok == (k.NullText || k.NoText) {
			t.Errorf("%s: the text of an empty cell is %q, %v", typ, text, ok)
		}
	}
	for _, in := range []string{`{"label":null}`, `{"index":null}`, `{"label":""}`} {
		if got, err := column(t, Status, "").Parse(in, Write{}); err != nil || !got.Value.Empty() {
			t.Errorf("status %s: %+v, %v", in, got.Value, err)
		}
	}
	for typ, in := range map[Type]string{
		Status: `{"index":5}`, Dropdown: `{"ids":null}`, Checkbox: `{"checked":"false"}`, File: `{"clear_all":true}`, People: `{"personsAndTeams":[]}`,
		BoardRelation: `{"item_ids":[]}`, Tags: `{"tag_ids":[]}`, LongText: `{"text":""}`, Email: `{"email":"","text":""}`, Rating: `{"rating":0}`,
	} {
		if got, err := column(t, typ, "").Parse(in, Write{}); err != nil || !got.Value.Empty() {
			t.Errorf("%s %s: %+v, %v", typ, in, got.Value, err)
		}
	}
}

func TestRefused(t *testing.T) {
	const wrong = invalidValue
	for _, tt := range []struct {
		typ      Type
		settings string
		in       string
		message  string
	}{
		{Text, "", `{"text":"The best!"}`, wrong},
		{Text, "", `[1]`, wrong},
		{Text, "", `not json`, wrong},
		{Text, "", `1 2`, wrong},
		{LongText, "", `{"text":"` + strings.Repeat("é", 2001) + `"}`, "2,000 characters"},
		{LongText, "", `{"body":"x"}`, wrong},
		{Numbers, "", `"abc"`, wrong},
		{Numbers, "", `"NaN"`, wrong},
		{Numbers, "", `1e99`, wrong},
		{Status, `{"labels":{"7":"Only"}}`, `{"label":"Other"}`, "possible statuses are: {7: Only}"},
		{Status, `{"labels":{}}`, `{"label":"Other"}`, "possible statuses are: {}"},
		{Rating, `{"limit":3}`, `{"rating":4}`, "from 1 to 3"},
		{Numbers, "", `true`, wrong},
		{Numbers, "", `{"number":1}`, wrong},
		{Status, "", `{"label":"Missing"}`, "This status label doesn't exist, possible statuses are: {0: Working on it, 1: Done, 2: Stuck}"},
		{Status, "", `{"index":7}`, "possible statuses are"},
		{Status, "", `{"status":"Done"}`, wrong},
		{Dropdown, threeLabels, `{"labels":["Missing"]}`, "possible labels are: {1: Marketing, 2: Sales}"},
		{Dropdown, threeLabels, `{"ids":[3]}`, "possible labels are"},
		{Dropdown, `{"labels":[{"label":"a"},{"label":"b"}],"limit_select":true}`, `{"ids":[1,2]}`, "at most 1 label"},
		{Checkbox, "", `{"checked":"maybe"}`, wrong},
		{Checkbox, "", `true`, wrong},
		{Rating, "", `{"rating":6}`, "from 1 to 5"},
		{Rating, "", `"5"`, wrong},
		{Date, "", `{"date":"2026-02-29"}`, wrong},
		{Date, "", `{"date":"06/15/2026"}`, wrong},
		{Date, "", `{"date":"2026-06-15","time":"25:00:00"}`, wrong},
		{Timeline, "", `{"from":"2026-03-15","to":"2026-03-01"}`, wrong},
		{Timeline, "", `{"from":"2026-03-15"}`, wrong},
		{Week, "", `{"week":{"startDate":"2026-06-14","endDate":"2026-06-20"}}`, wrong},
		{Week, "", `{"week":{"startDate":"2026-06-15","endDate":"2026-06-22"}}`, wrong},
		{Hour, "", `{"hour":24,"minute":0}`, wrong},
		{People, "", `{"personsAndTeams":[{"id":1,"kind":"robot"}]}`, wrong},
		{People, "", `"Ada"`, wrong},
		{People, `{"max_people_allowed":"1"}`, `"1,2"`, "at most 1 people"},
		{Tags, "", `{"tag_ids":["urgent"]}`, wrong},
		{Email, "", `{"email":"nobody","text":"x"}`, wrong},
		{Link, "", `{"url":"javascript:alert(1)","text":"x"}`, wrong},
		{Link, "", `{"url":"example.com"}`, wrong},
		{Phone, "", `{"phone":"call me","countryShortName":"US"}`, wrong},
		{Phone, "", `{"phone":"123456","countryShortName":"usa"}`, wrong},
		{Country, "", `{"countryCode":"XX","countryName":"Nowhere"}`, wrong},
		{Location, "", `{"lat":91,"lng":0,"address":"x"}`, wrong},
		{Location, "", `{"address":"x"}`, wrong},
		{WorldClock, "", `{"timezone":"London"}`, wrong},
		{BoardRelation, "", `{"item_ids":["x"]}`, wrong},
		{BoardRelation, `{"allowMultipleItems":false}`, `{"item_ids":[1,2]}`, "one item"},
		{File, "", `{"files":[{"fileType":"LINK","name":"x","linkToFile":"javascript:1"}]}`, wrong},
		{Vote, "", `{"votersIds":"x"}`, wrong},
		{ColorPicker, "", `{"color":{"hex":"red"}}`, wrong},
		{Mirror, "", `{"x":1}`, "column type LookupColumn is not supporting changing the column value"},
		{TimeTracking, "", `{"running":true}`, "DurationColumn is not supporting"},
	} {
		_, err := column(t, tt.typ, tt.settings).Parse(tt.in, Write{Env: env})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s takes %s (%v)", tt.typ, tt.in, err)
			continue
		}
		if e.Code != BadValue || !strings.Contains(e.Message, tt.message) || e.Type != tt.typ || e.Class == "" || e.Value != tt.in {
			t.Errorf("%s %s: %+v", tt.typ, tt.in, e)
		}
		if k, _ := ByName(string(tt.typ)); k.Writable && (len(e.Shapes) == 0 || !strings.HasPrefix(e.Hint(), "Accepted: ")) {
			t.Errorf("%s %s says nothing of what it takes", tt.typ, tt.in)
		}
		for _, shape := range e.Shapes {
			if _, err := column(t, tt.typ, tt.settings).Parse(shape, Write{Env: env}); err != nil {
				t.Errorf("%s: %s is said to be taken, but: %v", tt.typ, shape, err)
			}
		}
	}
	_, err := column(t, WorldClock, "").ParseSimple("Europe/London", Write{})
	var e *Error
	if !errors.As(err, &e) || e.Code != NotSimple || e.Message != "column type TimezoneColumn is not supporting changing the column value with simple column value." {
		t.Errorf("a simple world clock: %v", err)
	}
	if _, err := column(t, Text, "").Parse(quote(strings.Repeat("x", maxSent)), Write{}); err == nil {
		t.Error("a text of 64 KB is taken")
	}
}

func TestCreateLabels(t *testing.T) {
	c := column(t, Status, "")
	got, err := c.Parse(`{"label":"Review"}`, Write{CreateLabels: true})
	if err != nil || got.Settings == nil || got.Value.JSON != `{"index":3,"post_id":null}` {
		t.Fatalf("%+v, %v", got, err)
	}
	c2 := *c
	c2.Settings = *got.Settings
	if l, ok := c2.StatusLabel(got.Value); !ok || l.Text != "Review" || l.Color.Name != "dark_blue" {
		t.Errorf("label %+v", l)
	}
	if len(c.Settings.Labels) != 3 {
		t.Error("the column's own settings were changed")
	}
	s := c.Settings
	for i := 0; i < 37; i++ {
		var ok bool
		if s, _, ok = s.withLabel(Status, "L"+strings.Repeat("x", i)); !ok {
			t.Fatalf("label %d is refused", i)
		}
	}
	if _, _, ok := s.withLabel(Status, "one too many"); ok {
		t.Error("41 labels")
	}
	d := column(t, Dropdown, threeLabels)
	got, err = d.ParseSimple("Sales, Legal, Old", Write{CreateLabels: true})
	if err != nil || got.Value.JSON != `{"ids":[2,4,3]}` || len(got.Settings.Labels) != 4 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLinksAddAndRemove(t *testing.T) {
	c := column(t, Dependency, "")
	got, err := c.Parse(`{"added_pulse":[{"linkedPulseId":12}],"removed_pulse":[{"linkedPulseId":"10"}]}`, Write{Old: LinkTo([]int64{10, 11})})
	if err != nil || got.Value != LinkTo([]int64{11, 12}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, ok := c.Text(got.Value, env); ok {
		t.Error("text is not null")
	}
	if w, ok := c.Kind.Wire(got.Value, env.Now); ok {
		t.Errorf("value is not null: %s", w)
	}
}

func TestWire(t *testing.T) {
	at := time.Date(2026, 3, 21, 9, 3, 56, 17e6, time.UTC)
	for typ, want := range map[Type]string{
		People: `{"changed_at":"2026-03-21T09:03:56.017Z","personsAndTeams":[{"id":1,"kind":"person"}]}`,
		Status: `{"index":1,"post_id":null,"changed_at":"2026-03-21T09:03:56.017Z"}`,
		Text:   `"x"`,
		Tags:   `{"tag_ids":[1]}`,
	} {
		in := map[Type]string{People: `"1"`, Status: `"Done"`, Text: `"x"`, Tags: `{"tag_ids":[1]}`}[typ]
		c := column(t, typ, "")
		v, err := c.Parse(in, Write{})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := c.Kind.Wire(v.Value, at); got != want {
			t.Errorf("%s: %s", typ, got)
		}
		if got := string(c.Kind.AppendWire(nil, v.Value, at)); got != want {
			t.Errorf("%s appended: %s", typ, got)
		}
	}
	k, ok := ByName("hologram")
	if ok || k.Name != Unsupported {
		t.Error("an unknown type is known")
	}
	if got, _ := k.Wire(k.Restore(`{"any":"thing"}`), at); got != `{"any":"thing"}` {
		t.Errorf("unsupported value: %s", got)
	}
}
