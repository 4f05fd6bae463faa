package perm

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "print the table into docs/permissions.md")

const (
	begin = "<!-- table: printed from internal/perm; go test ./internal/perm -update -->\n"
	end   = "<!-- end of table -->\n"
)

// markdown prints the table for people.
func markdown() string {
	var b strings.Builder
	b.WriteString("| to … | " + strings.Join(Roles[:], " | ") + " | action |\n|---|")
	b.WriteString(strings.Repeat("---|", len(Roles)+1) + "\n")
	for _, rule := range Table {
		b.WriteString("| " + rule.What)
		for _, c := range rule.By {
			b.WriteString(" | " + Conds[c])
		}
		fmt.Fprintf(&b, " | `%s` |\n", rule.Name)
	}
	return b.String()
}

// The page and the table are one.
func TestPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "permissions.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has lost the marks around its table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+markdown()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, markdown()); diff != "" {
		t.Errorf("%s and the table differ (-page +table); -update prints it anew:\n%s", path, diff)
	}
}

// Every row is there, has a name of its own and words for people.
func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for a, rule := range Table {
		if rule.Name == "" || rule.What == "" || names[rule.Name] {
			t.Errorf("action %d: name %q, words %q; the name must be its own", a, rule.Name, rule.What)
		}
		names[rule.Name] = true
		for r, c := range rule.By {
			if Conds[c] == "" {
				t.Errorf("%s: the condition for %s has no words", rule.Name, Roles[r])
			}
		}
	}
	if Count != len(Table) {
		t.Errorf("Count is %d, the table has %d rows", Count, len(Table))
	}
}

const everyFact = Self | Joined | Owner | Open | Shared | Sharable | Editable | Fillable | Assigned

// Each condition against every combination of facts, told by which facts alone or together meet it.
func TestConds(t *testing.T) {
	t.Parallel()
	meets := map[Cond][]Facts{ // any one of these sets suffices
		Never:            {},
		Always:           {0},
		IfSelf:           {Self},
		IfShared:         {Self, Shared},
		IfJoined:         {Joined, Owner},
		IfOwner:          {Owner},
		IfOpenOrJoined:   {Open, Joined, Owner},
		IfSelfOrOwner:    {Self, Owner},
		IfJoinedSharable: {Joined | Sharable, Owner | Sharable},
		IfEditor:         {Owner, Open | Editable, Joined | Editable},
		IfFiller:         {Owner, Open | Fillable, Joined | Fillable, Open | Assigned, Joined | Assigned},
	}
	for c := range Conds {
		sets, ok := meets[c]
		if !ok {
			t.Errorf("condition %d (%s) has no expectation here", c, Conds[c])
		}
		for f := Facts(0); f <= everyFact; f++ {
			want := false
			for _, set := range sets {
				want = want || f&set == set
			}
			if got := c.holds(f); got != want {
				t.Errorf("%q with facts %09b: %v, want %v", Conds[c], f, got, want)
			}
		}
	}
	if len(meets) != len(Conds) {
		t.Errorf("%d conditions have words, %d have expectations", len(Conds), len(meets))
	}
	if Cond(99).holds(everyFact) {
		t.Error("a condition nobody knows holds")
	}
}

// Allow is the table's cell, and no outside of the table.
func TestAllow(t *testing.T) {
	t.Parallel()
	for a, rule := range Table {
		for r, c := range rule.By {
			for f := Facts(0); f <= everyFact; f++ {
				if Allow(Role(r), Action(a), f) != c.holds(f) {
					t.Errorf("%s as %s with %09b is not as in the table", rule.Name, Roles[r], f)
				}
			}
		}
	}
	for _, out := range []struct {
		r Role
		a Action
	}{{-1, TeamRead}, {roles, TeamRead}, {Admin, -1}, {Admin, actions}, {99, 99}} {
		if Allow(out.r, out.a, everyFact) {
			t.Errorf("role %d, action %d: allowed outside the table", out.r, out.a)
		}
	}
}

// No fact takes a right away: package work may stop gathering facts once one suffices.
func TestFactsOnlyAdd(t *testing.T) {
	t.Parallel()
	for c, words := range Conds {
		for f := Facts(0); f <= everyFact; f++ {
			for fact := Facts(1); fact <= everyFact; fact <<= 1 {
				if c.holds(f) && !c.holds(f|fact) {
					t.Errorf("%q holds with %09b and no longer with %09b", words, f, f|fact)
				}
			}
		}
	}
}

// What must hold whatever else is changed in the table.
func TestPolicy(t *testing.T) {
	t.Parallel()
	deny := func(r Role, a Action, f Facts, why string) {
		if Allow(r, a, f) {
			t.Errorf("%s, %s: allowed, but %s", Roles[r], Table[a].Name, why)
		}
	}
	for f := Facts(0); f <= everyFact; f++ {
		deny(Viewer, APIUse, f, "viewers have no API")
		for _, a := range []Action{UserInvite, TeamCreate, WorkspaceCreate, BoardCreate, TeamMembers, TeamOwners, TeamDelete,
			WorkspaceEdit, WorkspaceDelete, WorkspaceInvite, WorkspaceOwners, BoardEdit, BoardState, BoardInvite, BoardOwners} {
			deny(Viewer, a, f, "viewers only look")
			deny(Guest, a, f, "guests manage nothing")
		}
		for _, a := range []Action{BoardStructure, ColumnRestrict, WebhookEdit, FolderEdit} {
			deny(Viewer, a, f, "viewers only look")
			deny(Guest, a, f, "guests manage nothing")
		}
		for _, a := range []Action{ItemCreate, ItemEdit, ItemState, UpdateCreate, UpdateEdit, UpdateDelete, UpdatePin, TagCreate, DocEdit, NotificationSend} {
			deny(Viewer, a, f, "viewers only look")
		}
		for _, a := range []Action{UserRole, UserActivate, UserDeactivate, UserEmailDomain, DataSourceEdit} {
			for _, r := range []Role{Member, Viewer, Guest} {
				deny(r, a, f, "only admins run the account")
			}
		}
		if f&Self == 0 {
			for r := range roles {
				deny(r, UserSecret, f, "a secret is its owner's")
				deny(r, TokenOwn, f, "a token is its owner's")
				deny(r, UpdateEdit, f, "nobody puts words into others' mouths")
			}
		}
		if f&Sharable == 0 {
			deny(Guest, BoardRead, f, "guests are on shareable boards only")
			deny(Guest, ItemRead, f, "guests are on shareable boards only")
		}
		if f&(Joined|Owner|Open) == 0 {
			for r := range roles {
				deny(r, BoardRead, f, "nobody sees a private board without being on it")
				deny(r, ItemRead, f, "nobody sees what is on it either")
			}
		}
	}
}
