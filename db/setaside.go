package db

import (
	"context"
	"time"

	"billfold/billing"
)

// SetAside answers what a run has set aside, what has been waiting longest first, at most
// a number of it. What a later run has come to is not in it.
func (s *Store) SetAside(ctx context.Context, t Tenant, run BillingRun, limit int) (list []DueInvoice, err error) {
	err = s.read(ctx, func(q querier) error {
		var items []dueItem
		var reasons []string
		err := eachRow(ctx, q, `SELECT a.customer, a.target, a.grouped, a.period, a.since, a.reason, a.amount FROM set_aside a
			WHERE a.tenant = ?1 AND a.last_tried BETWEEN ?2 AND ?3 ORDER BY a.key LIMIT ?4`,
			[]any{t.Key, run.StartedAt.UnixMilli(), run.UpdatedAt.UnixMilli(), limit}, func(row scanner) error {
				var item dueItem
				var period, since, reason string
				if err := row.Scan(&item.customer, &item.target, &item.grouped, &period, &since, &reason, &item.total); err != nil {
					return err
				}
				month, err := billing.ParsePeriod(period)
				if err != nil {
					return err
				}
				day, err := billing.ParseDate(since)
				item.period, item.since = newMonth(month), newDay(day)
				items, reasons = append(items, item), append(reasons, reason)
				return err
			})
		if err != nil {
			return err
		}
		list, err = nameDue(ctx, q, t, items)
		for i := range list {
			list[i].Reason = reasons[i]
		}
		return err
	})
	return list, wrap("set aside", err)
}

// tries are those of an invoice that was set aside.
type tries struct {
	first, last int64
	refused     string // why, where it was the database that refused it
}

// tell adds to an invoice what there is to say of its tries.
func (t tries) tell(d *DueInvoice, h hindrance) {
	d.FirstTried, d.LastTried = time.UnixMilli(t.first), time.UnixMilli(t.last)
	if h == refusedBefore {
		d.Reason = t.refused
	}
}

// triesOf answers what was set aside, by its identity.
func triesOf(ctx context.Context, q querier, t Tenant) (map[dueItem]tries, error) {
	before := make(map[dueItem]tries)
	err := eachRow(ctx, q, `SELECT grouped, target, period, reason, first_tried, last_tried FROM set_aside WHERE tenant = ?1`, []any{t.Key}, func(row scanner) error {
		var item dueItem
		var tried tries
		var period, reason string
		if err := row.Scan(&item.grouped, &item.target, &period, &reason, &tried.first, &tried.last); err != nil {
			return err
		}
		if isRefusal(reason) {
			tried.refused = reason
		}
		month, err := billing.ParsePeriod(period)
		item.period = newMonth(month)
		before[item] = tried
		return err
	})
	return before, err
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
