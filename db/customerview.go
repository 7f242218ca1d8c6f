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
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.customer = ?2`, key)
		if err != nil {
			return fmt.Errorf("subscriptions: %w", err)
		}
		groups, _, err := queryGroupHeads(ctx, q, t, `g.customer = ?2`, key)
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}
		view.Row = CustomerRow{Customer: customer, Groups: len(groups), Monthly: billing.Money{Currency: t.Currency}}
		subscriptions := values(list)
		billed, err := billedOf(ctx, q, t, subscriptions, groupIDsOf(subscriptions)...)
		if err != nil {
			return err
		}
		s.fill(t, &view, subscriptions, groups, shown)
		today := s.Today(t)
		view.Planned = billing.PlanSums(subscriptions, plain(groups), billed, today, today.Period().Add(months).First(), t.VAT.For(customer))
		return nil
	})
	return view, wrap("view of a customer", err)
}

// plain drops what does not belong to the groups themselves.
func plain(groups []Group) []billing.Group {
	list := make([]billing.Group, len(groups))
	for i, g := range groups {
		list[i] = g.Group
	}
	return list
}

// fill counts and orders what was read.
func (s *Store) fill(t Tenant, view *CustomerView, subscriptions []billing.Subscription, groups []Group, shown int) {
	today := s.Today(t)
	figures := make(map[string]*CustomerGroup, len(groups))
	view.Groups = make([]CustomerGroup, len(groups))
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(groupWords(a.Group), groupWords(b.Group)), cmp.Compare(a.ID, b.ID))
	})
	for i, g := range groups {
		view.Groups[i] = CustomerGroup{Group: g.Group, Total: billing.Money{Currency: t.Currency}}
		figures[g.ID] = &view.Groups[i]
	}
	var active, others []*billing.Subscription
	for i := range subscriptions {
		m := &subscriptions[i]
		isActive := m.ActiveOn(today)
		if isActive {
			active = append(active, m)
			view.Row.Monthly = view.Row.Monthly.Add(m.MonthlyAmount)
			if m.GroupID == "" {
				view.Row.Alone++
			}
		} else {
			others = append(others, m)
		}
		if g := figures[m.GroupID]; g != nil {
			if g.Size++; isActive {
				g.Active++
				g.Total = g.Total.Add(m.MonthlyAmount)
			}
		}
	}
	view.Size, view.Row.Active = len(subscriptions), len(active)
	for _, list := range [][]*billing.Subscription{active, others} {
		slices.SortFunc(list, func(a, b *billing.Subscription) int { return a.Compare(*b) })
		for _, m := range list[:min(len(list), shown-len(view.Subscriptions))] {
			view.Subscriptions = append(view.Subscriptions, *m)
		}
	}
}
