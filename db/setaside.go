package db

import (
	"context"
	"time"

	"billfold/billing"
)

// SetAside is an invoice that is due and could not be issued at the last try.
type SetAside struct {
	DueInvoice
	// Reason says why, and what to do.
	Reason string
	// FirstTried and LastTried are when a run came to it.
	FirstTried, LastTried time.Time
}

// SetAside answers what could not be billed, what was set aside first at the end, from
// where a page ended on; "" begins.
func (s *Store) SetAside(ctx context.Context, t Tenant, after string, limit int) (list []SetAside, next string, err error) {
	p, err := parsePosition(after, "set aside")
	if err != nil {
		return nil, "", wrap("set aside", err)
	}
	err = s.read(ctx, func(q querier) error {
		var items []dueItem
		c := newClause(t, `SELECT a.key, a.customer, a.target, a.grouped, a.period, a.since, a.reason, a.amount, a.first_tried, a.last_tried FROM set_aside a WHERE a.tenant = ?1`)
		if p.key > 0 {
			c.add(` AND a.key < ?`, p.key)
		}
		c.add(` ORDER BY a.key DESC LIMIT ?`, limit+1)
		err := eachRow(ctx, q, c.text.String(), c.args, func(row scanner) error {
			var key, first, last int64
			var item dueItem
			var period, since string
			var aside SetAside
			if err := row.Scan(&key, &item.customer, &item.target, &item.grouped, &period, &since, &aside.Reason, &item.total, &first, &last); err != nil {
				return err
			}
			if len(list) == limit {
				next = p.cursor()
				return nil
			}
			p.key = key
			month, err := billing.ParsePeriod(period)
			if err != nil {
				return err
			}
			day, err := billing.ParseDate(since)
			item.period, item.since = newMonth(month), newDay(day)
			aside.FirstTried, aside.LastTried = time.UnixMilli(first), time.UnixMilli(last)
			items, list = append(items, item), append(list, aside)
			return err
		})
		if err != nil {
			return err
		}
		due, err := nameDue(ctx, q, t, items)
		for i := range due {
			list[i].DueInvoice = due[i]
		}
		return err
	})
	return list, next, wrap("set aside", err)
}

// asideNow answers what is set aside.
func asideNow(ctx context.Context, q querier, t Tenant) (map[dueItem]bool, error) {
	aside := make(map[dueItem]bool)
	err := eachRow(ctx, q, `SELECT grouped, target, period FROM set_aside WHERE tenant = ?1`, []any{t.Key}, func(row scanner) error {
		var item dueItem
		var period string
		if err := row.Scan(&item.grouped, &item.target, &period); err != nil {
			return err
		}
		month, err := billing.ParsePeriod(period)
		item.period = newMonth(month)
		aside[item] = true
		return err
	})
	return aside, err
}

// setAside keeps what could not be issued, with the reason.
func (b *billBatch) setAside(ctx context.Context, tx querier) error {
	for _, in := range b.invoices {
		reason, is := b.aside[in.dueItem]
		if !is {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO set_aside (tenant, customer, target, grouped, period, since, reason, amount, first_tried, last_tried)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
			ON CONFLICT (tenant, grouped, target, period) DO UPDATE SET customer = ?2, since = ?6, reason = ?7, amount = ?8, last_tried = ?9`,
			b.tenant.Key, in.customer, in.target, in.grouped, in.Period.String(), in.since.date().String(), reason, in.Totals.Total, b.now().UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// backAgain takes what is issued out of what was set aside.
func (b *billBatch) backAgain(ctx context.Context, tx querier, issued []issuedInvoice) error {
	var some bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM set_aside WHERE tenant = ?1)`, b.tenant.Key).Scan(&some); err != nil || !some {
		return err
	}
	asked := make([]any, len(issued))
	for i, in := range issued {
		asked[i] = []any{index(in.grouped), in.target, in.Period.String()}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM set_aside WHERE tenant = ?1 AND key IN (SELECT a.key FROM json_each(?2) j CROSS JOIN set_aside a
		WHERE a.tenant = ?1 AND a.grouped = j.value ->> 0 AND a.target = j.value ->> 1 AND a.period = j.value ->> 2)`, b.tenant.Key, jsonOf(asked))
	return err
}

// forget takes out what was set aside before and is not due any more: a run that has
// come to its end has tried all that is.
func (r *billRun) forget(ctx context.Context, tx querier) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM set_aside WHERE tenant = ?1 AND since <= ?2 AND last_tried < ?3`,
		r.scope.Tenant.Key, r.DueBy.String(), r.StartedAt.UnixMilli())
	return err
}
