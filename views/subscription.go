package views

import (
	"cmp"
	"net/url"
	"strings"

	"billfold/billing"
)

// SubscriptionView is the page of one subscription.
type SubscriptionView struct {
	WhyArgs
	VAT billing.VAT
	// Since is the day it was taken in.
	Since    billing.Date
	Invoices InvoiceCard
	Activity []ActivityLine
	// MayGroup, MayMove and MayRemove tell what the user may do about its group.
	MayGroup, MayMove, MayRemove bool
}

// productName calls a subscription by its product, else by its id.
func productName(s billing.Subscription) string { return cmp.Or(s.Product, s.ID) }

func (s SubscriptionView) subtitle() string {
	text := s.Customer.Name()
	if s.Serial != "" {
		text = s.Serial + " · " + text
	}
	return text
}

// chosen is the subscription as the acts on groups take it.
func (s SubscriptionView) chosen() url.Values { return url.Values{"s": {s.ID}} }

func (s SubscriptionView) removeURL() string {
	return withQuery(RemoveMembersURL(s.GroupID), s.chosen())
}
func (s SubscriptionView) moveURL() string { return withQuery(MoveMembersURL(s.GroupID), s.chosen()) }

// begun counts the months whose service has begun.
func (s SubscriptionView) begun() int {
	over := s.Today.AddDays(1)
	if s.Status != billing.SubscriptionActive && s.EndedOn.Before(over) {
		over = s.EndedOn
	}
	n := 0
	for n < s.Length && s.Start.AddMonths(n).Before(over) {
		n++
	}
	return n
}

func (s SubscriptionView) figures() []Figure {
	next := Figure{Label: "Next billed", Value: "Never", Note: "nothing is left to bill"}
	var left billing.Money
	if len(s.Planned) > 0 {
		d := s.Planned[0]
		next.Value, next.Note = FormatDate(d.Date), InDays(s.Today, d.Date)+", "+s.by(d)
		if s.isOverdue(d) {
			next.Tone, next.Value, next.Note = Bad, "Overdue", "billed by the next billing run"
		}
	}
	for _, d := range s.Planned {
		left = left.Add(d.Lines[0].Subscription.MonthlyAmount)
	}
	left.Currency = s.MonthlyAmount.Currency
	leftNote := "nothing"
	if n := len(s.Planned); n > 0 {
		leftNote = Plural(n, "month", "months") + ", " + vatNote(s.VAT)
	}
	contract := Figure{Label: "Months begun", Value: FormatNumber(s.begun()) + " of " + FormatNumber(s.Length), Note: "until " + FormatDate(s.End().AddDays(-1))}
	switch {
	case s.Status != billing.SubscriptionActive:
		contract.Note, _, _ = strings.Cut(EndedText(s.Subscription, s.Today), " (")
		contract.Note = strings.ToLower(contract.Note[:1]) + contract.Note[1:]
	case s.Today.Before(s.Start):
		contract.Note = "begins on " + FormatDate(s.Start)
	}
	return []Figure{
		next,
		{Label: "Per month", Value: FormatMoney(s.MonthlyAmount), Note: vatNote(s.VAT)},
		contract,
		{Label: "Left to bill", Value: FormatMoney(left), Note: leftNote},
	}
}

// by says whether a group bills it or it is billed alone.
func (s SubscriptionView) by(d billing.Draft) string {
	if d.GroupID != "" {
		return "with the group"
	}
	return "alone"
}

// maxInstalments is how many instalments the page shows.
const maxInstalments = 12

func (s SubscriptionView) shown() []billing.Draft {
	return s.Planned[:min(len(s.Planned), maxInstalments)]
}

// how says how an instalment is billed, and why alone where it is in a group.
func (s SubscriptionView) how(d billing.Draft) string {
	text := s.by(d)
	if d.Alone != "" && d.Alone != billing.AloneUngrouped {
		text += ": " + aloneReason(d.Alone)
	}
	if s.isOverdue(d) {
		text += ", overdue"
	}
	return text
}

// subscriptionState says in a word or two how a subscription stands on a day.
func subscriptionState(s billing.Subscription, today billing.Date) (Tone, string) {
	switch status := s.StatusOn(today); {
	case status == billing.SubscriptionActive && today.Before(s.Start):
		return Info, "Not begun"
	case status == billing.SubscriptionActive:
		return Good, "Active"
	case status == billing.SubscriptionEndedCompleted:
		return Plain, "Completed"
	case today.Before(s.EndedOn):
		return Warn, "Ends " + FormatDate(s.EndedOn)
	default:
		return Plain, upperFirst(endedWords[status])
	}
}
