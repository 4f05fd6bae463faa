package store

import (
	"errors"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// A plan is what a batch does to the tables, in as few statements as its meaning allows: steps in
// order, each of rows of one table.
type plan struct {
	account *work.Account // the last one put, if any
	lastID  int64         // the highest id of a row put
	steps   []step
	moved   [][]any // item and the board it has moved to: its updates and files go with it

	open map[*table]*pending
}

// A step puts rows into a table or, with their keys only, deletes them there with their children.
type step struct {
	table  *table
	delete bool
	rows   [][]any
}

// A pending is the last change of each row of a table, in the order the rows first came up.
type pending struct {
	at      map[rowKey]int
	rows    [][]any
	deleted []bool
}

// planOf orders changes. Between two deletions of a parent (a team, say) the order of changes to
// different rows does not matter and only the last to each row counts, so they are gathered table by
// table, parents first. PostgreSQL then takes each table's rows in one statement.
func planOf(changes []work.Change) (*plan, error) {
	p := &plan{open: make(map[*table]*pending)}
	for i := range changes {
		if err := p.add(&changes[i]); err != nil {
			return nil, fmt.Errorf("change %d: %w", i, err)
		}
	}
	p.flush()
	return p, nil
}

func (p *plan) add(c *work.Change) error {
	switch {
	case c.Account != nil:
		if c.Delete {
			return errors.New("an account cannot be deleted")
		}
		p.account = c.Account
		p.lastID = max(p.lastID, c.Account.LastID)
	case c.User != nil:
		row, err := userRow(c.User)
		if err != nil {
			return err
		}
		p.change(users, c.Delete, row)
	case c.Team != nil:
		p.change(teams, c.Delete, teamRow(c.Team))
	case c.Workspace != nil:
		p.change(workspaces, c.Delete, workspaceRow(c.Workspace))
	case c.Board != nil:
		p.change(boards, c.Delete, boardRow(c.Board))
	case c.Token != nil:
		p.change(tokens, c.Delete, tokenRow(c.Token))
	case c.Membership != nil:
		p.change(teamMembers, c.Delete, membershipRow(c.Membership))
	case c.WorkspaceUser != nil:
		p.change(workspaceUsers, c.Delete, workspaceUserRow(c.WorkspaceUser))
	case c.WorkspaceTeam != nil:
		p.change(workspaceTeams, c.Delete, workspaceTeamRow(c.WorkspaceTeam))
	case c.BoardUser != nil:
		p.change(boardUsers, c.Delete, boardUserRow(c.BoardUser))
	case c.BoardTeam != nil:
		p.change(boardTeams, c.Delete, boardTeamRow(c.BoardTeam))
	case c.Credential != nil:
		p.change(credentials, c.Delete, credentialRow(c.Credential))
	case c.Identity != nil:
		p.change(identities, c.Delete, identityRow(c.Identity))
	case c.Audit != nil:
		if c.Delete {
			return errors.New("the audit cannot be undone")
		}
		p.change(audits, false, auditRow(c.Audit))
	case c.Folder != nil:
		p.change(folders, c.Delete, folderRow(c.Folder))
	case c.Tag != nil:
		p.change(tags, c.Delete, tagRow(c.Tag))
	case c.Webhook != nil:
		p.change(webhooks, c.Delete, webhookRow(c.Webhook))
	case c.DataSource != nil:
		p.change(dataSources, c.Delete, dataSourceRow(c.DataSource))
	case c.Doc != nil:
		p.change(docs, c.Delete, docRow(c.Doc))
	case c.Group != nil:
		p.change(boardGroups, c.Delete, groupRow(c.Group))
	case c.Column != nil:
		p.change(boardColumns, c.Delete, columnRow(c.Column))
	case c.View != nil:
		p.change(boardViews, c.Delete, viewRow(c.View))
	case c.Item != nil:
		p.change(items, c.Delete, itemRow(c.Item))
		if c.From != 0 {
			p.moved = append(p.moved, []any{int64(c.Item.ID), int64(c.Item.Board)})
		}
	case c.Update != nil:
		row, err := updateRow(c.Update)
		if err != nil {
			return err
		}
		p.change(updates, c.Delete, row)
	case c.Asset != nil:
		p.change(assets, c.Delete, assetRow(c.Asset))
	case c.Block != nil:
		p.change(blocks, c.Delete, blockRow(c.Block))
	case c.Activity != nil:
		if c.Delete {
			return errors.New("the log cannot be undone")
		}
		p.change(activities, false, activityRow(c.Activity))
	case c.Notification != nil:
		p.change(notifications, c.Delete, notificationRow(c.Notification))
	case c.Delivery != nil:
		p.change(deliveries, c.Delete, deliveryRow(c.Delivery))
	default:
		return errors.New("nothing is changed")
	}
	return nil
}

// follow are the statements for what is kept with an item that has moved to another board: $1 is
// account_id, $2 the item, $3 the board.
var follow = []string{
	`UPDATE updates SET board_id = $3 WHERE account_id = $1 AND item_id = $2`,
	`UPDATE assets SET board_id = $3 WHERE account_id = $1 AND item_id = $2`,
}

// change records a row put or deleted.
func (p *plan) change(t *table, del bool, row []any) {
	if del && len(t.children) > 0 {
		p.deleteParent(t, row[:t.keys])
		return
	}
	key := t.key(row)
	if !del {
		p.lastID = max(p.lastID, t.id(row))
	}
	open := p.open[t]
	if open == nil {
		open = &pending{at: make(map[rowKey]int)}
		p.open[t] = open
	}
	i, ok := open.at[key]
	if !ok {
		i = len(open.rows)
		open.at[key] = i
		open.rows = append(open.rows, nil)
		open.deleted = append(open.deleted, false)
	}
	open.rows[i], open.deleted[i] = row, del
}

// deleteParent ends what is pending, since the deletion takes children with it.
func (p *plan) deleteParent(t *table, key []any) {
	p.flush()
	if n := len(p.steps); n > 0 && p.steps[n-1].table == t && p.steps[n-1].delete {
		p.steps[n-1].rows = append(p.steps[n-1].rows, key)
		return
	}
	p.steps = append(p.steps, step{table: t, delete: true, rows: [][]any{key}})
}

// flush turns what is pending into steps: deletions first, so that what was unique to a deleted row is
// free again, then puts, parents before children.
func (p *plan) flush() {
	if len(p.open) == 0 {
		return
	}
	var gone, put []step
	for _, t := range tables {
		open := p.open[t]
		if open == nil {
			continue
		}
		del, up := step{table: t, delete: true}, step{table: t}
		for i, row := range open.rows {
			if open.deleted[i] {
				del.rows = append(del.rows, row[:t.keys])
			} else {
				up.rows = append(up.rows, row)
			}
		}
		if len(del.rows) > 0 {
			gone = append(gone, del)
		}
		if len(up.rows) > 0 {
			put = append(put, up)
		}
	}
	p.steps = append(append(p.steps, gone...), put...)
	clear(p.open)
}

// head is the statement that moves the account's head to seq, and its parameters.
func (p *plan) head(id work.AccountID, seq work.Seq) (sql string, args []any, err error) {
	if p.account == nil {
		return moveHead, []any{int64(id), int64(seq), p.lastID}, nil
	}
	if p.account.ID != id {
		return "", nil, fmt.Errorf("the batch is of account %d and changes account %d", id, p.account.ID)
	}
	args, err = accountRow(p.account, seq, p.lastID)
	return moveHeadPut, args, err
}

// planOfSnapshot is planOf for a new account, all of whose rows are there to put.
func planOfSnapshot(s *work.Snapshot) (*plan, error) {
	p := &plan{account: &s.Account, lastID: s.Account.LastID}
	people, err := rowsOrError(s.Users, userRow)
	if err != nil {
		return nil, err
	}
	written, err := rowsOrError(s.Updates, updateRow)
	if err != nil {
		return nil, err
	}
	p.steps = []step{
		{table: users, rows: people},
		{table: teams, rows: rowsOf(s.Teams, teamRow)},
		{table: workspaces, rows: rowsOf(s.Workspaces, workspaceRow)},
		{table: boards, rows: rowsOf(s.Boards, boardRow)},
		{table: tokens, rows: rowsOf(s.Tokens, tokenRow)},
		{table: teamMembers, rows: linksOf(s.Memberships, membershipRow)},
		{table: workspaceUsers, rows: linksOf(s.WorkspaceUsers, workspaceUserRow)},
		{table: workspaceTeams, rows: linksOf(s.WorkspaceTeams, workspaceTeamRow)},
		{table: boardUsers, rows: linksOf(s.BoardUsers, boardUserRow)},
		{table: boardTeams, rows: linksOf(s.BoardTeams, boardTeamRow)},
		{table: credentials, rows: rowsOf(s.Credentials, credentialRow)},
		{table: identities, rows: rowsOf(s.Identities, identityRow)},
		{table: folders, rows: rowsOf(s.Folders, folderRow)},
		{table: tags, rows: rowsOf(s.Tags, tagRow)},
		{table: webhooks, rows: rowsOf(s.Webhooks, webhookRow)},
		{table: docs, rows: rowsOf(s.Docs, docRow)},
		{table: dataSources, rows: rowsOf(s.DataSources, dataSourceRow)},
		{table: boardGroups, rows: rowsOf(s.Groups, groupRow)},
		{table: boardColumns, rows: rowsOf(s.Columns, columnRow)},
		{table: boardViews, rows: rowsOf(s.Views, viewRow)},
		{table: items, rows: rowsOf(s.Items, itemRow)},
		{table: updates, rows: written},
		{table: assets, rows: rowsOf(s.Assets, assetRow)},
		{table: blocks, rows: rowsOf(s.Blocks, blockRow)},
		{table: activities, rows: rowsOf(s.Activity, activityRow)},
	}
	for _, s := range p.steps {
		for _, row := range s.rows {
			p.lastID = max(p.lastID, s.table.id(row))
		}
	}
	return p, nil
}

func rowsOf[T any](list []*T, row func(*T) []any) [][]any {
	rows := make([][]any, len(list))
	for i, one := range list {
		rows[i] = row(one)
	}
	return rows
}

func rowsOrError[T any](list []*T, row func(*T) ([]any, error)) ([][]any, error) {
	rows := make([][]any, len(list))
	for i, one := range list {
		var err error
		if rows[i], err = row(one); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func linksOf[T any](list []T, row func(*T) []any) [][]any {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = row(&list[i])
	}
	return rows
}
