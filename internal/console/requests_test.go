package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var requestDay = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func names(list []*keptRequest) (all string) {
	for _, r := range list {
		all += r.Name + " "
	}
	return all
}

func TestRequests(t *testing.T) {
	t.Parallel()
	q := NewRequests(true, requestDay)
	q.Add(Request{Name: "stranger", Status: 401})
	for i, r := range []Request{
		{Account: 1, User: 1, Name: "a", Path: "/v2"}, {Account: 1, User: 2, Name: "b", Path: "/v2"}, {Account: 2, User: 1, Name: "other", Path: "/v2"},
		{Account: 1, User: 1, Name: "page", Path: "/console/v2"}, {Account: 1, User: 1, Name: "explored", Path: explorerPath},
	} {
		r.Start = requestDay.Add(time.Duration(i) * time.Second)
		q.Add(r)
	}
	for _, c := range []struct {
		account work.AccountID
		user    work.UserID
		after   int64
		want    string
	}{
		{1, 0, 0, "explored page b a "}, {1, 1, 0, "explored page a "}, {1, 2, 0, "b "}, {1, 3, 0, ""}, {2, 0, 0, "other "}, {3, 0, 0, ""}, {0, 0, 0, ""},
		{1, 0, 2, "explored page "}, {1, 0, 5, ""}, {1, 0, 1 << 40, ""},
	} {
		if got := names(q.after(c.account, c.user, c.after)); got != c.want {
			t.Errorf("account %d, user %d, after %d: %q, want %q", c.account, c.user, c.after, got, c.want)
		}
	}
}

// TestRequestsBounded: neither many requests nor long ones fill the memory, and pages do not push
// programs' requests out.
func TestRequestsBounded(t *testing.T) {
	t.Parallel()
	q := NewRequests(true, requestDay)
	q.Add(Request{Account: 1, User: 1, Name: "program", Path: "/v2"})
	for i := range 3 * keptRequests {
		q.Add(Request{Account: 1, User: 1, Name: fmt.Sprint(i), Path: "/console/v2"})
	}
	list := q.after(1, 0, 0)
	if len(list) != keptRequests+1 || list[len(list)-1].Name != "program" {
		t.Errorf("%d are kept, the last is %s", len(list), list[len(list)-1].Name)
	}
	long := strings.Repeat("x", 16<<10)
	for range 3 * keptRequests {
		q.Add(Request{Account: 2, Path: "/v2", Query: long, Variables: long, Errors: []string{long, long}})
	}
	text := 0
	for _, r := range q.after(2, 0, 0) {
		text += r.size()
	}
	if text > keptText || text < keptText-4*len(long) {
		t.Errorf("%d bytes of text are kept", text)
	}
	for i := range 2 * countedNames {
		q.Add(Request{Account: 3, Path: "/v2", Name: fmt.Sprint("op", i), Start: requestDay.AddDate(0, 0, i)})
	}
	u := q.usage(3)
	if len(u.Operations) != countedNames+1 || u.Operations[0].Name != "all others" || u.Operations[0].Count != countedNames || len(u.Days) != countedDays {
		t.Errorf("%d operations, the first %+v, %d days", len(u.Operations), u.Operations[0], len(u.Days))
	}
	if last := u.Days[countedDays-1].Day; last != requestDay.AddDate(0, 0, 2*countedNames-1).Format(time.DateOnly) {
		t.Errorf("the last day is %s", last)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	q := NewRequests(false, requestDay)
	for i, r := range []Request{
		{Kind: "query", Name: "a", Version: "2026-04", Cost: 10, Duration: time.Millisecond},
		{Kind: "query", Name: "a", Version: "2026-04", Cost: 20, Duration: 2 * time.Millisecond, Codes: []string{""}},
		{Kind: "mutation", Name: "b", Version: "2025-10", Status: 500, Start: requestDay.AddDate(0, 0, 1)},
		{Path: "/console/v2", Kind: "query", Name: "a", Version: "2026-04"},
	} {
		r.Account = 1
		if i < 2 {
			r.Start = requestDay
		}
		q.Add(r)
	}
	u := q.usage(1)
	a, b := *u.Operations[0], *u.Operations[1]
	if a.Name != "a" || a.Count != 2 || a.Failed != 1 || a.Cost != 30 || a.Took != 1.5 || b.Kind != "mutation" || b.Failed != 1 {
		t.Errorf("operations %+v %+v", a, b)
	}
	if len(u.Versions) != 2 || u.Versions["2026-04"] != 2 || len(u.Days) != 2 || *u.Days[0] != (dayCount{"2026-07-01", 2, 1}) {
		t.Errorf("versions %v, days %+v", u.Versions, u.Days[0])
	}
	if u := q.usage(2); u.Days == nil || u.Operations == nil || u.Versions == nil {
		t.Error("an account without requests has no lists")
	}
}

func TestNoFormula(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{"": "", "a=1": "a=1", "=1+1": "'=1+1", "+1": "'+1", "@x": "'@x", "-2": "'-2", "\tx": "'\tx", "é": "é"} {
		if got := noFormula(cell); got != want {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
}
