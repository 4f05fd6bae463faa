package work_test

import (
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func ptr[T any](v T) *T { return &v }

func (d *desk) folder(name string, in work.FolderID) work.FolderID {
	d.t.Helper()
	id, err := d.s.CreateFolder(d.t.Context(), d.by, work.FolderEdit{Name: &name, Parent: &in})
	d.ok(err)
	return id
}

func (d *desk) boardIn(name string, folder work.FolderID, kind work.BoardKind) work.BoardID {
	d.t.Helper()
	in := work.BoardInput{Name: name, Kind: kind, Folder: folder, Empty: true}
	if f := d.view().Folder(folder); f != nil {
		in.Workspace = f.Workspace
	}
	id, err := d.s.CreateBoard(d.t.Context(), d.by, in)
	d.ok(err)
	return id
}

func boardNames(boards []*work.Board) []string {
	out := []string{}
	for _, b := range boards {
		out = append(out, b.Name)
	}
	return out
}

func folderNames(folders []*work.Folder) []string {
	out := []string{}
	for _, f := range folders {
		out = append(out, f.Name)
	}
	return out
}

func TestFolders(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	closed, err := d.s.CreateWorkspace(t.Context(), d.by, work.WorkspaceInput{Name: "Closed", Kind: work.Closed})
	d.ok(err)
	a := d.folder("a", 0)
	b := d.folder("b", a)
	c := d.folder("c", b)
	hidden, err := d.s.CreateFolder(t.Context(), d.by, work.FolderEdit{Name: ptr(" hidden "), Workspace: &closed, Color: ptr("SUNSET"), Icon: ptr("WORK"), FontWeight: ptr("FONT_WEIGHT_BOLD")})
	d.ok(err)
	d.boardIn("in b", b, work.Public)
	d.boardIn("private in b", b, work.Private)
	archived := d.boardIn("archived", b, work.Public)
	_, err = d.s.ArchiveBoard(t.Context(), d.by, archived)
	d.ok(err)

	v, peers := d.view(), d.as(peer).view()
	list := func(v *work.View, f work.FolderFilter) []string {
		t.Helper()
		f.Page = work.All
		return folderNames(must(v.Folders(f)))
	}
	same(t, "all", list(v, work.FolderFilter{}), []string{"a", "b", "c", "hidden"})
	same(t, "main", list(v, work.FolderFilter{Workspaces: []work.WorkspaceID{-1}}), []string{"a", "b", "c"})
	same(t, "by id", list(v, work.FolderFilter{IDs: []work.FolderID{hidden, b, 1 << 40}}), []string{"b", "hidden"})
	same(t, "a peer's", list(peers, work.FolderFilter{}), []string{"a", "b", "c"})
	same(t, "a guest's", list(d.as(visitor).view(), work.FolderFilter{}), []string{"a", "b", "c"})
	same(t, "page 2", folderNames(must(v.Folders(work.FolderFilter{Page: work.Page{Limit: 3, Number: 2}}))), []string{"hidden"})
	same(t, "within a", folderNames(v.FolderFolders(v.Folder(a))), []string{"b"})
	same(t, "boards", boardNames(v.FolderBoards(v.Folder(b))), []string{"in b", "private in b"})
	same(t, "a peer's boards", boardNames(peers.FolderBoards(v.Folder(b))), []string{"in b"})
	if peers.Folder(hidden) != nil {
		t.Error("a folder of a closed workspace is seen")
	}
	if f := v.Folder(hidden); f.Name != "hidden" || f.Color != "SUNSET" || f.Owner != me || f.Icon != "WORK" || f.FontWeight != "FONT_WEIGHT_BOLD" {
		t.Errorf("made %+v", f)
	}

	for name, c := range map[string]struct {
		id   work.FolderID
		e    work.FolderEdit
		want work.Code
	}{
		"into itself":       {b, work.FolderEdit{Parent: &b}, work.CodeInvalid},
		"into a child":      {a, work.FolderEdit{Parent: &c}, work.CodeInvalid},
		"too deep":          {d.folder("d", 0), work.FolderEdit{Parent: &c}, work.CodeInvalid},
		"other workspace's": {b, work.FolderEdit{Parent: &hidden}, work.CodeInvalid},
		"nowhere":           {b, work.FolderEdit{Parent: ptr(work.FolderID(1 << 40))}, work.CodeNotFound},
		"to no workspace":   {b, work.FolderEdit{Workspace: ptr(work.WorkspaceID(1 << 40))}, work.CodeNotFound},
		"nameless":          {b, work.FolderEdit{Name: ptr(" ")}, work.CodeInvalid},
		"colour":            {b, work.FolderEdit{Color: ptr("red")}, work.CodeInvalid},
		"icon":              {b, work.FolderEdit{Icon: ptr("ICON")}, work.CodeInvalid},
		"weight":            {b, work.FolderEdit{FontWeight: ptr("900")}, work.CodeInvalid},
		"not there":         {1 << 40, work.FolderEdit{Name: ptr("x")}, work.CodeNotFound},
		"no colour":         {b, work.FolderEdit{Color: ptr("NULL")}, ok},
	} {
		wantCode(t, name, d.s.EditFolder(t.Context(), d.by, c.id, c.e), c.want)
	}
	d.ok(d.s.EditFolder(t.Context(), d.by, c, work.FolderEdit{Parent: ptr(work.FolderID(0))}))
	d.ok(d.s.EditFolder(t.Context(), d.by, a, work.FolderEdit{Parent: &c}))
	_, err = d.s.CreateFolder(t.Context(), d.by, work.FolderEdit{Name: ptr("e"), Parent: &b})
	wantCode(t, "a fourth level", err, work.CodeInvalid)
	_, err = d.s.CreateFolder(t.Context(), d.by, work.FolderEdit{})
	wantCode(t, "without a name", err, work.CodeInvalid)
	_, err = d.s.CreateFolder(t.Context(), as(t, d.s, peer), work.FolderEdit{Name: ptr("e"), Workspace: &closed})
	wantCode(t, "in a workspace that is not seen", err, work.CodeNotFound)
	_, err = d.s.CreateBoard(t.Context(), d.by, work.BoardInput{Name: "x", Kind: work.Public, Folder: hidden, Workspace: mainWS})
	wantCode(t, "a board in a folder of another workspace", err, work.CodeInvalid)
}

// A folder takes what is in it to another workspace.
func TestFolderMoves(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	closed, err := d.s.CreateWorkspace(t.Context(), d.by, work.WorkspaceInput{Name: "Closed", Kind: work.Closed})
	d.ok(err)
	a := d.folder("a", d.folder("over", 0))
	b := d.folder("b", a)
	board := d.boardIn("board", b, work.Public)
	d = d.on(board)
	_, err = d.s.CreateSubitem(t.Context(), d.by, d.item("one", "", ""), work.ItemInput{Name: "sub"})
	d.ok(err)
	d.ok(d.s.EditFolder(t.Context(), d.by, a, work.FolderEdit{Workspace: &closed}))
	v := d.view()
	if f := v.Folder(b); f.Workspace != closed || f.Parent != a || v.Folder(a).Parent != 0 || v.Board(board).Workspace != closed || v.Board(board).Folder != b {
		t.Errorf("moved: %+v, board %+v", f, v.Board(board))
	}
	if d.as(peer).view().Board(board) != nil {
		t.Error("peer sees the board in a closed workspace")
	}
	if events := d.events(); events[0] != "board_workspace_id_changed" {
		t.Errorf("events %v", events)
	}
	for _, f := range work.ImageOf(d.by).Faults() {
		t.Error(f)
	}
}

func TestFoldersAreDeleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, ticking())
	a := d.folder("a", 0)
	b := d.folder("b", a)
	board, mineAlone := d.boardIn("board", b, work.Public), d.boardIn("mine", b, work.Private)
	_, err := d.s.DeleteFolder(t.Context(), as(t, d.s, peer), a)
	wantCode(t, "with boards of others in it", err, work.CodeDenied)
	if v := d.view(); v.Folder(b) == nil || v.Board(board) == nil {
		t.Fatal("something went all the same")
	}
	was, err := d.s.DeleteFolder(t.Context(), d.by, a)
	d.ok(err)
	v := d.view()
	if was.Name != "a" || v.Folder(a) != nil || v.Folder(b) != nil || v.Board(board) != nil || v.Board(mineAlone) != nil {
		t.Errorf("deleted %+v; left %v %v", was, v.Folder(b), v.Board(board))
	}
	gone := must(v.Boards(work.BoardFilter{State: "deleted", Page: work.All}))
	if len(gone) != 2 || gone[0].Folder != 0 {
		t.Errorf("deleted boards %v", boardNames(gone))
	}
	for _, f := range work.ImageOf(d.by).Faults() {
		t.Error(f)
	}
}
