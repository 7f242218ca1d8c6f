package views

import "billfold/billing"

// SubscriptionList is the page of all subscriptions.
type SubscriptionList struct {
	Listing
	Rows  []SubscriptionListRow
	Today billing.Date
	// MayImport offers to take subscriptions in.
	MayImport bool
	// Ticked counts the ticked rows, on whatever page they are; TickedTotal is what the
	// active ones of them cost a month.
	Ticked      int
	TickedTotal billing.Money
}

// SubscriptionListRow is one subscription in the list.
type SubscriptionListRow struct {
	billing.Subscription
	Customer billing.Customer
	// GroupName, GroupDay and GroupActive are its group's, where it is in one.
	GroupName   string
	GroupDay    int
	GroupActive bool
	Ticked      bool
}

// over tells whether nothing is served any more.
func (r SubscriptionListRow) over(today billing.Date) bool {
	return !r.ActiveOn(today) && !today.Before(r.EndDate())
}

// aloneText says when it is billed by itself.
func (r SubscriptionListRow) aloneText() string { return "Alone on the " + Ordinal(r.Start.Day) }

// groupNote says what keeps the group from billing it, or "".
func (r SubscriptionListRow) groupNote(today billing.Date) string {
	if r.GroupID != "" && r.GroupActive && today.Period().Before(r.GroupedFrom) {
		return "from " + FormatPeriod(r.GroupedFrom) + " on"
	}
	return ""
}

func (l SubscriptionList) tickedText() string {
	if l.Ticked == 0 {
		return "None ticked"
	}
	return FormatNumber(l.Ticked) + " ticked, " + FormatMoney(l.TickedTotal) + " a month"
}

// name is what a subscription is called: its product, else its id.
func (r SubscriptionListRow) name() string {
	if r.Product != "" {
		return r.Product
	}
	return r.ID
}
