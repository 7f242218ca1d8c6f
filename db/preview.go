package db

import (
	"context"
	"slices"

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
	var known knownRows
	err := s.read(ctx, func(q querier) (err error) {
		known, _, err = loadKnown(ctx, q, t, in)
		return err
	})
	if err != nil {
		return Preview{}, wrap("preview group", err)
	}
	today := s.Today(t)
	group, members, err := billing.NewGroup(in, known.Known, known.billed, today)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Group: group, Customer: *known.Customer, Members: members}
	p.Total, p.Active = billing.Total(members, today, t.Currency)
	to := today.AddMonths(months)
	p.Before = drafts(t, p.Customer, billing.Plan(members, nil, known.billed, today, to))
	group.ID = previewID
	for i := range members {
		members[i].GroupID = previewID
	}
	p.After = drafts(t, p.Customer, billing.Plan(members, []billing.Group{group}, known.billed, today, to))
	return p, nil
}

// Upcoming answers the invoices planned for a group's members from today up to, not
// including, the same day some months on, those that are still billed alone included.
func (s *Store) Upcoming(ctx context.Context, t Tenant, g Group, months int) ([]billing.Draft, error) {
	lists, err := s.UpcomingOf(ctx, t, []Group{g}, months)
	if err != nil {
		return nil, err
	}
	return lists[0], nil
}

// UpcomingOf is [Store.Upcoming] for many groups at once, in their order.
func (s *Store) UpcomingOf(ctx context.Context, t Tenant, groups []Group, months int) ([][]billing.Draft, error) {
	var members []billing.Subscription
	ids := make([]string, len(groups))
	for i, g := range groups {
		members, ids[i] = append(members, g.Members...), g.ID
	}
	billed, err := billedOf(ctx, s.readers, t, members, ids...)
	if err != nil {
		return nil, wrap("upcoming", err)
	}
	today := s.Today(t)
	lists := make([][]billing.Draft, len(groups))
	for i, g := range groups {
		lists[i] = drafts(t, g.Customer, billing.Plan(g.Members, []billing.Group{g.Group}, billed, today, today.AddMonths(months)))
	}
	return lists, nil
}

// drafts adds up planned invoices of one customer.
func drafts(t Tenant, c billing.Customer, planned []billing.PlannedInvoice) []billing.Draft {
	list := make([]billing.Draft, len(planned))
	for i, p := range planned {
		list[i] = p.Draft(t.Tenant, c)
	}
	return list
}

// ChangePreview is what changing a group would do.
type ChangePreview struct {
	// Group is the group as it is now.
	Group Group
	// Result is what the change comes to; its Members are as they would be.
	Result billing.GroupResult
	// Before and After are the invoices of everything the change touches, from today up
	// to the end of the month before the one that lies some months on: the same
	// instalments in both.
	Before, After []billing.Draft
}

// PreviewUpdate answers what [Store.UpdateGroup] would do with the same change, or
// refuses as it would. It writes nothing.
func (s *Store) PreviewUpdate(ctx context.Context, t Tenant, id string, change billing.GroupChange, months int) (ChangePreview, error) {
	var p ChangePreview
	err := s.read(ctx, func(q querier) error {
		c, err := s.loadChange(ctx, q, t, id, 0, change)
		if err != nil {
			return err
		}
		p.Group, p.Result = c.group, c.result
		others, err := s.otherGroups(ctx, q, t, c.result.Joined)
		if err != nil {
			return err
		}
		p.Before, p.After, err = s.compare(ctx, q, t, c, others, months)
		return err
	})
	return p, wrap("preview update", err)
}

// PreviewDelete answers what [Store.DeleteGroup] would do. It writes nothing.
func (s *Store) PreviewDelete(ctx context.Context, t Tenant, id string, months int) (ChangePreview, error) {
	var p ChangePreview
	err := s.read(ctx, func(q querier) error {
		c, err := s.loadChange(ctx, q, t, id, 0, billing.GroupChange{})
		if err != nil {
			return err
		}
		c.result = billing.GroupResult{Group: c.group.Group, Left: c.group.Members, Changed: true}
		p.Group, p.Result = c.group, c.result
		p.Before, p.After, err = s.compare(ctx, q, t, c, nil, months)
		return err
	})
	return p, wrap("preview delete", err)
}

// otherGroups reads the groups that subscriptions would be taken over from.
func (s *Store) otherGroups(ctx context.Context, q querier, t Tenant, joined []billing.Subscription) ([]Group, error) {
	ids := groupIDsOf(joined)
	if len(ids) == 0 {
		return nil, nil
	}
	groups, _, err := s.queryGroups(ctx, q, t, `g.id IN (SELECT value FROM json_each(?2))`, jsonOf(ids))
	return groups, err
}

// compare plans everything a change touches, as things are and as they would be.
func (s *Store) compare(ctx context.Context, q querier, t Tenant, c groupChange, others []Group, months int) (before, after []billing.Draft, err error) {
	groups := []billing.Group{c.group.Group}
	changed := []billing.Group{c.result.Group}
	was := slices.Clone(c.group.Members)
	will := slices.Clone(c.result.Members)
	decided := make(map[string]bool)
	for _, m := range c.result.Members {
		decided[m.ID] = true
	}
	for _, m := range c.result.Left {
		m.GroupID, m.GroupedFrom = "", billing.Period{}
		will = append(will, m)
	}
	for _, m := range c.result.Joined {
		if m.GroupID == "" {
			was = append(was, m)
		}
	}
	for _, g := range others {
		groups, changed = append(groups, g.Group), append(changed, g.Group)
		was = append(was, g.Members...)
		for _, m := range g.Members {
			if !decided[m.ID] {
				will = append(will, m)
			}
		}
	}
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	billed, err := billedOf(ctx, q, t, was, ids...)
	if err != nil {
		return nil, nil, err
	}
	today := s.Today(t)
	// Whole months: an instalment is billed inside its own, so that both plans have the
	// same instalments, whatever their dates.
	to := today.AddMonths(months).Period().First()
	return drafts(t, c.group.Customer, billing.Plan(was, groups, billed, today, to)),
		drafts(t, c.group.Customer, billing.Plan(will, changed, billed, today, to)), nil
}
