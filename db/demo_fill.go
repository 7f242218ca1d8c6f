package db

import (
	"context"
	"database/sql"
	"fmt"

	"billfold/billing"
)

// demoBatch is about how many subscriptions one commit carries: enough for its cost
// not to matter, few enough for others to have their turn.
const demoBatch = 10_000

// fillDemo writes the customers, groups and subscriptions of a demo.
func (s *Store) fillDemo(ctx context.Context, scope Scope, data *demoData) error {
	for data.more() {
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for end := data.done + demoBatch; data.more() && data.done < end; {
				c, err := data.customer()
				if err != nil {
					return err
				}
				if err := saveDemoCustomer(ctx, tx, scope.Tenant, data, c); err != nil {
					return fmt.Errorf("customer %s: %w", c.ID, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// saveDemoCustomer writes a customer with its groups and subscriptions.
func saveDemoCustomer(ctx context.Context, q querier, t Tenant, data *demoData, c demoCustomer) error {
	customer, _, err := saveCustomer(ctx, q, t, data.calendar.began(), 0, c.Customer)
	if err != nil {
		return err
	}
	groups := make(map[string]int64, len(c.groups))
	for _, g := range c.groups {
		if groups[g.ID], err = insertGroup(ctx, q, t, g.Group, customer, g.CreatedAt); err != nil {
			return err
		}
		data.happened = append(data.happened, demoHappening{at: g.CreatedAt, record: func(ctx context.Context, q querier) error {
			return appendActivity(ctx, q, Scope{t, g.by}, g.CreatedAt, "group.created", "group", g.ID, nil, g.entry)
		}})
	}
	for _, s := range c.subscriptions {
		if err := insertDemoSubscription(ctx, q, t, customer, groups[s.GroupID], s); err != nil {
			return fmt.Errorf("subscription %s: %w", s.ID, err)
		}
	}
	return nil
}

// insertDemoSubscription writes a subscription that is in its group from the start,
// which takes half the time of putting it there afterwards.
func insertDemoSubscription(ctx context.Context, q querier, t Tenant, customer, group int64, s billing.Subscription) error {
	_, err := q.ExecContext(ctx, `INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial, amount, start, length,
		contract_end, status, ended_on, owed_from, grp, grouped_from, created_at, updated_at, serial_backwards, told_next)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)`,
		t.Key, s.ID, customer, s.OrderID, s.Product, s.SKU, s.Serial, s.MonthlyAmount.Minor, s.Start.String(), s.Length,
		s.End().String(), s.Status, dateColumn(s.EndedOn), s.OwedFrom.String(),
		sql.NullInt64{Int64: group, Valid: group != 0}, sql.NullString{String: s.GroupedFrom.String(), Valid: group != 0},
		s.CreatedAt.UnixMilli(), s.UpdatedAt.UnixMilli(), backwards(s.Serial), dateColumn(s.ToldNext))
	return err
}
