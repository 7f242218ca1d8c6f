package billing

import (
	"fmt"
	"strings"
	"time"
)

// Limits on a billing group.
const (
	MaxGroupName      = 120   // characters
	MaxGroupNotes     = 2000  // characters
	MaxGroupReference = 60    // characters
	MaxGroupMembers   = 10000 // subscriptions
)

// ProposedGroupName is a name to begin with for a customer's group.
func ProposedGroupName(c Customer) string {
	name := []rune(c.Name())
	return strings.TrimSpace(string(name[:min(len(name), MaxGroupName)]))
}

// GroupStatus tells whether a group consolidates.
type GroupStatus string

// The states of a group. An inactive one keeps its members, who are billed alone.
const (
	GroupActive   GroupStatus = "active"
	GroupInactive GroupStatus = "inactive"
)

// Group is a billing group: several subscriptions of one business customer, with
// one invoice a month.
type Group struct {
	ID         string
	CustomerID string
	Name       string
	Days       Days
	Status     GroupStatus
	// Reference is the customer's own, such as a purchase order number; it is printed.
	Reference string
	Notes     string
	CreatedBy string

	CreatedAt, UpdatedAt time.Time
	// Version counts the changes, from 1.
	Version int
}

// GroupInput is what somebody asks for when they create a group.
type GroupInput struct {
	CustomerID string
	Name       string
	// BillingDay is the day of the month; 0 where none, or no whole number, was given.
	BillingDay      int
	SubscriptionIDs []string
	Reference       string
	Notes           string
}

// Known is what a tenant has of the things a [GroupInput] names.
type Known struct {
	// Customer is nil where the tenant has none with that id.
	Customer *Customer
	// Subscriptions holds those that the tenant has, by id.
	Subscriptions map[string]Subscription
	// GroupNames names the groups those subscriptions are in, by group id.
	GroupNames map[string]string
}

// NewGroup decides whether a group can be created on a day, and answers it, active
// and without an id, with its members as they will be (but for the group's id).
//
// It finds all problems at once: CUSTOMER_NOT_FOUND, CUSTOMER_NOT_BUSINESS,
// CUSTOMER_INACTIVE, SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_DIFFERENT_CUSTOMER,
// SUBSCRIPTION_NOT_ACTIVE, SUBSCRIPTION_ALREADY_GROUPED, INVALID_BILLING_DAY and
// VALIDATION_ERROR. Whose the subscriptions are is not judged when the customer is
// unknown. Repeated ids count once.
func NewGroup(in GroupInput, known Known, billed Billed, today Date) (Group, []Subscription, error) {
	group := Group{
		CustomerID: in.CustomerID, Name: in.Name, Status: GroupActive, Reference: in.Reference, Notes: in.Notes, Version: 1,
		Days: Days{{From: today.Period(), Day: in.BillingDay}},
	}
	problems := append(customerProblems(known.Customer), group.cleanTexts()...)
	if !ValidBillingDay(in.BillingDay) {
		problems = append(problems, billingDayProblem())
	}
	members, memberProblems := chooseMembers(in.SubscriptionIDs, known, func(i int, s Subscription) []Problem {
		return joinProblems(i, s, known, false, today)
	})
	if len(in.SubscriptionIDs) == 0 {
		memberProblems = append(memberProblems, Problem{Path: "subscriptions", Code: CodeValidation, Message: "Choose at least one subscription."})
	}
	if err := Refuse(append(problems, memberProblems...)); err != nil {
		return Group{}, nil, err
	}
	for i := range members {
		members[i].GroupedFrom = groupedFrom(members[i], group, billed, today)
	}
	return group, members, nil
}

func customerProblems(c *Customer) []Problem {
	switch {
	case c == nil:
		return []Problem{{Path: "customer", Code: CodeCustomerNotFound, Message: "There is no such customer. Choose another one."}}
	case c.Type != Business:
		return []Problem{{Path: "customer", Code: CodeCustomerNotBusiness, Message: c.Name() + " is a person. Only a business customer can have a billing group."}}
	case c.Status != CustomerActive:
		return []Problem{{Path: "customer", Code: CodeCustomerInactive, Message: c.Name() + " is inactive. An inactive customer can't get a new billing group."}}
	}
	return nil
}

// cleanTexts drops the space around a group's name, reference and notes, and says
// what is wrong with them.
func (g *Group) cleanTexts() (problems []Problem) {
	refuse := func(path, what string, err error) {
		if err != nil {
			problems = append(problems, Problem{Path: path, Code: CodeValidation, Message: what + ": " + err.Error() + "."})
		}
	}
	advice := "Give the group a name"
	if strings.TrimSpace(g.Name) != "" {
		advice = "Correct the name"
	}
	var err error
	g.Name, err = cleanLine(g.Name, MaxGroupName)
	refuse("name", advice, err)
	g.Reference, g.Notes = strings.TrimSpace(g.Reference), strings.TrimSpace(g.Notes)
	refuse("reference", "Correct the reference", checkLine(g.Reference, MaxGroupReference))
	refuse("notes", "Correct the notes", checkText(g.Notes, MaxGroupNotes))
	return problems
}

// chooseMembers looks up the subscriptions a group is to have and finds what is wrong
// with each; judge says why one of the right customer can't be a member.
func chooseMembers(ids []string, known Known, judge func(i int, s Subscription) []Problem) (members []Subscription, problems []Problem) {
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		s, found := known.Subscriptions[id]
		if !found {
			problems = append(problems, memberProblem(i, id, CodeSubscriptionNotFound, fmt.Sprintf("There is no subscription “%s”. Take it out.", id)))
			continue
		}
		if known.Customer != nil && s.CustomerID != known.Customer.ID {
			problems = append(problems, memberProblem(i, id, CodeSubscriptionDifferentCustomer,
				fmt.Sprintf("Subscription %s belongs to another customer. A group holds subscriptions of one customer only; take it out.", id)))
			continue
		}
		if known.Customer != nil {
			problems = append(problems, judge(i, s)...)
		}
		members = append(members, s)
	}
	if len(seen) > MaxGroupMembers {
		problems = append(problems, Problem{Path: "subscriptions", Code: CodeValidation,
			Message: fmt.Sprintf("A group can have %d subscriptions at most. Take out %d.", MaxGroupMembers, len(seen)-MaxGroupMembers)})
	}
	return members, problems
}

// joinProblems says why a subscription of the right customer can't join a group all
// the same. One that is in another group can join only where it may be moved.
func joinProblems(i int, s Subscription, known Known, move bool, today Date) (problems []Problem) {
	if !s.ActiveOn(today) {
		problems = append(problems, memberProblem(i, s.ID, CodeSubscriptionNotActive,
			fmt.Sprintf("%s (%s) has ended, or its end is set. Take it out.", s.Product, s.ID)))
	}
	if s.GroupID != "" && !move {
		problems = append(problems, memberProblem(i, s.ID, CodeSubscriptionAlreadyGrouped,
			fmt.Sprintf("%s (%s) is already in the group “%s”. Take it out here, or there first.", s.Product, s.ID, known.GroupNames[s.GroupID])))
	}
	return problems
}

func memberProblem(i int, id string, code Code, message string) Problem {
	return Problem{Path: fmt.Sprintf("subscriptions[%d]", i), Code: code, Message: message, Subject: id}
}

// groupedFrom answers the first period a group bills for a subscription that joins
// today: the current month when the group's day in it is still to come, the group
// has no invoice for it and the subscription's instalment is not billed yet; else
// the next month.
func groupedFrom(s Subscription, g Group, billed Billed, today Date) Period {
	now := today.Period()
	if g.Days.Date(now).Before(today) || billed.Group(g.ID, now) || billed.Line(s.ID, now) {
		return now.Add(1)
	}
	return now
}

// Total answers the monthly total of a group's members and how many of them are
// active on a day. Only active ones count.
func Total(members []Subscription, today Date, currency Currency) (Money, int) {
	total, active := Money{Currency: currency}, 0
	for _, s := range members {
		if s.ActiveOn(today) {
			total, active = total.Add(s.MonthlyAmount), active+1
		}
	}
	return total, active
}
