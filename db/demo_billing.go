package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"billfold/billing"
)

// A demo bills since its business began, which is sixteen weeks ago; one of so many
// subscriptions that this would take very long, since the first of this month.
const maxDemoBilled = 20_000

// demoCutOver answers the day from which on a demo bills.
func demoCutOver(today billing.Date, zone *time.Location, subscriptions int) billing.Date {
	if subscriptions > maxDemoBilled {
		return today.Period().First()
	}
	return newDemoCalendar(today, zone).days[0]
}

// demoStretch is about how many invoices one commit carries while a demo's past is lived.
const demoStretch = 1_000

// billDemo lives through a demo's past, day by day up to yesterday: early in the morning
// what is due is billed, and during the day groups are made and invoices paid. It is the
// billing run's own batches that bill, on the day that it was; only what is due was
// planned in one go, and several days share a commit, which is many times faster.
func (s *Store) billDemo(ctx context.Context, t Tenant, data *demoData) error {
	due, err := s.planDemo(ctx, t, data)
	if err != nil {
		return err
	}
	payments, err := s.newDemoPayments(ctx, t, data)
	if err != nil {
		return err
	}
	for day := data.cutOver; day.Before(data.today); {
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for issued := 0; day.Before(data.today) && issued < demoStretch; day = day.AddDays(1) {
				n, err := payments.bill(ctx, tx, day, append(due[newDay(day)], payments.again[day]...))
				if err != nil {
					return fmt.Errorf("bill %s: %w", day, err)
				}
				issued += n
				if err := payments.live(ctx, tx, day, data.until(day.AddDays(1))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { // a demo that bills from today on only
		return payments.live(ctx, tx, data.today.AddDays(-1), data.until(data.today))
	})
}

// until takes what happened before a day out of what the activity is still to be told.
func (d *demoData) until(day billing.Date) []demoHappening {
	end, n := d.calendar.midnight(day), 0
	for n < len(d.happened) && d.happened[n].at.Before(end) {
		n++
	}
	told := d.happened[:n:n]
	d.happened = d.happened[n:]
	return told
}

// planDemo answers what falls due on each day up to yesterday.
func (s *Store) planDemo(ctx context.Context, t Tenant, data *demoData) (map[day][]dueItem, error) {
	due := make(map[day][]dueItem)
	customers, err := queryKeys(ctx, s.readers, `SELECT key FROM customers WHERE tenant = ?1 ORDER BY key`, t.Key)
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(customers, dueChunk) {
		plans, err := loadPlansBy(ctx, s.readers, t, chunk, "CAST(u.key AS TEXT)")
		if err != nil {
			return nil, err
		}
		for i := range plans {
			items, err := plans[i].dueFrom(t, data.cutOver, data.today, nil)
			if err != nil {
				return nil, err
			}
			for _, item := range items {
				due[item.since] = append(due[item.since], item)
			}
		}
	}
	return due, nil
}
