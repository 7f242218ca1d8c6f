package db

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"billfold/billing"
)

// dateColumn answers a date as a column keeps it, which is NULL where there is none.
func dateColumn(d billing.Date) sql.NullString {
	return sql.NullString{String: d.String(), Valid: !d.IsZero()}
}

// columnsOf are what is told of a subscription, and what follows from it.
func columnsOf(s billing.Subscription, customer int64) []any {
	return []any{customer, s.OrderID, s.Product, s.SKU, s.Serial, s.MonthlyAmount.Minor, s.Start.String(), s.Length,
		s.End().String(), string(s.Status), dateColumn(s.EndedOn), s.OwedFrom.String(), backwards(s.Serial)}
}

// insertSubscription writes a new subscription of a customer, whose key is given.
func insertSubscription(ctx context.Context, q querier, t Tenant, now time.Time, customer int64, s billing.Subscription) error {
	values := append([]any{t.Key, s.ID, now.UnixMilli()}, columnsOf(s, customer)...)
	_, err := q.ExecContext(ctx, `INSERT INTO subscriptions (tenant, id, created_at, updated_at, customer, order_id, product, sku, serial,
		amount, start, length, contract_end, status, ended_on, owed_from, serial_backwards, created_by, told_next)
		VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)`,
		append(values, cmp.Or(s.CreatedBy, takenInByImport), dateColumn(s.ToldNext))...)
	return err
}

// updateSubscription writes what has changed about a subscription, and records it.
func updateSubscription(ctx context.Context, q querier, scope Scope, now time.Time, key, customer int64, before, after billing.Subscription) error {
	values := append([]any{scope.Tenant.Key, key, now.UnixMilli()}, columnsOf(after, customer)...)
	if _, err := q.ExecContext(ctx, `UPDATE subscriptions SET updated_at = ?3, customer = ?4, order_id = ?5, product = ?6, sku = ?7, serial = ?8,
		amount = ?9, start = ?10, length = ?11, contract_end = ?12, status = ?13, ended_on = ?14, owed_from = ?15, serial_backwards = ?16, original_length = ?17
		WHERE tenant = ?1 AND key = ?2`, append(values, after.OriginalLength)...); err != nil {
		return err
	}
	action := "subscription.changed"
	if before.Status == billing.SubscriptionActive && after.Status != billing.SubscriptionActive {
		action = "subscription.ended"
	}
	was, is := difference(subscriptionEntry(before), subscriptionEntry(after))
	return appendActivity(ctx, q, scope, now, action, "subscription", after.ID, was, is)
}

// subscriptionEntry is what the activity keeps of a subscription.
func subscriptionEntry(s billing.Subscription) map[string]any {
	return map[string]any{"customer": s.CustomerID, "orderId": s.OrderID, "product": s.Product, "sku": s.SKU, "serial": s.Serial,
		"monthlyAmount": s.MonthlyAmount, "start": s.Start, "length": s.Length, "status": s.Status, "endedOn": s.EndedOn, "owedFrom": s.OwedFrom.String(),
		"toldNext": s.ToldNext}
}
