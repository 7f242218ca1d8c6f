package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"billfold/billing"
)

// CustomerView is a customer with everything that is billed to it.
type CustomerView struct {
	Row CustomerRow
	// Size counts all subscriptions. Subscriptions are the first of them: the active
	// ones before the others, then by product, serial number and id.
	Size          int
	Subscriptions []billing.Subscription
	// Groups are all of the customer's billing groups, by name.
	Groups []CustomerGroup
	// Planned is what falls due in the months asked for.
	Planned []billing.PlannedSum
	// Products name the subscriptions that one of these is about, by id.
	Products map[string]string
}

// CustomerGroup is a billing group with its figures today.
type CustomerGroup struct {
	billing.Group
	// Size counts the members, Active those that are active, and Total is what these
	// cost a month.
	Size, Active int
	Total        billing.Money
}

// CustomerView answers a customer with its groups, as many of its subscriptions as are
// to be shown, and what is planned for this calendar month and those after it, so many
// in all. NOT_FOUND where the tenant has no such customer.
func (s *Store) CustomerView(ctx context.Context, t Tenant, id string, shown, months int) (view CustomerView, err error) {
	err = s.read(ctx, func(q querier) error {
		key, customer, err := findCustomer(ctx, q, t, id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("customer")
		}
		if err != nil {
			return err
		}
		list, err := querySubscriptions(ctx, q, t, `WHERE u.key IN (
				SELECT key FROM subscriptions WHERE tenant = ?1 AND customer = ?2
				ORDER BY NOT (status = 'active' AND contract_end > ?3), product, serial, id LIMIT ?4)
			ORDER BY NOT (u.status = 'active' AND u.contract_end > ?3), u.product, u.serial, u.id`, key, s.Today(t).String(), shown)
		if err != nil {
			return fmt.Errorf("subscriptions: %w", err)
		}
		view.Subscriptions = values(list)
		groups, keys, err := queryGroupHeads(ctx, q, t, `g.customer = ?2`, key)
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}

		plans, err := loadPlans(ctx, q, t, []int64{key})
		if err != nil {
			return fmt.Errorf("what to plan: %w", err)
		}
		view.Row = CustomerRow{Customer: customer, Groups: len(groups), Monthly: billing.Money{Currency: t.Currency}}
		s.fill(t, &view, plans[0], groups, keys, months)
		view.Products, err = productsOf(ctx, q, t, view.Planned)
		return err
	})
	return view, wrap("view of a customer", err)
}

// fill counts and plans what was read. The plan calls groups by their keys.
func (s *Store) fill(t Tenant, view *CustomerView, plan customerPlan, groups []Group, keys []int64, months int) {
	today := s.Today(t)
	figures := make(map[string]*CustomerGroup, len(groups))
	for i, g := range groups {
		figures[groupName(keys[i])] = &CustomerGroup{Group: g.Group, Total: billing.Money{Currency: t.Currency}}
	}
	view.Size = len(plan.subscriptions)
	for _, m := range plan.subscriptions {
		g, active := figures[m.GroupID], m.ActiveOn(today)
		if g != nil {
			g.Size++
		}
		if !active {
			continue
		}
		view.Row.Active++
		view.Row.Monthly = view.Row.Monthly.Add(m.MonthlyAmount)
		if g == nil {
			view.Row.Alone++
		} else {
			g.Active++
			g.Total = g.Total.Add(m.MonthlyAmount)
		}
	}
	view.Planned = billing.PlanSums(plan.subscriptions, plan.groups, plan.billed, today, today.Period().Add(months).First(), t.VAT.For(view.Row.Customer))
	for i := range view.Planned {
		if p := &view.Planned[i]; p.GroupID != "" {
			p.GroupID = figures[p.GroupID].ID
		}
	}
	for _, g := range figures {
		view.Groups = append(view.Groups, *g)
	}
	slices.SortFunc(view.Groups, func(a, b CustomerGroup) int {
		return cmp.Or(cmp.Compare(groupWords(a.Group), groupWords(b.Group)), cmp.Compare(a.ID, b.ID))
	})
}

// productsOf names the subscriptions that are billed by themselves, by id.
func productsOf(ctx context.Context, q querier, t Tenant, planned []billing.PlannedSum) (map[string]string, error) {
	var ids []string
	for _, p := range planned {
		if p.SubscriptionID != "" {
			ids = append(ids, p.SubscriptionID)
		}
	}
	products := make(map[string]string)
	err := eachRow(ctx, q, `SELECT u.id, u.product FROM json_each(?2) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.id = j.value`,
		[]any{t.Key, jsonOf(ids)}, func(row scanner) error {
			var id, product string
			err := row.Scan(&id, &product)
			products[id] = product
			return err
		})
	return products, err
}
