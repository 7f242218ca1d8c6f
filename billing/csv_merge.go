package billing

import (
	"cmp"
	"fmt"
)

// TakeIn answers the subscription as it is first taken in on a day. What it owes here
// begins as [FirstOwed] says and stays so; cutOver is the day of the business unit's
// first import. One that has ended did so on the row's end date, else today.
func (r ExportRow) TakeIn(cutOver, today Date) Subscription {
	s := Subscription{
		ID: r.ID, CustomerID: r.Customer.ID, OrderID: r.OrderID, Product: r.Product, SKU: r.SKU, Serial: r.Serial,
		MonthlyAmount: r.MonthlyAmount, Start: r.Start, Length: r.Length, Status: SubscriptionActive,
		OwedFrom: FirstOwed(r.Start, r.NextBilling, cutOver),
	}
	return r.end(s, today)
}

// Merge brings a known subscription up to date on a day, or refuses the row and
// answers it as it was.
//
// An empty cell clears nothing. The row of a contract that has ended says when, or
// else the end that is known stands, and without one it ended today; a row that says
// active undoes no end. Next billing dates are not read any more: what is owed from
// when is fixed. Only a contract that is owed from its very start stays so when that
// start is corrected, within the cut-over day.
//
// What has been billed stands. HAS_INVOICES refuses another start or customer for a
// subscription with billed instalments, and a contract shorter than those;
// SUBSCRIPTION_ALREADY_GROUPED refuses another customer while it is in a group.
func (r ExportRow) Merge(known Subscription, billed Billed, cutOver, today Date) (Subscription, []Problem) {
	if problems := r.refusals(known, billed); len(problems) > 0 {
		return known, problems
	}
	s := known
	s.CustomerID = r.Customer.ID
	s.OrderID = cmp.Or(r.OrderID, known.OrderID)
	s.Product = cmp.Or(r.Product, known.Product)
	s.SKU = cmp.Or(r.SKU, known.SKU)
	s.Serial = cmp.Or(r.Serial, known.Serial)
	s.MonthlyAmount, s.Start, s.Length = r.MonthlyAmount, r.Start, r.Length
	if s.Start != known.Start && known.OwedFrom == known.Start.Period() {
		s.OwedFrom = FirstOwed(s.Start, Date{}, cutOver)
	}
	return r.end(s, today), nil
}

// end puts a contract that the row calls ended to its end, which never lies before
// its start.
func (r ExportRow) end(s Subscription, today Date) Subscription {
	if r.Status != SubscriptionActive {
		s.Status, s.EndedOn = r.Status, cmp.Or(r.EndDate, s.EndedOn, today)
	}
	if s.Status != SubscriptionActive && s.EndedOn.Before(s.Start) {
		s.EndedOn = s.Start
	}
	return s
}

// refusals finds what the rules don't let the row change.
func (r ExportRow) refusals(known Subscription, billed Billed) (problems []Problem) {
	refuse := func(col column, code Code, format string, args ...any) {
		problems = append(problems, Problem{Path: col.String(), Code: code, Message: fmt.Sprintf(format, args...), Subject: known.ID})
	}
	months := billedMonths(known, billed)
	switch {
	case r.Customer.ID == known.CustomerID:
	case months > 0:
		refuse(customerIDColumn, CodeHasInvoices, "%s has been billed to customer %s and can't go to another. End it and begin a new subscription.", known.ID, known.CustomerID)
	case known.GroupID != "":
		refuse(customerIDColumn, CodeSubscriptionAlreadyGrouped, "%s is in a billing group of customer %s. Take it out of the group before it goes to another customer.", known.ID, known.CustomerID)
	}
	if r.Start != known.Start && months > 0 {
		refuse(startDateColumn, CodeHasInvoices, "%s has been billed from its start on %s, which can't change any more. Put that date back.", known.ID, known.Start)
	}
	if r.Length < months {
		refuse(contractLengthColumn, CodeHasInvoices, "%s has been billed up to month %d of its contract. Write %d months or more.", known.ID, months, months)
	}
	return problems
}

// billedMonths answers how many months of a contract lie up to its last billed
// instalment, 0 where none is billed.
func billedMonths(s Subscription, billed Billed) int {
	for k := s.Length - 1; k >= 0; k-- {
		if billed.Line(s.ID, s.Start.Period().Add(k)) {
			return k + 1
		}
	}
	return 0
}
