package db

import (
	"context"
	"database/sql"
	"fmt"

	"billfold/billing"
)

// saveCustomers brings the customers of rows up to date, each of them once.
func (r *importRun) saveCustomers(ctx context.Context, q querier, told []*billing.ExportCustomer) error {
	var fresh []*billing.ExportCustomer
	var ids []string
	for _, c := range told {
		if _, saved := r.customers[c]; !saved {
			r.customers[c] = 0
			fresh, ids = append(fresh, c), append(ids, c.ID)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	known, err := knownCustomers(ctx, q, r.scope.Tenant, ids)
	if err != nil {
		return fmt.Errorf("known customers: %w", err)
	}
	for _, c := range fresh {
		if err := r.saveCustomer(ctx, q, c, known[c.ID]); err != nil {
			return fmt.Errorf("customer %s: %w", c.ID, err)
		}
	}
	return nil
}

// keyedCustomer is a customer with its row's key; zero where there is none.
type keyedCustomer struct {
	key int64
	billing.Customer
}

func knownCustomers(ctx context.Context, q querier, t Tenant, ids []string) (map[string]keyedCustomer, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+customerColumns+` FROM customers c
		WHERE c.tenant = ?1 AND c.id IN (SELECT value FROM json_each(?2))`, t.Key, jsonOf(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := make(map[string]keyedCustomer)
	for rows.Next() {
		key, c, err := scanCustomer(rows)
		if err != nil {
			return nil, err
		}
		known[c.ID] = keyedCustomer{key, c}
	}
	return known, rows.Err()
}

func (r *importRun) saveCustomer(ctx context.Context, q querier, told *billing.ExportCustomer, known keyedCustomer) (err error) {
	key := known.key
	r.customers[told] = key
	after, changed := told.TakeIn(), true
	if key == 0 {
		r.result.CustomersNew++
	} else if after, changed = told.Merge(known.Customer); changed {
		r.result.CustomersChanged++
	}
	if !changed || !r.writes {
		return nil
	}
	if r.customers[told], err = saveCustomer(ctx, q, r.scope.Tenant, r.now, key, after); err != nil || key == 0 {
		return err
	}
	before, now := difference(customerEntry(known.Customer), customerEntry(after))
	return appendActivity(ctx, q, r.scope, r.now, "customer.changed", "customer", after.ID, before, now)
}

// saveSubscriptions writes new and changed subscriptions.
func (r *importRun) saveSubscriptions(ctx context.Context, q querier, changes []subscriptionChange) error {
	for _, c := range changes {
		save := updateSubscription
		if c.key == 0 {
			save = insertSubscription
		}
		if err := save(ctx, q, r, c); err != nil {
			return fmt.Errorf("subscription %s: %w", c.after.ID, err)
		}
	}
	return nil
}

// columnsOf are what an export tells of a subscription, and what follows from it.
func columnsOf(s billing.Subscription, customer int64) []any {
	endedOn := sql.NullString{String: s.EndedOn.String(), Valid: !s.EndedOn.IsZero()}
	return []any{customer, s.OrderID, s.Product, s.SKU, s.Serial, s.MonthlyAmount.Minor, s.Start.String(), s.Length,
		s.End().String(), string(s.Status), endedOn, s.OwedFrom.String()}
}

func insertSubscription(ctx context.Context, q querier, r *importRun, c subscriptionChange) error {
	values := append([]any{r.scope.Tenant.Key, c.after.ID, r.now.UnixMilli()}, columnsOf(c.after, r.customers[c.customer])...)
	_, err := q.ExecContext(ctx, `INSERT INTO subscriptions (tenant, id, created_at, updated_at, customer, order_id, product, sku, serial,
		amount, start, length, contract_end, status, ended_on, owed_from)
		VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`, values...)
	return err
}

func updateSubscription(ctx context.Context, q querier, r *importRun, c subscriptionChange) error {
	values := append([]any{r.scope.Tenant.Key, c.key, r.now.UnixMilli()}, columnsOf(c.after, r.customers[c.customer])...)
	if _, err := q.ExecContext(ctx, `UPDATE subscriptions SET updated_at = ?3, customer = ?4, order_id = ?5, product = ?6, sku = ?7, serial = ?8,
		amount = ?9, start = ?10, length = ?11, contract_end = ?12, status = ?13, ended_on = ?14, owed_from = ?15
		WHERE tenant = ?1 AND key = ?2`, values...); err != nil {
		return err
	}
	action := "subscription.changed"
	if c.before.Status == billing.SubscriptionActive && c.after.Status != billing.SubscriptionActive {
		action = "subscription.ended"
	}
	before, after := difference(subscriptionEntry(c.before), subscriptionEntry(c.after))
	return appendActivity(ctx, q, r.scope, r.now, action, "subscription", c.after.ID, before, after)
}

// subscriptionEntry is what the activity keeps of a subscription.
func subscriptionEntry(s billing.Subscription) map[string]any {
	return map[string]any{"customer": s.CustomerID, "orderId": s.OrderID, "product": s.Product, "sku": s.SKU, "serial": s.Serial,
		"monthlyAmount": s.MonthlyAmount, "start": s.Start, "length": s.Length, "status": s.Status, "endedOn": s.EndedOn, "owedFrom": s.OwedFrom.String()}
}

// customerEntry is what the activity keeps of a customer.
func customerEntry(c billing.Customer) map[string]any {
	entry := map[string]any{"type": c.Type, "company": c.Company, "firstName": c.FirstName, "lastName": c.LastName, "email": c.Email,
		"street": c.Address.Street, "postalCode": c.Address.PostalCode, "city": c.Address.City, "country": c.Address.Country, "vatId": c.VATID,
		"paymentTerms": nil}
	if c.PaymentTerms != nil {
		entry["paymentTerms"] = *c.PaymentTerms
	}
	return entry
}

// difference answers the fields that two entries of one thing don't agree on.
func difference(before, after map[string]any) (was, is map[string]any) {
	was, is = make(map[string]any), make(map[string]any)
	for field, value := range after {
		if before[field] != value {
			was[field], is[field] = before[field], value
		}
	}
	return was, is
}
