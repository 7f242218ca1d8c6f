package views

import (
	"net/url"
	"strconv"

	"billfold/billing"

	"github.com/a-h/templ"
)

// NewGroup is the page that makes a billing group: the choices so far, and what
// would come of them. The same page shows a new form, a refused one and each step.
type NewGroup struct {
	// Search finds the customer while none is chosen.
	Search ComboboxArgs
	// Customer is the one chosen, or nil.
	Customer *ChosenCustomer
	Table    MemberTable
	// Day, Name, Reference and Notes are as they were typed.
	Day, Name, Reference, Notes string
	// Token lets one form make one group.
	Token    string
	Problems Problems
	// Refused tells that the form has been sent, and is shown whole again.
	Refused bool
	Outlook Outlook
}

// ChosenCustomer is the customer a group is made for.
type ChosenCustomer struct {
	billing.Customer
	// Figures says what the customer has: "14 subscriptions, €1,240.00 a month".
	Figures string
	// ChangeURL leads back to the choice.
	ChangeURL string
}

// MemberTable is the table to choose subscriptions from: one page of those that
// match the filter.
type MemberTable struct {
	// URL is the page that the table is on: its steps load it again.
	URL    string
	Rows   []MemberRow
	Filter string
	// Kept stands for the ticks on the pages that are not shown.
	Kept string
	// Page counts from 1. From and To number the rows shown of Matching.
	Page, Pages, From, To, Matching int
	// Selected, Available and All count subscriptions of the customer.
	Selected, Available, All int
	// SelectedTotal is what the selected ones cost a month.
	SelectedTotal billing.Money
	// Selectable counts those that match the filter and can be chosen.
	Selectable int
}

// MemberRow is one subscription to choose, or not.
type MemberRow struct {
	billing.Subscription
	Today billing.Date
	// Status is the state today.
	Status billing.SubscriptionStatus
	// GroupName names the group it is in.
	GroupName string
	Ticked    bool
	// Problem is what was wrong with choosing it, or "".
	Problem string
}

// Available tells whether the subscription can be chosen.
func (r MemberRow) Available() bool { return r.Status == billing.SubscriptionActive && r.GroupID == "" }

// endedWords says how a subscription ended.
var endedWords = map[billing.SubscriptionStatus]string{
	billing.SubscriptionCancelled:        "cancelled",
	billing.SubscriptionEndedCompleted:   "contract completed",
	billing.SubscriptionEndedBuyout:      "bought out",
	billing.SubscriptionEndedUpgrade:     "upgraded",
	billing.SubscriptionEndedEarlyReturn: "returned early",
}

// StatusWord says what a subscription's state is: "active", "returned early".
func StatusWord(status billing.SubscriptionStatus) string {
	if status == billing.SubscriptionActive {
		return string(status)
	}
	return endedWords[status]
}

// EndedText says when and how a subscription ended, or will: "Ended 3 May 2026
// (bought out)", "Ends 15 Jan 2027 (cancelled)".
func EndedText(s billing.Subscription, today billing.Date) string {
	verb := "Ended "
	if today.Before(s.EndDate()) {
		verb = "Ends "
	}
	return verb + FormatDate(s.EndDate()) + " (" + endedWords[s.StatusOn(today)] + ")"
}

// stepAttrs make a button of the form a step of the page: without a script it loads
// the page again with the choices in the URL, with htmx only the table and what
// depends on it are exchanged. Steps take turns at the card, which stays: the table
// itself is exchanged, and a request that began under the old one would outlive it and
// bring back its ticks.
func (t MemberTable) stepAttrs(name, value string) templ.Attributes {
	here := t.URL
	return templ.Attributes{
		"name": name, "value": value, "formmethod": "get", "formaction": here,
		"hx-get": here, "hx-include": "#group-form", "hx-target": "#rows", "hx-select": "#rows",
		"hx-select-oob": "#selected:innerHTML,#preview:innerHTML", "hx-swap": "outerHTML",
		"hx-replace-url": "true", "hx-sync": "#subscriptions:replace", "hx-indicator": "#subscriptions",
	}
}

// filterAttrs make the filter take effect while it is typed.
func (t MemberTable) filterAttrs() templ.Attributes {
	a := t.stepAttrs("f", "")
	for _, name := range []string{"name", "value", "formmethod", "formaction"} {
		delete(a, name)
	}
	a["hx-trigger"] = "input changed delay:200ms"
	a["hx-vals"] = `{"go":"1"}`
	return a
}

// ForCustomerURL is the page with a customer chosen and the day kept.
func ForCustomerURL(customerID, day string) string {
	query := url.Values{"customer": {customerID}}
	if day != "" {
		query.Set("billingDay", day)
	}
	return NewGroupURL(query)
}

func (t MemberTable) pagesText() string {
	if t.Matching == 0 {
		return "No subscription matches."
	}
	return "Subscriptions " + FormatNumber(t.From) + " to " + FormatNumber(t.To) + " of " + FormatNumber(t.Matching)
}

func page(n int) string { return strconv.Itoa(n) }

func (t MemberTable) matchWord() string {
	if t.Filter != "" {
		return " that match"
	}
	return ""
}

// identity tells the customer from its namesakes: id, town, e-mail address.
func (c ChosenCustomer) identity() string {
	text := c.ID
	for _, more := range []string{c.Address.City, c.Email} {
		if more != "" {
			text += " · " + more
		}
	}
	return text
}
