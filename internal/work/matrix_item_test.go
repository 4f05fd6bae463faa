package work_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/perm"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// itemProbes are probes of boards' structure and items.
var itemProbes = map[perm.Action]func(t *testing.T, st *stage) []attempt{
	perm.BoardPermission: func(t *testing.T, st *stage) []attempt {
		return each(st.boards, func(id int64) error {
			return st.s.SetBoardPermission(t.Context(), st.by, work.BoardID(id), work.PermCollaborators)
		})
	},
	perm.BoardStructure: func(t *testing.T, st *stage) []attempt {
		ctx, name := t.Context(), "renamed"
		calls := []func(b work.BoardID) error{
			func(b work.BoardID) error {
				_, err := st.s.CreateGroup(ctx, st.by, b, work.GroupInput{Title: "g"})
				return err
			},
			func(b work.BoardID) error {
				return st.s.UpdateGroup(ctx, st.by, b, "topics", "title", "renamed")
			},
			func(b work.BoardID) error {
				_, err := st.s.DuplicateGroup(ctx, st.by, b, "topics", "second", false)
				return err
			},
			func(b work.BoardID) error {
				_, err := st.s.CreateColumn(ctx, st.by, b, work.ColumnInput{ID: "text", Title: "t", Type: column.Text})
				return err
			},
			func(b work.BoardID) error {
				return st.s.EditColumn(ctx, st.by, b, "text", work.ColumnEdit{Title: &name})
			},
			func(b work.BoardID) error { _, err := st.s.DeleteColumn(ctx, st.by, b, "text"); return err },
			func(b work.BoardID) error { _, err := st.s.CreateView(ctx, st.by, b, work.ViewEdit{}); return err },
			func(b work.BoardID) error { return st.s.ArchiveGroup(ctx, st.by, b, "topics") },
			func(b work.BoardID) error { return st.s.DeleteGroup(ctx, st.by, b, "topics") },
		}
		var out []attempt
		for _, call := range calls {
			out = append(out, each(st.boards, func(id int64) error { return call(work.BoardID(id)) })...)
		}
		return slices.Concat(out, viewProbes(t, st))
	},
	perm.ColumnRestrict: func(t *testing.T, st *stage) []attempt {
		return each(st.boards, func(id int64) error {
			return st.s.RestrictColumn(t.Context(), st.by, work.BoardID(id), "name", work.Restriction{Locked: true})
		})
	},
	perm.ItemRead: func(t *testing.T, st *stage) []attempt {
		v := view(t, st.s, st.by)
		all, err := v.Items(work.ItemFilter{Page: work.All})
		if err != nil {
			t.Fatal(err)
		}
		return each(st.boards, func(id int64) error {
			item := work.ItemID(id + anItem)
			it, err := v.Item(item)
			if err != nil {
				return err
			}
			some, err := v.Items(work.ItemFilter{IDs: []work.ItemID{item, 999}, Page: work.All})
			if err != nil {
				return err
			}
			listed := slices.ContainsFunc(all, func(o *work.Item) bool { return o.ID == item })
			if (it != nil) != listed || listed != (len(some) == 1) {
				return fmt.Errorf("item %d: there %v, listed %v, by id %d", item, it != nil, listed, len(some))
			}
			if b := v.Board(work.BoardID(id)); b != nil {
				sets, err := v.Aggregate(b, work.AggregateQuery{
					Select: []work.Selected{{As: "n", Function: "COUNT_ITEMS"}}, Items: work.ItemQuery{IDs: []work.ItemID{item}},
				})
				if err != nil {
					return err
				}
				if n := sets[0][0].Value.Basic(); (n == 1.0) != listed {
					return fmt.Errorf("item %d: listed %v, counted %v", item, listed, n)
				}
			}
			return present(it != nil)
		})
	},
	perm.ItemCreate: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			_, err := st.s.CreateItem(t.Context(), st.by, work.BoardID(id), work.ItemInput{Name: "n"})
			return err
		}), each(st.boards, func(id int64) error {
			_, err := st.s.DuplicateItem(t.Context(), st.by, work.BoardID(id), work.ItemID(id+anItem), true)
			return err
		}))
	},
	perm.ItemEdit: func(t *testing.T, st *stage) []attempt {
		return slices.Concat(each(st.boards, func(id int64) error {
			return st.s.ChangeValues(t.Context(), st.by, work.BoardID(id), work.ItemID(id+anItem), work.Values{JSON: `{"name":"renamed"}`})
		}), each(st.boards, func(id int64) error {
			_, err := st.s.CreateSubitem(t.Context(), st.by, work.ItemID(id+anItem), work.ItemInput{Name: "sub"})
			return err
		}))
	},
	perm.ItemState: func(t *testing.T, st *stage) []attempt {
		calls := []func(item work.ItemID) error{
			func(item work.ItemID) error { return st.s.MoveItemToGroup(t.Context(), st.by, item, "topics") },
			func(item work.ItemID) error {
				return st.s.MoveItem(t.Context(), st.by, item, work.ItemPosition{Group: "topics", Top: true})
			},
			func(item work.ItemID) error { return st.s.ArchiveItem(t.Context(), st.by, item) },
			func(item work.ItemID) error { return st.s.DeleteItem(t.Context(), st.by, item) },
		}
		var out []attempt
		for _, call := range calls {
			out = append(out, each(st.boards, func(id int64) error { return call(work.ItemID(id + anItem)) })...)
		}
		return out
	},
}

// viewProbes change and delete the views that the probe before has made, where it could.
func viewProbes(t *testing.T, st *stage) []attempt {
	name := "renamed"
	first := func(id int64) work.ViewID {
		v := view(t, st.s, st.by)
		if b := v.Board(work.BoardID(id)); b != nil {
			if views, err := v.Views(b, nil, ""); err == nil && len(views) > 0 {
				return views[0].ID
			}
		}
		return 1
	}
	return slices.Concat(each(st.boards, func(id int64) error {
		return st.s.EditView(t.Context(), st.by, work.BoardID(id), first(id), work.ViewEdit{Name: &name})
	}), each(st.boards, func(id int64) error {
		_, err := st.s.DeleteView(t.Context(), st.by, work.BoardID(id), first(id))
		return err
	}))
}
