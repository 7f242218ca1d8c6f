package db

import (
	"context"

	"billfold/billing"
)

// Preview is what creating a group would do.
type Preview struct {
	Group    billing.Group
	Customer billing.Customer
	// Members are as they would be.
	Members []billing.Subscription
	// Total is the monthly total of the members that are active today.
	Total billing.Money
	// Active counts those members.
	Active int
	// Before and After are the invoices of the members' instalments from today up to,
	// not including, the same day some months on: as things are, and with the group.
	Before, After []billing.Draft
}

// previewID stands for the group that does not exist yet.
const previewID = "preview"

// PreviewGroup answers what [Store.CreateGroup] would do with the same input, or
// refuses as it would. It writes nothing.
func (s *Store) PreviewGroup(ctx context.Context, t Tenant, in billing.GroupInput, months int) (Preview, error) {
	var known billing.Known
	err := s.read(ctx, func(q querier) (err error) {
		known, _, err = loadKnown(ctx, q, t, in)
		return err
	})
	if err != nil {
		return Preview{}, wrap("preview group", err)
	}
	today := s.Today(t)
	group, members, err := billing.NewGroup(in, known, billing.Billed{}, today)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Group: group, Customer: *known.Customer, Members: members}
	p.Total, p.Active = billing.Total(members, today, t.Currency)
	to := today.AddMonths(months)
	p.Before = drafts(t, p.Customer, billing.Plan(members, nil, billing.Billed{}, today, to))
	group.ID = previewID
	for i := range members {
		members[i].GroupID = previewID
	}
	p.After = drafts(t, p.Customer, billing.Plan(members, []billing.Group{group}, billing.Billed{}, today, to))
	return p, nil
}

// Upcoming answers the invoices planned for a group's members from today up to, not
// including, the same day some months on, those that are still billed alone included.
func (s *Store) Upcoming(t Tenant, g Group, months int) []billing.Draft {
	today := s.Today(t)
	return drafts(t, g.Customer, billing.Plan(g.Members, []billing.Group{g.Group}, billing.Billed{}, today, today.AddMonths(months)))
}

// drafts adds up planned invoices of one customer.
func drafts(t Tenant, c billing.Customer, planned []billing.PlannedInvoice) []billing.Draft {
	list := make([]billing.Draft, len(planned))
	for i, p := range planned {
		list[i] = p.Draft(t.Tenant, c)
	}
	return list
}
