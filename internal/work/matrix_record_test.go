package work_test

import (
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// What is on each board of the matrix has the board's id and one of these; each workspace has a folder.
const (
	anItem     = 1_000_000
	myUpdate   = 2_000_000
	bossUpdate = 3_000_000
	aWebhook   = 4_000_000
	inFolder   = 5_000_000
	aDoc       = 6_000_000
)

// furnish puts an item with updates, a webhook and a doc on a board.
func (w world) furnish(id int64) {
	board, item := work.BoardID(id), work.ItemID(id+anItem)
	w.Groups = append(w.Groups, &work.Group{Board: board, ID: "topics", Title: "Group Title", Color: "#037f4c", State: work.StateActive})
	w.Columns = append(w.Columns, &work.Column{Board: board, ID: "name", Title: "Name", Type: "name", State: work.StateActive})
	w.Items = append(w.Items, &work.Item{ID: item, Board: board, Group: "topics", Name: "item", State: work.StateActive, Number: 1, Creator: boss, CreatedAt: day, UpdatedAt: day})
	for by, nr := range map[work.UserID]int64{me: myUpdate, boss: bossUpdate} {
		w.Updates = append(w.Updates, &work.Update{ID: work.UpdateID(id + nr), Item: item, Board: board, Creator: by, Body: "said", CreatedAt: day, EditedAt: day, UpdatedAt: day})
	}
	w.Webhooks = append(w.Webhooks, &work.Webhook{ID: work.WebhookID(id + aWebhook), Board: board, Event: "create_item", URL: "https://example.com/", Creator: boss, CreatedAt: day})
	w.Docs = append(w.Docs, &work.Doc{ID: work.DocID(id + aDoc), Board: board, Creator: boss, CreatedAt: day, UpdatedAt: day})
}

// updates makes an attempt of the caller's update on each board, and one of somebody else's.
func updates(st *stage, call func(id work.UpdateID) error) []attempt {
	own := each(st.boards, func(id int64) error { return call(work.UpdateID(id + myUpdate)) })
	for i := range own {
		own[i].name, own[i].facts = "own on "+own[i].name, own[i].facts|perm.Self
	}
	return slices.Concat(own, each(st.boards, func(id int64) error { return call(work.UpdateID(id + bossUpdate)) }))
}

// recordProbes are probes of what is kept beside boards' items.
var recordProbes = map[perm.Action]func(t *testing.T, st *stage) []attempt{
	perm.UpdateCreate: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			_, err := st.s.CreateUpdate(t.Context(), st.by, work.UpdateInput{Item: work.ItemID(id + anItem), Body: "b"})
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.CreateUpdate(t.Context(), st.by, work.UpdateInput{Parent: work.UpdateID(id + bossUpdate), Body: "b"})
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.LikeUpdate(t.Context(), st.by, work.UpdateID(id+myUpdate), "")
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.UnlikeUpdate(t.Context(), st.by, work.UpdateID(id+bossUpdate))
			return err
		}))
	},
	perm.UpdateEdit: func(t *testing.T, st *stage) []attempt {
		return updates(st, func(id work.UpdateID) error {
			_, err := st.s.EditUpdate(t.Context(), st.by, id, "other")
			return err
		})
	},
	perm.UpdateDelete: func(t *testing.T, st *stage) []attempt {
		return updates(st, func(id work.UpdateID) error {
			_, err := st.s.DeleteUpdate(t.Context(), st.by, id)
			return err
		})
	},
	perm.UpdatePin: func(t *testing.T, st *stage) []attempt {
		return updates(st, func(id work.UpdateID) error {
			_, err := st.s.PinUpdate(t.Context(), st.by, id, true)
			return err
		})
	},
	perm.ActivityRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		return each(st.boards, func(id int64) error {
			b := v.Board(work.BoardID(id))
			if b == nil {
				return errAbsent
			}
			_, err := v.BoardActivity(b, work.ActivityFilter{Page: work.All})
			return err
		})
	},
	perm.ActivityUser: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		read := func(id work.UserID) func() error {
			return func() error { _, err := v.UserActivity(&work.User{ID: id}, work.ActivityFilter{}); return err }
		}
		return []attempt{{name: "self", facts: perm.Self, seen: true, call: read(me)}, {name: "peer", facts: perm.Shared, seen: true, call: read(peer)}}
	},
	perm.AuditRead: func(t *testing.T, st *stage) []attempt {
		return free(func() error { _, err := view(t, st.s, st.by).Audit(work.AuditFilter{}); return err })
	},
	perm.BackupTake: func(t *testing.T, st *stage) []attempt {
		return free(func() error { return st.s.NoteBackup(t.Context(), st.by) })
	},
	perm.WebhookEdit: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		return slices.Concat(each(st.boards, func(id int64) error {
			_, err := st.s.CreateWebhook(t.Context(), st.by, work.WebhookInput{Board: work.BoardID(id), Event: "create_item", URL: "https://example.com/"})
			return err
		}), each(st.boards, func(id int64) error {
			b := v.Board(work.BoardID(id))
			if b == nil {
				return errAbsent
			}
			_, err := v.Webhooks(b)
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.DeleteWebhook(t.Context(), st.by, work.WebhookID(id+aWebhook))
			return err
		}))
	},
	perm.FolderEdit: func(t *testing.T, st *stage) []attempt {
		name := "renamed"
		return slices.Concat(each(st.spaces, func(id int64) error {
			ws := work.WorkspaceID(id)
			_, err := st.s.CreateFolder(t.Context(), st.by, work.FolderEdit{Name: &name, Workspace: &ws})
			return err
		}), each(st.spaces, func(id int64) error {
			return st.s.EditFolder(t.Context(), st.by, work.FolderID(id+inFolder), work.FolderEdit{Name: &name})
		}), each(st.spaces, func(id int64) error {
			_, err := st.s.DeleteFolder(t.Context(), st.by, work.FolderID(id+inFolder))
			return err
		}))
	},
	perm.TagCreate: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(free(func() error { _, err := st.s.Tag(t.Context(), st.by, "tag", 0); return err }),
			each(st.boards, func(id int64) error { _, err := st.s.Tag(t.Context(), st.by, "tag", work.BoardID(id)); return err }))
	},
	perm.DocEdit: func(t *testing.T, st *stage) []attempt {
		block := []work.BlockInput{{Type: "normal_text", Content: `{"deltaFormat":[]}`}}
		return slices.Concat(each(st.boards, func(id int64) error {
			made, err := st.s.AddBlocks(t.Context(), st.by, work.DocID(id+aDoc), "", block)
			if err != nil {
				return err
			}
			if _, err := st.s.EditBlock(t.Context(), st.by, made[0].ID, `{}`); err != nil {
				return err
			}
			_, err = st.s.DeleteBlock(t.Context(), st.by, made[0].ID)
			return err
		}), each(st.boards, func(id int64) error {
			return st.s.RenameDoc(t.Context(), st.by, work.DocID(id+aDoc), "renamed")
		}))
	},
	perm.NotificationSend: func(t *testing.T, st *stage) []attempt {
		i := slices.IndexFunc(st.boards, func(b target) bool { return b.seen && b.facts&perm.Joined != 0 })
		return each(st.people, func(id int64) error {
			_, err := st.s.Notify(t.Context(), st.by, work.NotificationInput{User: work.UserID(id), Text: "hello", TargetID: st.boards[i].id, TargetType: work.TargetProject})
			return err
		})
	},
}
