package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

var deliveries = newTable(table{
	name: "deliveries",
	keys: 1,
	columns: []column{
		{"id", text}, {"webhook_id", bigint}, {"board_id", bigint}, {"url", text}, {"secret", blob}, {"body", text},
		{"first", text}, {"next", text}, {"tries", bigint},
	},
})

const (
	putOffDelivery = `UPDATE deliveries SET next = $3, tries = tries + 1 WHERE account_id = $1 AND id = $2`
	endDelivery    = `DELETE FROM deliveries WHERE account_id = $1 AND id = $2`
)

// claimDeliveries is the statement that puts what is due at $1, at most $3, off to $2. lock keeps
// apart those who do so at the same time, where that takes more than being one statement.
func claimDeliveries(lock string) string {
	return `WITH due AS MATERIALIZED (
			SELECT account_id, id FROM deliveries WHERE next <= $1 ORDER BY next LIMIT $3` + lock + `)
		UPDATE deliveries SET next = $2 WHERE (account_id, id) IN (SELECT account_id, id FROM due)
		RETURNING account_id, ` + deliveries.read()
}

// settleDelivery is the statement that puts off a delivery or, with a zero next, ends it.
func settleDelivery(id work.AccountID, delivery string, next time.Time) (sql string, args []any) {
	if next.IsZero() {
		return endDelivery, []any{int64(id), delivery}
	}
	return putOffDelivery, []any{int64(id), delivery, stamp(next)}
}

func deliveryRow(d *work.Delivery) []any {
	return []any{
		d.ID, int64(d.Webhook), int64(d.Board), d.URL, blobOrNull(d.Secret), d.Body,
		stamp(d.First), stamp(d.Next), int64(d.Tries),
	}
}

// claimed gathers what claimDeliveries returns.
type claimed struct {
	list                           []work.ClaimedDelivery
	row                            work.ClaimedDelivery
	account, webhook, board, tries int64
	first, next                    string
}

func (c *claimed) dest() []any {
	d := &c.row
	return []any{
		&c.account, &d.ID, &c.webhook, &c.board, &d.URL, &d.Secret, &d.Body,
		&c.first, &c.next, &c.tries,
	}
}

func (c *claimed) add() (err error) {
	d := &c.row
	d.Account, d.Webhook, d.Board, d.Tries = work.AccountID(c.account), work.WebhookID(c.webhook), work.BoardID(c.board), int(c.tries)
	if d.First, d.Next, err = parseStamps(c.first, c.next); err != nil {
		return fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	c.list = append(c.list, *d)
	return nil
}

// inOrder returns what was claimed in the order in which it happened.
func (c *claimed) inOrder() []work.ClaimedDelivery {
	slices.SortFunc(c.list, func(a, b work.ClaimedDelivery) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.ID, b.ID))
	})
	return c.list
}
