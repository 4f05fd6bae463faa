package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// peer starts mercurius over the same rows. fill adds what more it needs.
func peer(dir, database string, fill func(*sql.Tx) error) (*process, error) {
	modules := filepath.Join("bench", "mercurius")
	if _, err := os.Stat(filepath.Join(modules, "node_modules")); err != nil {
		install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
		install.Dir = modules
		install.Stderr = os.Stderr
		if err := install.Run(); err != nil {
			return nil, fmt.Errorf("npm install in %s (builds better-sqlite3, needs a C++ compiler): %w", modules, err)
		}
	}
	file := filepath.Join(dir, "peer.db")
	if err := copyRows(database, file, fill); err != nil {
		return nil, err
	}
	port := freePort()
	url := fmt.Sprintf("http://127.0.0.1:%d/graphql", port)
	p, err := start(filepath.Join(dir, "peer.log"), []string{"DB=" + file, fmt.Sprintf("PORT=%d", port), "WORKERS=2", "NODE_ENV=production"},
		func() error { _, err := ask(url, "", "{ users(limit: 1) { id } }"); return err },
		"node", filepath.Join(modules, "server.js"))
	if p != nil {
		p.url = url
	}
	return p, err
}

// copyRows gives the peer the rows of our account in tables made for it, indexed for its queries.
func copyRows(from, to string, fill func(*sql.Tx) error) error {
	_ = os.Remove(to)
	db, err := sql.Open("sqlite", to)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		fmt.Sprintf("attach '%s' as src", from),
		"create table users(id integer primary key, name text not null, email text not null)",
		"create table teams(id integer primary key, name text not null)",
		"create table team_members(team_id integer not null, user_id integer not null, owner integer not null, primary key(team_id, user_id)) without rowid",
		"create table workspaces(id integer primary key, name text not null, kind text, description text)",
		"create table boards(id integer primary key, name text not null, workspace_id integer)",
		"insert into users select id, name, email from src.users where status <> 'inactive'",
		"insert into teams select id, name from src.teams",
		"insert into team_members select team_id, user_id, owner from src.team_members where user_id in (select id from users)",
		"create index team_members_user on team_members(user_id, team_id)",
		"insert into workspaces select id, name, kind, description from src.workspaces",
		"insert into boards select id, name, workspace_id from src.boards where state = 'active'",
		"create table items(id integer primary key, board_id integer not null, position integer not null, name text not null, group_id text not null)",
		"create table column_values(item_id integer not null, position integer not null, board_id integer not null, id text not null, text text, value text, type text not null, number real, primary key(item_id, position)) without rowid",
	} {
		if _, err := db.Exec(q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	if fill != nil {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := errors.Join(fill(tx), tx.Commit()); err != nil {
			return err
		}
	}
	for _, q := range []string{
		"create unique index items_board on items(board_id, position)",
		"create index column_values_down on column_values(board_id, id, number desc, item_id)",
		"analyze",
	} {
		if _, err := db.Exec(q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

// fillItems gives the peer the items of boards as our own server tells them: texts and values ready.
func fillItems(tx *sql.Tx, p *process, token string, boards []board) error {
	item, err := tx.Prepare("insert into items values (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	cell, err := tx.Prepare("insert into column_values values (?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for _, b := range boards {
		position := 0
		if err := b.pages(p.url, token, "id name group { id } column_values { id text value type }", 500, func(page *itemsPage) error {
			for _, it := range page.Items {
				position++
				if _, err := item.Exec(it.ID, b.ID, position, it.Name, it.Group.ID); err != nil {
					return err
				}
				for i, c := range it.ColumnValues {
					if _, err := cell.Exec(it.ID, i, b.ID, c.ID, c.Text, c.Value, c.Type, c.number()); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// number is what the peer filters and orders by.
func (c *columnValue) number() any {
	switch {
	case c.Value == nil:
	case c.Type == "numbers":
		if n, err := strconv.ParseFloat(*c.Text, 64); err == nil {
			return n
		}
	case c.Type == "status":
		var v struct{ Index int }
		if json.Unmarshal([]byte(*c.Value), &v) == nil {
			return v.Index
		}
	}
	return nil
}
