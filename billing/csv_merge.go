package billing

import "errors"

// TakeIn answers the subscription as it is first taken in on a day: see
// [NewSubscription]. Nothing is refused, as the row was checked when it was read.
func (r ExportRow) TakeIn(cutOver, today Date) Subscription {
	s, _ := NewSubscription(r.ID, r.change(), &Customer{ID: r.Customer.ID}, cutOver, today)
	return s
}

// Merge brings a known subscription up to date on a day, or refuses the row and
// answers it as it was: see [Subscription.Change]. An empty cell clears nothing, and a
// row that says active undoes no end.
func (r ExportRow) Merge(known Subscription, billed Billed, cutOver, today Date) (Subscription, []Problem) {
	merged, err := known.Change(r.change(), &Customer{ID: r.Customer.ID}, billed, cutOver, today)
	refusal, refused := errors.AsType[*Error](err)
	if !refused {
		return merged, nil
	}
	for i, p := range refusal.Problems {
		if col, named := columnsByField[p.Path]; named {
			refusal.Problems[i].Path = col.String()
		}
	}
	return known, refusal.Problems
}

// columnsByField has the column of each field that the rules may refuse to change.
var columnsByField = map[string]column{"customer": customerIDColumn, "start": startDateColumn, "length": contractLengthColumn}

// change is what the row tells, in the words of the rules.
func (r ExportRow) change() SubscriptionChange {
	told := func(cell string) *string {
		if cell == "" {
			return nil
		}
		return &cell
	}
	in := SubscriptionChange{
		CustomerID: &r.Customer.ID, OrderID: told(r.OrderID), Product: told(r.Product), SKU: told(r.SKU), Serial: told(r.Serial),
		MonthlyAmount: &r.MonthlyAmount, Start: &r.Start, Length: &r.Length, NextBilling: r.NextBilling, EndsLate: true,
	}
	if r.Status != SubscriptionActive {
		in.Status = &r.Status
		if !r.EndDate.IsZero() {
			in.EndedOn = &r.EndDate
		}
	}
	return in
}
