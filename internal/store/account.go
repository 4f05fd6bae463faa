package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// The head of an account moves once a batch, in the same statement that proves the batch is the next
// one. last_id never falls, whatever order ids were handed out in.
const (
	allAccounts = `SELECT id FROM accounts ORDER BY id`
	headOf      = `SELECT seq FROM accounts WHERE id = $1`
	moveHead    = `UPDATE accounts SET seq = $2, last_id = CASE WHEN last_id < $3 THEN $3 ELSE last_id END
		WHERE id = $1 AND seq = $2 - 1`
	// moveHeadPut is moveHead for a batch that changes the account itself.
	moveHeadPut = `UPDATE accounts SET seq = $2, last_id = CASE WHEN last_id < $3 THEN $3 ELSE last_id END,
		name = $4, slug = $5, tier = $6, plan = $7, products = $8, country_code = $9,
		first_day_of_the_week = $10, logo = $11, show_timeline_weekends = $12, sign_up_product_kind = $13,
		is_during_trial = $14, is_trial_expired = $15, created_at = $16, main_workspace_id = $17,
		main_workspace_is_numbered = $18
		WHERE id = $1 AND seq = $2 - 1`
	newAccount = `INSERT INTO accounts (id, seq, last_id,
		name, slug, tier, plan, products, country_code,
		first_day_of_the_week, logo, show_timeline_weekends, sign_up_product_kind,
		is_during_trial, is_trial_expired, created_at, main_workspace_id,
		main_workspace_is_numbered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	loadAccount = `SELECT seq, last_id,
		name, slug, tier, COALESCE(plan, ''), COALESCE(products, ''), country_code,
		first_day_of_the_week, logo, show_timeline_weekends, sign_up_product_kind,
		is_during_trial, is_trial_expired, created_at, main_workspace_id,
		main_workspace_is_numbered
		FROM accounts WHERE id = $1`
)

// accountRow is the parameters of moveHeadPut and newAccount.
func accountRow(a *work.Account, seq work.Seq, lastID int64) ([]any, error) {
	var plan, products any
	if a.Plan != nil {
		b, err := json.Marshal(a.Plan)
		if err != nil {
			return nil, fmt.Errorf("account %d: plan: %w", a.ID, err)
		}
		plan = string(b)
	}
	if len(a.Products) > 0 {
		b, err := json.Marshal(a.Products)
		if err != nil {
			return nil, fmt.Errorf("account %d: products: %w", a.ID, err)
		}
		products = string(b)
	}
	return []any{
		int64(a.ID), int64(seq), lastID,
		a.Name, a.Slug, a.Tier, plan, products, a.CountryCode,
		a.FirstDay, a.Logo, a.TimelineWeekends, a.SignUpProduct,
		a.Trial, a.TrialExpired, stamp(a.CreatedAt), int64(a.MainWorkspace),
		a.MainWorkspaceIsNumbered,
	}, nil
}

// account reads the account itself into the snapshot. It comes first, and with its head.
func (l *loader) account(snap *work.Snapshot) {
	a := &snap.Account
	var seq, main int64
	var plan, products, created string
	found := false
	l.query(loadAccount, nil, func() (err error) {
		found = true
		snap.Seq, a.ID, a.MainWorkspace = work.Seq(seq), l.id, work.WorkspaceID(main)
		if plan != "" {
			if err := json.Unmarshal([]byte(plan), &a.Plan); err != nil {
				return fmt.Errorf("plan: %w", err)
			}
		}
		if products != "" {
			if err := json.Unmarshal([]byte(products), &a.Products); err != nil {
				return fmt.Errorf("products: %w", err)
			}
		}
		a.CreatedAt, err = parseStamp(created)
		return err
	}, &seq, &a.LastID,
		&a.Name, &a.Slug, &a.Tier, &plan, &products, &a.CountryCode,
		&a.FirstDay, &a.Logo, &a.TimelineWeekends, &a.SignUpProduct,
		&a.Trial, &a.TrialExpired, &created, &main,
		&a.MainWorkspaceIsNumbered)
	if l.err == nil && !found {
		l.err = work.ErrNoAccount
	}
}

func accounts(ctx context.Context, db reader) ([]work.AccountID, error) {
	var list []work.AccountID
	var id int64
	err := db.query(ctx, allAccounts, nil, func() error {
		list = append(list, work.AccountID(id))
		return nil
	}, &id)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

func head(ctx context.Context, db reader, id work.AccountID) (work.Seq, error) {
	var seq int64
	found, err := one(ctx, db, headOf, []any{int64(id)}, &seq)
	if err != nil {
		return 0, fmt.Errorf("head of account %d: %w", id, err)
	}
	if !found {
		return 0, work.ErrNoAccount
	}
	return work.Seq(seq), nil
}

func accountOfToken(ctx context.Context, db reader, hash []byte) (work.AccountID, error) {
	var id int64
	found, err := one(ctx, db, tokenAccount, []any{hash}, &id)
	if err != nil {
		return 0, fmt.Errorf("account of a token: %w", err)
	}
	if !found {
		return 0, work.ErrNoAccount
	}
	return work.AccountID(id), nil
}

// one reads a single row of a single value, if there is one.
func one(ctx context.Context, db reader, sql string, args []any, dest any) (found bool, err error) {
	err = db.query(ctx, sql, args, func() error {
		found = true
		return nil
	}, dest)
	return found, err
}
