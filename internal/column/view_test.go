package column

import (
	"reflect"
	"testing"
	"time"
)

func TestViews(t *testing.T) {
	// Values as the service sends them, changed_at and all: the connector reads these.
	const changed = `,"changed_at":"2026-03-21T09:03:56.017Z"}`
	value := func(js string) Value { return Value{JSON: js} }
	status := column(t, Status, "")
	l, ok := status.StatusLabel(value(`{"index":1,"post_id":null` + changed))
	if !ok || l.Text != "Done" || !l.Done || l.Color.Hex != "#00c875" || l.Color.Border != "#00b461" || StatusUpdate(value(`{"index":1,"post_id":"5"}`)) != "5" {
		t.Errorf("status %+v", l)
	}
	if got := column(t, Dropdown, threeLabels).DropdownLabels(value(`{"ids":[2,9,1]` + changed)); len(got) != 2 || got[0].Text != "Sales" {
		t.Errorf("dropdown %+v", got)
	}
	if d, c, i := DateOf(value(`{"date":"2026-06-15","time":"22:30:00","icon":"x"`+changed), env); d != "2026-06-16" || c != "00:30" || i != "x" {
		t.Errorf("date %s %s %s", d, c, i)
	}
	if n, ok := Number(value(`"4.50"`)); !ok || n != 4.5 {
		t.Errorf("number %v", n)
	}
	if got := PeopleOf(value(`{"changed_at":"x","personsAndTeams":[{"id":1,"kind":"person"},{"id":"2","kind":"team"}]}`)); !reflect.DeepEqual(got, []Assignee{{1, "person"}, {2, "team"}}) {
		t.Errorf("people %v", got)
	}
	if got := PeopleOf(value(`{"team_id":3}`)); !reflect.DeepEqual(got, []Assignee{{3, "team"}}) {
		t.Errorf("team %v", got)
	}
	if from, to, m := TimelineOf(value(`{"to":"2026-03-15","from":"2026-03-01","visualization_type":"milestone"` + changed)); from != "2026-03-01" || to != "2026-03-15" || !m {
		t.Errorf("timeline %s %s", from, to)
	}
	if !Checked(value(`{"checked":"true"`+changed)) || Checked(value("")) {
		t.Error("checkbox")
	}
	if r, ok := RatingOf(value(`{"rating":4}`)); !ok || r != 4 {
		t.Error("rating")
	}
	if a, b := EmailOf(value(`{"email":"a@b.c","text":"A"}`)); a+b != "a@b.cA" {
		t.Error("email")
	}
	if a, b := LinkOf(value(`{"url":"https://x.y","text":"X \"Y\""}`)); a != "https://x.y" || b != `X "Y"` {
		t.Errorf("link %s %s", a, b)
	}
	if a, b := PhoneOf(value(`{"phone":"1","countryShortName":"US"}`)); a+b != "1US" {
		t.Error("phone")
	}
	if a, b := WeekOf(value(`{"week":{"startDate":"a","endDate":"b"}}`)); a+b != "ab" {
		t.Error("week")
	}
	if a, b := CountryOf(value(`{"countryCode":"IT","countryName":"Italy"}`)); a+b != "ITItaly" {
		t.Error("country")
	}
	p := PlaceOf(value(`{"lat":"45.5","lng":9.25,"address":"Via","city":{"long_name":"Milano","short_name":"MI"}}`))
	if p.Lat != 45.5 || p.Lng != 9.25 || p.City != "Milano" || p.CityShort != "MI" || p.Street != "" {
		t.Errorf("place %+v", p)
	}
	if !reflect.DeepEqual(TagsOf(value(`{"tag_ids":[1,2]}`)), []int64{1, 2}) || !reflect.DeepEqual(Voters(value(`{"votersIds":[7]}`)), []int64{7}) {
		t.Error("lists")
	}
	if !reflect.DeepEqual(LinkedItems(value(`{"linkedPulseIds":[{"linkedPulseId":5},{"linkedPulseId":6}]`+changed)), []int64{5, 6}) {
		t.Error("links")
	}
	if ZoneOf(value(`{"timezone":"Europe/London"}`)) != "Europe/London" || ColorOf(value(`{"color":{"hex":"#ffffff"}}`)) != "#ffffff" {
		t.Error("zone or colour")
	}
	at := time.Date(2026, 3, 21, 8, 47, 10, 0, time.UTC)
	v := LastUpdatedOf(at, 123456)
	if v.JSON != `{"updated_at":"2026-03-21T08:47:10Z","updater_id":"123456"}` || v.Text != "2026-03-21 08:47:10 UTC" {
		t.Errorf("last updated %+v", v)
	}
	if got, by, ok := LogOf(v); !ok || !got.Equal(at) || by != 123456 {
		t.Errorf("log %v %d", got, by)
	}
	if _, by, _ := LogOf(CreationLogOf(at, 9)); by != 9 {
		t.Error("creation log")
	}
	timer := Timer{Running: true, Duration: 9000, StartedAt: at, Sessions: `[{"id":"s1"}]`}
	tv := TimerValue(timer)
	if got := TimerOf(tv); got != timer || tv.Text != "02:30:00" {
		t.Errorf("timer %+v %s", got, tv.Text)
	}
	f := Attachments(value(`{"files":[{"name":"a.jpg","assetId":125951865,"isImage":"true","fileType":"ASSET","createdAt":1749369004275,"createdBy":"76184316"}]}`))
	if len(f) != 1 || f[0] != (Attachment{Kind: "ASSET", Name: "a.jpg", AssetID: 125951865, Image: true, CreatedAt: 1749369004275, CreatedBy: 76184316}) {
		t.Errorf("files %+v", f)
	}
	if a, b, c := IntegrationOf(value(`{"entity_id":1,"issue_id":"X-1","issue_api_url":"u"}`)); a+b+c != "1X-1u" {
		t.Error("integration")
	}
	if got := column(t, Button, `{"label":"Press"}`).DisplayValue(value("{}"), env); got != "Press" {
		t.Errorf("button %s", got)
	}
}

// TestNoNames reads what refers to names where nobody gives them.
func TestNoNames(t *testing.T) {
	for _, tt := range written {
		c := column(t, tt.typ, tt.settings)
		c.Text(Value{JSON: tt.json}, Env{})
		c.Key(Value{JSON: tt.json}, Env{})
	}
}

func TestDays(t *testing.T) {
	for d := civil(1899, 12, 28); d < civil(2101, 1, 5); d++ {
		want := d.time()
		y, m, dd := want.Date()
		if civil(y, int(m), dd) != d {
			t.Fatalf("%v", want)
		}
		if got, ok := parseDay(want.Format("2006-01-02")); !ok || got != d {
			t.Fatalf("%v parses as %v", want, got)
		}
	}
	if w := civil(2026, 6, 17).week(time.Sunday); w.String() != "2026-06-14" {
		t.Errorf("the week began on %s", w)
	}
	if m := civil(2026, 1, 31).month(-1); m.String() != "2025-12-01" {
		t.Errorf("the month before began on %s", m)
	}
}
