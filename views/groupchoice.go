package views

import (
	"net/url"

	"billfold/billing"
)

// GroupChoice is the page on which ticked subscriptions are given a group.
type GroupChoice struct {
	// BackURL is the list that they were ticked in, with the ticks.
	BackURL string
	// Ticked counts them.
	Ticked    int
	Customers []ChoiceCustomer
}

// ChoiceCustomer is a customer with its ticked subscriptions.
type ChoiceCustomer struct {
	billing.Customer
	Rows []ChoiceRow
	// Addable are the ids of those that can be added to a group, Total what they cost
	// a month.
	Addable []string
	Total   billing.Money
	// Targets are the groups to choose from. NewURL leads to a new group, or is "".
	Targets []MoveTarget
	NewURL  string
}

// ChoiceRow is one ticked subscription.
type ChoiceRow struct {
	billing.Subscription
	GroupName string
	Today     billing.Date
}

// Add takes in one more of the customer's subscriptions.
func (c *ChoiceCustomer) Add(r ChoiceRow) {
	c.Rows = append(c.Rows, r)
	if c.Type == billing.Business && r.addable() {
		c.Addable = append(c.Addable, r.ID)
		c.Total = c.Total.Add(r.MonthlyAmount)
	}
}

func (r ChoiceRow) addable() bool { return r.GroupID == "" && r.ActiveOn(r.Today) }

// moveURL leads to the page that moves it out of the group it is in.
func (r ChoiceRow) moveURL() string {
	return withQuery(MoveMembersURL(r.GroupID), url.Values{"s": {r.ID}})
}

// several tells whether more than one customer's subscriptions can be added.
func (g GroupChoice) several() bool {
	n := 0
	for _, c := range g.Customers {
		if len(c.Addable) > 0 {
			n++
		}
	}
	return n > 1
}

// countText says how many of the customer's can be added.
func (c ChoiceCustomer) countText() string {
	if len(c.Addable) == 0 {
		return "None can be added"
	}
	text := Plural(len(c.Addable), "subscription", "subscriptions")
	if len(c.Addable) < len(c.Rows) {
		text = FormatNumber(len(c.Addable)) + " of " + FormatNumber(len(c.Rows)) + " can be added"
	}
	return text + ", " + FormatMoney(c.Total) + " a month"
}

// obstacle says why none of the customer's subscriptions can be added and what to do,
// or "".
func (c ChoiceCustomer) obstacle() string {
	switch {
	case c.Type != billing.Business:
		return "A private person can’t have a billing group: each subscription is billed alone. Untick " + Word(len(c.Rows), "it.", "them.")
	case len(c.Addable) == 0:
		return "Untick " + Word(len(c.Rows), "it", "them") + ", or do first what is said beside " + Word(len(c.Rows), "it.", "each.")
	case c.NewURL == "" && len(c.Targets) == 0:
		return "The customer is inactive, so it can’t get a new billing group, and it has none. Set it to active first."
	}
	return ""
}
