package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

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
