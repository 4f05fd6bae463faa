package column

import (
	"fmt"
	"strconv"
	"time"
)

// The values below are never written through a column: the item, its log or
// its timer says them, and the caller makes them when they are read.

// NameOf is the item's name as a value, so that rules and orders can use it.
func NameOf(name string) Value {
	if name == "" {
		return Value{}
	}
	return Value{JSON: quote(name), Text: name}
}

// ItemIDOf is the value of an item id cell.
func ItemIDOf(id int64) Value { return numbered(id) }

// AutoNumberOf is the value of an auto number cell.
func AutoNumberOf(n int64) Value { return numbered(n) }

func numbered(n int64) Value {
	s := strconv.FormatInt(n, 10)
	return Value{JSON: `"` + s + `"`, Text: s}
}

// GroupOf is an item's group as a value, for rules on the column "group".
func GroupOf(id string) Value { return Value{JSON: quote(id)} }

// CreationLogOf is the value of a creation log cell.
func CreationLogOf(at time.Time, by int64) Value { return logValue("created_at", "creator_id", at, by) }

// LastUpdatedOf is the value of a last updated cell.
func LastUpdatedOf(at time.Time, by int64) Value { return logValue("updated_at", "updater_id", at, by) }

func logValue(when, who string, at time.Time, by int64) Value {
	if at.IsZero() {
		return Value{}
	}
	stamp := at.UTC().Format("2006-01-02T15:04:05Z")
	return Value{JSON: `{"` + when + `":"` + stamp + `","` + who + `":"` + strconv.FormatInt(by, 10) + `"}`, Text: stamp[:10] + " " + stamp[11:19] + " UTC"}
}

// logText is as the service shows moments: 2026-03-21 08:47:10 UTC.
func logText(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

// logTime is the moment in a creation log or last updated cell.
func logTime(v Value) (time.Time, bool) {
	s := str(field(v.JSON, "updated_at"))
	if s == "" {
		s = str(field(v.JSON, "created_at"))
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// LogOf is the moment and the user of a creation log or last updated cell.
func LogOf(v Value) (at time.Time, by int64, ok bool) {
	at, ok = logTime(v)
	if by, _ = num(field(v.JSON, "updater_id")); by == 0 {
		by, _ = num(field(v.JSON, "creator_id"))
	}
	return at, by, ok
}

func logDate(v Value, _ string) (day, bool) {
	t, ok := logTime(v)
	return dayOf(t.UTC()), ok
}

// Timer is what a time tracking cell holds.
type Timer struct {
	Running   bool
	Duration  int64 // seconds, of ended sessions
	StartedAt time.Time
	Sessions  string // raw JSON list, as it was stored
}

// TimerValue is the value of a time tracking cell.
func TimerValue(t Timer) Value {
	js := fmt.Sprintf(`{"running":"%t","duration":%d`, t.Running, t.Duration)
	if t.Running {
		js += `,"startDate":` + strconv.FormatInt(t.StartedAt.Unix(), 10)
	}
	if t.Sessions != "" {
		js += `,"additional_value":` + t.Sessions
	}
	js += "}"
	return Value{JSON: js, Text: durationText(js)}
}

// TimerOf reads a time tracking cell.
func TimerOf(v Value) Timer {
	t := Timer{Running: truth(field(v.JSON, "running")), Sessions: field(v.JSON, "additional_value")}
	t.Duration, _ = num(field(v.JSON, "duration"))
	if at, ok := num(field(v.JSON, "startDate")); ok {
		t.StartedAt = time.Unix(at, 0).UTC()
	}
	return t
}

func durationText(js string) string {
	n, ok := num(field(js, "duration"))
	if !ok || n <= 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d:%02d", n/3600, n/60%60, n%60)
}

// ProgressOf is the value of a progress cell: how many percent of an item is done.
func ProgressOf(percent int) Value { return numbered(int64(percent)) }

func textButton(c *Column, _ Value, _ Env) string { return c.Settings.Button }

func textIntegration(_ *Column, v Value, _ Env) string { return str(field(v.JSON, "issue_id")) }

// IntegrationOf is what an integration cell points to.
func IntegrationOf(v Value) (entity, issue, api string) {
	return str(field(v.JSON, "entity_id")), str(field(v.JSON, "issue_id")), str(field(v.JSON, "issue_api_url"))
}
