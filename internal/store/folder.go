package store

import (
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var folders = newTable(table{
	name: "folders",
	keys: 1,
	columns: []column{
		{"id", bigint}, {"name", text}, {"workspace_id", bigint}, {"parent_id", bigint}, {"color", text},
		{"font_weight", text}, {"custom_icon", text}, {"owner_id", bigint}, {"created_at", text},
	},
})

func folderRow(f *work.Folder) []any {
	return []any{
		int64(f.ID), f.Name, int64(f.Workspace), int64(f.Parent), f.Color,
		f.FontWeight, f.Icon, int64(f.Owner), stamp(f.CreatedAt),
	}
}

func (l *loader) folders() (list []*work.Folder) {
	var f work.Folder
	var id, workspace, parent, owner int64
	var created string
	l.each(folders, func() (err error) {
		f.ID, f.Workspace = work.FolderID(id), work.WorkspaceID(workspace)
		f.Parent, f.Owner = work.FolderID(parent), work.UserID(owner)
		if f.CreatedAt, err = parseStamp(created); err != nil {
			return fmt.Errorf("folder %d: %w", id, err)
		}
		one := f
		list = append(list, &one)
		return nil
	}, &id, &f.Name, &workspace, &parent, &f.Color, &f.FontWeight, &f.Icon, &owner, &created)
	return list
}
