package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func openTestSQLite(t testing.TB) work.Store {
	return openSQLiteFile(t, filepath.Join(t.TempDir(), "a b%?#.db"))
}

func openSQLiteFile(t testing.TB, path string) work.Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	testStore(t, func(t *testing.T) work.Store { return openTestSQLite(t) })
	exec := func(path, sql string) {
		w, err := openSQLiteWriter(t.Context(), path, false)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if _, err := w.exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("Schema", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "schema.db")
		testSchema(t, "sqlite:"+path, func(sql string) { exec(path, sql) })
	})
	t.Run("Upgrade", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "upgrade.db")
		testUpgrade(t, "sqlite", path, func(sql string) { exec(path, sql) })
	})
	t.Run("ColumnValues", func(t *testing.T) {
		t.Parallel()
		testColumnValues(t, openTestSQLite(t))
	})
}

// spy is a reader that hears what is asked.
type spy struct {
	reader
	heard func(sql string, args []any)
}

func (s spy) query(ctx context.Context, sql string, args []any, each func() error, dest ...any) error {
	s.heard(sql, args)
	return s.reader.query(ctx, sql, args, each, dest...)
}

func (s spy) atOnce(_ context.Context, do func(reader) error) error { return do(s) }

// spied is a source that hands out a spy.
type spied struct{ spy }

func (s spied) reader() reader { return s.spy }

// TestSQLitePlans: what is asked often is found by an index and comes in order from it.
func TestSQLitePlans(t *testing.T) {
	t.Parallel()
	s := openTestSQLite(t).(*sqliteStore)
	snap := full(1)
	snap.Content = content()
	create(t, s, snap)
	var plan string
	q := queries{spied{spy{s.reader(), func(sql string, args []any) {
		var id, parent, unused int64
		var detail string
		err := s.reader().query(t.Context(), "EXPLAIN QUERY PLAN "+sql, args, func() error {
			plan += detail + "; "
			return nil
		}, &id, &parent, &unused, &detail)
		if err != nil {
			t.Error(err)
		}
	}}}}
	ctx := t.Context()
	updates := func(u work.UpdateQuery) func() error {
		return func() error { return q.Updates(ctx, 1, u, func(*work.Update) bool { return true }) }
	}
	activity := func(a work.ActivityQuery) func() error {
		return func() error { return q.Activity(ctx, 1, a, func(*work.Activity) bool { return true }) }
	}
	const sorted = "TEMP B-TREE FOR ORDER BY"
	for _, c := range []struct {
		name  string
		ask   func() error
		index string // that has to be used
		not   string // and what must not be done
	}{
		{"items of a board", func() error { _, err := q.LoadBoard(ctx, 1, 1, true); return err }, "items_board (account_id=? AND board_id=? AND state=?)", "SCAN"},
		{"a board's size", func() error { _, err := q.LoadBoard(ctx, 1, 1, false); return err }, "COVERING INDEX items_board (account_id=? AND board_id=?)", "SCAN i"},
		{"items by id", func() error { _, _, err := q.LoadItems(ctx, 1, []work.ItemID{1}); return err }, "sqlite_autoindex_items_1 (account_id=? AND id=?)", "SCAN i"},
		{"items in order", func() error { _, err := q.ScanItems(ctx, 1, 1, "a", work.ItemPlace{}, 1); return err }, "items_place (account_id=? AND board_id=? AND group_id=? AND (position,id)>(?,?))", sorted},
		{"all updates", updates(work.UpdateQuery{}), "updates_parent (account_id=? AND parent_id=?)", sorted},
		{"updates since", updates(work.UpdateQuery{From: day}), "updates_parent (account_id=? AND parent_id=? AND created_at>?)", sorted},
		{"updates by id", updates(work.UpdateQuery{IDs: []work.UpdateID{1}}), "sqlite_autoindex_updates_1 (account_id=? AND id=?)", "SCAN updates"},
		{"replies", updates(work.UpdateQuery{Parents: []work.UpdateID{1}}), "updates_parent (account_id=? AND parent_id=?)", "SCAN updates"},
		{"updates of items", updates(work.UpdateQuery{Items: []work.ItemID{1}}), "updates_item (account_id=? AND item_id=?)", "SCAN updates"},
		{"updates of a board", updates(work.UpdateQuery{Boards: []work.BoardID{1}}), "updates_board (account_id=? AND board_id=?)", "SCAN updates"},
		{"updates of items on boards", updates(work.UpdateQuery{Items: []work.ItemID{1}, Boards: []work.BoardID{1}}), "updates_item (account_id=? AND item_id=?)", "SCAN updates"},
		{"replies on boards", updates(work.UpdateQuery{Replies: true, Boards: []work.BoardID{1}, From: day}), "updates_board (account_id=? AND board_id=? AND created_at>?)", "SCAN updates"},
		{"activity of a board", activity(work.ActivityQuery{Board: 1}), "activity_logs USING INDEX sqlite_autoindex_activity_logs_1 (account_id=? AND board_id=?)", sorted},
		{"activity of a board by users", activity(work.ActivityQuery{Board: 1, Users: []work.UserID{1}, From: day}), "(account_id=? AND board_id=? AND at>?)", sorted},
		{"activity by a user", activity(work.ActivityQuery{Users: []work.UserID{1}}), "activity_logs_user (account_id=? AND user_id=?)", "SCAN activity_logs"},
		{"assets of items", func() error { _, err := q.Assets(ctx, 1, work.AssetQuery{Items: []work.ItemID{1}}); return err }, "assets_item (account_id=? AND item_id=?)", "SCAN a"},
		{"assets of updates", func() error { _, err := q.Assets(ctx, 1, work.AssetQuery{Updates: []work.UpdateID{1}}); return err }, "assets_update (account_id=? AND update_id=?)", "SCAN a"},
		{"assets by id", func() error { _, err := q.Assets(ctx, 1, work.AssetQuery{IDs: []work.AssetID{1}}); return err }, "PRIMARY KEY (account_id=? AND id=?)", "SCAN a"},
		{"blocks by id", func() error { _, err := q.Blocks(ctx, 1, 0, []string{"b"}); return err }, "sqlite_autoindex_blocks_1 (account_id=? AND id=?)", "SCAN b"},
		{"blocks", func() error { _, err := q.Blocks(ctx, 1, 1, nil); return err }, "blocks_doc (account_id=? AND doc_id=?)", sorted},
		{"notifications", func() error { _, err := q.Notifications(ctx, 1, 1, 1); return err }, "notifications_user (account_id=? AND user_id=?)", sorted},
	} {
		plan = ""
		if err := c.ask(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !strings.Contains(plan, c.index) || strings.Contains(plan, c.not) {
			t.Errorf("%s: %s", c.name, plan)
		}
	}
}

func TestSQLiteReopened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s := openSQLiteFile(t, path)
	create(t, s, full(1))
	commit(t, s, 1, 8, work.Change{Team: &work.Team{ID: 70}})
	want := mustLoad(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	same(t, "reopened", want, mustLoad(t, s, 1))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestSQLiteNotAFile(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{"", "sqlite:", ":memory:", t.TempDir(), "/no/such/directory/x.db", garbage} {
		if s, err := Open(t.Context(), dsn, Options{Migrate: true}); err == nil {
			s.Close()
			t.Errorf("opened %q", dsn)
		} else {
			t.Log(err)
		}
	}
}

// TestSQLiteOneOwner: a second opener learns what is the matter, by whatever name it comes.
func TestSQLiteOneOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "owned.db")
	s := openSQLiteFile(t, path)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	refused := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Fatalf("%s was opened twice", name)
		}
		for _, part := range []string{path, "in use", "pid " + strconv.Itoa(os.Getpid()), "stop that process"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error %q does not say %q", err, part)
			}
		}
	}
	for _, name := range []string{path, link, "sqlite:" + path} {
		_, err := Open(t.Context(), name, Options{})
		refused(name, err)
		_, _, err = Migrate(t.Context(), name)
		refused(name, err)
	}
	if have, want, err := Version(t.Context(), path); err != nil || have != want {
		t.Errorf("version %d of %d, %v", have, want, err)
	}
	create(t, s, full(1)) // what was refused has not disturbed the owner's locks
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openSQLiteFile(t, link)
}

// TestSQLiteDiskFull: a commit for which there is no room fails in words and as a whole; reading goes
// on, and writing once there is room.
func TestSQLiteDiskFull(t *testing.T) {
	t.Parallel()
	s := openTestSQLite(t).(*sqliteStore)
	create(t, s, full(1))
	limit := func(pages int) {
		t.Helper()
		if _, err := s.writer.exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // means as many as there are
	seq := work.Seq(8)
	var err error
	for ; err == nil && seq < 500; seq++ {
		var changes []work.Change
		for i := range int64(50) {
			changes = append(changes, work.Change{Board: &work.Board{ID: work.BoardID(int64(seq)*100 + i), Name: strings.Repeat("x", 255)}})
		}
		err = s.Commit(t.Context(), 1, batch(seq, changes...))
	}
	seq--
	if err == nil || !strings.Contains(err.Error(), "full") || errors.Is(err, work.ErrUnknown) {
		t.Fatalf("error %v", err)
	}
	mustHead(t, s, 1, seq-1)
	if n := len(mustLoad(t, s, 1).Boards); n != 2+50*int(seq-8) {
		t.Errorf("%d boards at %d", n, seq-1)
	}
	limit(1 << 30)
	commit(t, s, 1, seq, work.Change{Board: &work.Board{ID: 1 << 40}})
}

// TestSQLiteConnectionLost: a writer whose connection is gone gets another.
func TestSQLiteConnectionLost(t *testing.T) {
	t.Parallel()
	s := openTestSQLite(t).(*sqliteStore)
	create(t, s, full(1))
	s.writer.giveUp()
	commit(t, s, 1, 8)
	mustHead(t, s, 1, 8)
}

// TestSQLiteKilled kills a process in the middle of commits, again and again. Every batch it has
// acknowledged is there, none is there by half, and the next process can open the file at once.
func TestSQLiteKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "killed.db")
	s := openSQLiteFile(t, path)
	create(t, s, full(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for round := range 10 {
		acknowledged := killChild(t, path, time.Duration(20+rand.IntN(150))*time.Millisecond)
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		snap := mustLoad(t, s, 1)
		n := int(snap.Seq - 7)
		if snap.Seq < acknowledged {
			t.Errorf("round %d: head %d, but %d was acknowledged", round, snap.Seq, acknowledged)
		}
		if len(snap.Teams) != 2+n || len(snap.Memberships) != 3+2*n || len(snap.Boards) != 2+n {
			t.Errorf("round %d: %d teams, %d memberships, %d boards after %d batches", round,
				len(snap.Teams), len(snap.Memberships), len(snap.Boards), n)
		}
		if feed, err := s.Since(t.Context(), 1, 7); err != nil || len(feed) != n {
			t.Errorf("round %d: %d batches in the feed, want %d; %v", round, len(feed), n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// childFile in the environment makes this test binary commit to that file until it is killed.
const childFile = "LUNEDI_STORE_TEST_CHILD"

// killChild runs such a child for a while and returns the last batch it has acknowledged.
func killChild(t *testing.T, path string, after time.Duration) (last work.Seq) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childFile+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() { // the first commit
		t.Fatal("the child commits nothing")
	}
	time.AfterFunc(after, func() { cmd.Process.Kill() })
	for ok := true; ok; ok = lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		last = work.Seq(n)
	}
	cmd.Wait()
	return last
}

// beChild is the child: each batch is a team with two members and a board.
func beChild(ctx context.Context, path string) error {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	seq, err := s.Head(ctx, 1)
	if err != nil {
		return err
	}
	for {
		seq++
		id := 1000 + int64(seq)
		err := s.Commit(ctx, 1, batch(seq,
			work.Change{Team: &work.Team{ID: work.TeamID(id)}},
			work.Change{Membership: &work.Membership{Team: work.TeamID(id), User: 1}},
			work.Change{Membership: &work.Membership{Team: work.TeamID(id), User: 2}},
			work.Change{Board: &work.Board{ID: work.BoardID(id)}}))
		if err != nil {
			return err
		}
		fmt.Println(seq)
	}
}
