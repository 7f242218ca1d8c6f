package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"billfold/billing"
)

// cutOverBatch is how many subscriptions are worked out anew at a time. It bounds the
// memory that takes.
const cutOverBatch = 1000

// CutOverMove is what another cut-over day comes to.
type CutOverMove struct {
	// Subscriptions counts those that are owed from another month then.
	Subscriptions int
	// Due are the instalments that are due by today then and weren't before; Dropped are
	// those that were, and are not billed here any more.
	Due, Dropped Instalments
}

// Instalments are how many there are, and what they come to before tax.
type Instalments struct {
	Count  int
	Amount billing.Money
}

func (i *Instalments) add(m billing.Money) {
	i.Count++
	i.Amount = i.Amount.Add(m)
}

// checkCutOver answers what a tenant's cut-over day comes to that is not written yet.
// Nothing has been billed until then, or the day would stay as it is.
func checkCutOver(ctx context.Context, q querier, t Tenant, today billing.Date) (move CutOverMove, err error) {
	move.Due.Amount.Currency, move.Dropped.Amount.Currency = t.Currency, t.Currency
	err = eachMoved(ctx, q, t, func(_ []int64, before, after []billing.Subscription) error {
		move.Subscriptions += len(after)
		groups, err := groupsOf(ctx, q, t, before)
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}
		eachNewlyDue(before, after, groups, billing.Billed{}, today, move.Due.add)
		eachNewlyDue(after, before, groups, billing.Billed{}, today, move.Dropped.add)
		return nil
	})
	return move, err
}

// moveCutOver writes what a tenant's subscriptions are owed from under its cut-over day,
// and raises the revision of all customers. Each change follows from the tenant's, so
// that the activity tells only of that.
func moveCutOver(ctx context.Context, q querier, t Tenant, now time.Time) error {
	err := eachMoved(ctx, q, t, func(keys []int64, _, after []billing.Subscription) error {
		byPeriod := make(map[billing.Period][]int64)
		for i, s := range after {
			byPeriod[s.OwedFrom] = append(byPeriod[s.OwedFrom], keys[i])
		}
		for from, keys := range byPeriod {
			if _, err := q.ExecContext(ctx, `UPDATE subscriptions SET owed_from = ?2, updated_at = ?3
				WHERE tenant = ?1 AND key IN (SELECT value FROM json_each(?4))`, t.Key, from.String(), now.UnixMilli(), jsonOf(keys)); err != nil {
				return fmt.Errorf("owed from %s: %w", from, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `UPDATE customers SET revision = `+nextRevision+` WHERE tenant = ?1`, t.Key)
	return err
}

// eachMoved goes through a tenant's subscriptions that its cut-over day makes owed from
// another month than they are, a batch at a time: their keys, and what they are and will be.
func eachMoved(ctx context.Context, q querier, t Tenant, do func(keys []int64, before, after []billing.Subscription) error) error {
	for last := int64(0); ; {
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.key > ?2 ORDER BY u.key LIMIT ?3`, last, cutOverBatch)
		if err != nil || len(list) == 0 {
			return err
		}
		var keys []int64
		var before, after []billing.Subscription
		for _, k := range list {
			if moved := k.OwedSince(t.CutOver); moved != k.Subscription {
				keys, before, after = append(keys, k.key), append(before, k.Subscription), append(after, moved)
			}
		}
		if err := do(keys, before, after); err != nil {
			return err
		}
		last = list[len(list)-1].key
	}
}

// eachNewlyDue goes through what is due by today of subscriptions as they will be, and
// wasn't as they were. Only those that change need be planned: no other's instalments
// depend on them.
func eachNewlyDue(before, after []billing.Subscription, groups []billing.Group, billed billing.Billed, today billing.Date, do func(billing.Money)) {
	// A subscription has one instalment in each month, whatever its start is corrected to.
	type instalment struct {
		subscription string
		period       billing.Period
	}
	wasDue := make(map[instalment]bool)
	for line := range linesDue(before, groups, billed, today) {
		wasDue[instalment{line.Subscription.ID, line.Instalment.Period}] = true
	}
	for line := range linesDue(after, groups, billed, today) {
		if !wasDue[instalment{line.Subscription.ID, line.Instalment.Period}] {
			do(line.Subscription.MonthlyAmount)
		}
	}
}

// cutOverDay answers the tenant's cut-over day: today where nothing was taken in yet.
func cutOverDay(ctx context.Context, q querier, t Tenant, today billing.Date) (billing.Date, error) {
	var day sql.NullString
	if err := q.QueryRowContext(ctx, `SELECT cut_over FROM tenants WHERE key = ?1`, t.Key).Scan(&day); err != nil {
		return billing.Date{}, fmt.Errorf("cut-over day: %w", err)
	}
	if day.Valid {
		return billing.ParseDate(day.String)
	}
	return today, nil
}

// fixCutOver records today as the cut-over day, where there is none yet: whoever takes
// in the first subscription does that.
func fixCutOver(ctx context.Context, q querier, scope Scope, now time.Time, today billing.Date) error {
	before, err := tenantByKey(ctx, q, scope.Tenant.Key)
	if err != nil || !before.CutOver.IsZero() {
		return err
	}
	after := before
	after.CutOver, after.Version = today, before.Version+1
	if _, err := q.ExecContext(ctx, `UPDATE tenants SET cut_over = ?2, version = ?3 WHERE key = ?1`, after.Key, today.String(), after.Version); err != nil {
		return fmt.Errorf("cut-over day: %w", err)
	}
	return tenantChanged(ctx, q, Scope{after, scope.Actor}, now, before)
}
