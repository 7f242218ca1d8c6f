package billing

import "slices"

// GroupChange is what somebody asks to change about a group. What is nil stays.
type GroupChange struct {
	// CustomerID can't change; the same one is accepted.
	CustomerID *string
	Name       *string
	Reference  *string
	Notes      *string
	// BillingDay is the day of the month; 0 where no whole number was given.
	BillingDay *int
	Status     *GroupStatus
	// SubscriptionIDs replace the membership; none empties the group.
	SubscriptionIDs *[]string
	// Move takes subscriptions over from the same customer's other groups: from any, or
	// only from the one that MoveFrom names.
	Move     bool
	MoveFrom string
}

// GroupResult is what a change comes to.
type GroupResult struct {
	Group Group
	// Members are the members as they are then.
	Members []Subscription
	// Joined are those of Members that were not members before, in their former state.
	Joined []Subscription
	// Left are the former members that no longer are, billed alone from their first
	// unbilled instalment on.
	Left []Subscription
	// Changed tells whether anything is different at all.
	Changed bool
}

// Change decides a change of a group on a day, for its present members: the billing
// day first, then the status, then the members. A member that stays keeps the period
// it is grouped from, unless the group becomes active again, which is joining anew.
//
// It finds all problems at once: SUBSCRIPTION_NOT_FOUND,
// SUBSCRIPTION_DIFFERENT_CUSTOMER, SUBSCRIPTION_NOT_ACTIVE,
// SUBSCRIPTION_ALREADY_GROUPED, INVALID_BILLING_DAY and VALIDATION_ERROR.
func (g Group) Change(in GroupChange, members []Subscription, known Known, billed Billed, today Date) (GroupResult, error) {
	after := g
	after.Days = slices.Clone(g.Days)
	for field, value := range map[*string]*string{&after.Name: in.Name, &after.Reference: in.Reference, &after.Notes: in.Notes} {
		if value != nil {
			*field = *value
		}
	}
	problems := after.cleanTexts()
	if in.CustomerID != nil && *in.CustomerID != g.CustomerID {
		problems = append(problems, Problem{Path: "customer", Code: CodeValidation, Message: "A group's customer can't change. Make a new group for the other customer."})
	}
	if in.BillingDay != nil {
		if !ValidBillingDay(*in.BillingDay) {
			problems = append(problems, billingDayProblem())
		} else {
			after.Days = g.Days.Change(*in.BillingDay, today, billed.Group(g.ID, today.Period()))
		}
	}
	if in.Status != nil {
		after.Status = *in.Status
		if after.Status != GroupActive && after.Status != GroupInactive {
			problems = append(problems, Problem{Path: "status", Code: CodeValidation, Message: "Choose active or inactive as the status."})
		}
	}
	chosen := members
	if in.SubscriptionIDs != nil {
		var memberProblems []Problem
		chosen, memberProblems = chooseMembers(*in.SubscriptionIDs, known, func(i int, s Subscription) []Problem {
			if s.GroupID == g.ID {
				return nil // it is a member already, whatever became of it
			}
			move := in.Move && (in.MoveFrom == "" || in.MoveFrom == s.GroupID)
			return joinProblems(i, s, known, move, today)
		})
		problems = append(problems, memberProblems...)
	}
	if err := Refuse(problems); err != nil {
		return GroupResult{}, err
	}
	return g.result(after, members, chosen, billed, today), nil
}

// result works out who joins, stays and leaves, and what has changed.
func (g Group) result(after Group, members, chosen []Subscription, billed Billed, today Date) GroupResult {
	r := GroupResult{Group: after, Members: slices.Clone(chosen)}
	again := after.Status == GroupActive && g.Status != GroupActive
	stays := make(map[string]bool, len(chosen))
	for i, s := range chosen {
		joins := s.GroupID != g.ID
		if joins {
			r.Joined = append(r.Joined, s)
		}
		stays[s.ID] = true
		if joins || again {
			r.Members[i].GroupID = g.ID
			r.Members[i].GroupedFrom = groupedFrom(s, after, billed, today)
		}
	}
	for _, s := range members {
		if !stays[s.ID] {
			r.Left = append(r.Left, s)
		}
	}
	r.Changed = len(r.Joined)+len(r.Left) > 0 || after.Status != g.Status || !slices.Equal(after.Days, g.Days) ||
		after.Name != g.Name || after.Reference != g.Reference || after.Notes != g.Notes
	if r.Changed {
		r.Group.Version++
	}
	return r
}
