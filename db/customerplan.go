package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"billfold/billing"
)

// CustomerPlan answers the invoices planned for all of a customer's subscriptions from
// today up to, not including, the same day some months on. NOT_FOUND where the tenant
// has no such customer.
func (s *Store) CustomerPlan(ctx context.Context, t Tenant, id string, months int) (planned []billing.Draft, err error) {
	err = s.read(ctx, func(q querier) error {
		key, customer, err := findCustomer(ctx, q, t, id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("customer")
		}
		if err != nil {
			return err
		}
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.customer = ?2 ORDER BY u.key`, key)
		if err != nil {
			return err
		}
		subscriptions := values(list)
		groups, err := groupsOf(ctx, q, t, subscriptions)
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}
		planned, err = s.plan(ctx, q, t, customer, subscriptions, groups, months)
		return err
	})
	return planned, wrap("plan of a customer", err)
}

// SubscriptionPlan is what is billed for one subscription.
type SubscriptionPlan struct {
	SubscriptionRow
	// Group is the group it is in, nil where it is in none.
	Group *billing.Group
	// Planned are the invoices that bill it; a group's has this one line only.
	Planned []billing.Draft
}

// SubscriptionPlan answers the invoices planned for one subscription from today up to,
// not including, the same day some months on. NOT_FOUND where the tenant has no such
// subscription.
func (s *Store) SubscriptionPlan(ctx context.Context, t Tenant, id string, months int) (plan SubscriptionPlan, err error) {
	err = s.read(ctx, func(q querier) error {
		row, err := subscription(ctx, q, t, id)
		if err != nil {
			return err
		}
		plan.SubscriptionRow = row
		one := []billing.Subscription{row.Subscription}
		groups, err := groupsOf(ctx, q, t, one)
		if err != nil {
			return fmt.Errorf("billing group: %w", err)
		}
		if len(groups) > 0 {
			plan.Group = &groups[0]
			plan.Group.Name = row.GroupName
		}
		plan.Planned, err = s.plan(ctx, q, t, row.Customer, one, groups, months)
		return err
	})
	return plan, wrap("plan of a subscription", err)
}

// plan answers the invoices planned for subscriptions of one customer and their groups.
func (s *Store) plan(ctx context.Context, q querier, t Tenant, c billing.Customer, subscriptions []billing.Subscription, groups []billing.Group, months int) ([]billing.Draft, error) {
	billed, err := billedOf(ctx, q, t, subscriptions, groupIDsOf(subscriptions)...)
	if err != nil {
		return nil, err
	}
	today := s.Today(t)
	return drafts(t, c, billing.Plan(subscriptions, groups, billed, today, today.AddMonths(months))), nil
}
