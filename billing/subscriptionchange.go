package billing

import (
	"cmp"
	"fmt"
)

// SubscriptionChange is what somebody tells about a subscription: an import, or
// another system that keeps this one up to date. What is nil stays; a text of "" is
// cleared.
type SubscriptionChange struct {
	CustomerID *string

	OrderID, Product, SKU, Serial *string

	MonthlyAmount *Money
	Start         *Date
	// Length is the contract's in months, 1 to 120.
	Length *int
	Status *SubscriptionStatus
	// EndedOn is the day an ended contract ended. Where it is not told the end that is
	// known stands, and without one it ended today, or with its last day before that.
	EndedOn *Date
	// EndsLate takes an end after the contract's last day too, as a file may have it.
	EndsLate bool
	// NextBilling is the next day it would have been billed elsewhere, or zero. It is
	// read, and kept, only when the subscription is first taken in.
	NextBilling Date
}

// NewSubscription decides whether a subscription can be taken in on a day, and answers
// it; customer is the one it names, nil where the tenant has none with that id. What it
// owes here begins as [FirstOwed] says and stays so; cutOver is the tenant's cut-over
// day. It needs a customer, a monthly amount, a start and a length, and is active
// unless it is told to have ended. It refuses as [Subscription.Change] does.
func NewSubscription(id string, in SubscriptionChange, customer *Customer, cutOver, today Date) (Subscription, error) {
	problems := append(idProblems("subscription", id), in.missing()...)
	s := Subscription{ID: id, Status: SubscriptionActive}
	problems = append(problems, s.apply(in, customer, today)...)
	if in.Start != nil && s.Start.AddMonths(MaxContractLength).Before(in.NextBilling) {
		problems = append(problems, Problem{Path: "nextBilling", Code: CodeValidation,
			Message: fmt.Sprintf("%s lies beyond any contract that began on %s. Correct one of the two dates.", in.NextBilling, s.Start)})
	}
	if err := Refuse(problems); err != nil {
		return Subscription{}, err
	}
	s.ToldNext, s.OriginalLength = in.NextBilling, s.Length
	return s.OwedSince(cutOver), nil
}

// missing finds what a new subscription can't do without.
func (in SubscriptionChange) missing() (problems []Problem) {
	for _, field := range []struct {
		path, what string
		told       bool
	}{
		{"customer", "the customer", in.CustomerID != nil},
		{"monthlyAmount", "the monthly amount", in.MonthlyAmount != nil},
		{"start", "the start date", in.Start != nil},
		{"length", "the length of the contract", in.Length != nil},
	} {
		if !field.told {
			problems = append(problems, Problem{Path: field.path, Code: CodeValidation, Message: "Tell " + field.what + ". A new subscription needs it."})
		}
	}
	return problems
}

// Change brings a subscription up to date on a day, or refuses and answers it as it
// was; customer is the one that is told, nil where the tenant has none with that id.
//
// Its next billing date is not read any more. Where its start is corrected, what is owed
// from when follows from the new one, as [FirstOwed] says, with the date that was told
// when it was taken in. That a contract is completed follows from its dates; telling so
// once they have passed changes nothing, as little as calling it active.
//
// All problems are found at once. What has been billed stands: HAS_INVOICES refuses
// another start or customer for a subscription with billed instalments, and a contract
// shorter than those; SUBSCRIPTION_ALREADY_GROUPED refuses another customer while it is
// in a group. ALREADY_ENDED refuses to make one active that has ended. CUSTOMER_NOT_FOUND
// and VALIDATION_ERROR have path customer, monthlyAmount, start, length, status, endedOn,
// orderId, product, sku or serial.
func (s Subscription) Change(in SubscriptionChange, customer *Customer, billed Billed, cutOver, today Date) (Subscription, error) {
	after := s
	problems := append(s.refusals(in, billed), after.apply(in, customer, today)...)
	if err := Refuse(problems); err != nil {
		return s, err
	}
	if after.Start != s.Start {
		after = after.OwedSince(cutOver)
	}
	return after, nil
}

// EndOn ends an active subscription in one of the ways there are, on a day back or
// ahead that its contract serves; a zero day is today. ALREADY_ENDED where it is not
// active, also when it has run its course; VALIDATION_ERROR with path status or endedOn.
func (s Subscription) EndOn(status SubscriptionStatus, day, today Date) (Subscription, error) {
	if !s.ActiveOn(today) {
		return s, &Error{Code: CodeAlreadyEnded, Message: fmt.Sprintf("%s has ended, or its end is set, on %s. Nothing was changed.", s.ID, s.EndDate())}
	}
	after := s
	ends := SubscriptionStatuses[1:] // all but active
	problems := takeOneOf("status", "way it ended", &status, &after.Status, ends)
	if err := Refuse(append(problems, after.putEnd(day, today, false)...)); err != nil {
		return s, err
	}
	return after, nil
}

// apply puts what is told on the subscription, and finds what is wrong with it.
func (s *Subscription) apply(in SubscriptionChange, customer *Customer, today Date) (problems []Problem) {
	refuse := func(path string, code Code, format string, args ...any) {
		problems = append(problems, Problem{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if in.CustomerID != nil {
		s.CustomerID = *in.CustomerID
		if customer == nil {
			refuse("customer", CodeCustomerNotFound, "There is no customer “%s”. Take the customer in first, or name another one.", *in.CustomerID)
		}
	}
	if m := in.MonthlyAmount; m != nil {
		s.MonthlyAmount = *m
		if m.Minor < 0 || m.Minor > MaxAmount {
			refuse("monthlyAmount", CodeValidation, "Correct the monthly amount: it is from 0 to %s.", Money{MaxAmount, m.Currency})
		}
	}
	if in.Start != nil {
		s.Start = *in.Start
		if s.Start.IsZero() {
			refuse("start", CodeValidation, "Tell the start date. Every subscription needs it.")
		}
	}
	if in.Length != nil {
		s.Length = *in.Length
		if s.Length < 1 || s.Length > MaxContractLength {
			refuse("length", CodeValidation, "Write the length of the contract as a whole number of months from 1 to %d.", MaxContractLength)
		}
	}
	problems = append(problems, takeText("orderId", "order id", in.OrderID, &s.OrderID, maxExportID)...)
	problems = append(problems, takeText("product", "product", in.Product, &s.Product, maxExportText)...)
	problems = append(problems, takeText("sku", "SKU", in.SKU, &s.SKU, maxExportID)...)
	problems = append(problems, takeText("serial", "serial number", in.Serial, &s.Serial, maxExportID)...)
	return append(problems, s.applyStatus(in, today)...)
}

// applyStatus puts what is told about the end on a subscription whose dates are told
// already.
func (s *Subscription) applyStatus(in SubscriptionChange, today Date) []Problem {
	known := s.Status
	if problems := takeOneOf("status", "status", in.Status, &s.Status, SubscriptionStatuses); problems != nil {
		return problems
	}
	day := Date{}
	if in.EndedOn != nil {
		day = *in.EndedOn
	}
	switch {
	case known != SubscriptionActive && s.Status == SubscriptionActive:
		s.Status = known
		return []Problem{{Path: "status", Code: CodeAlreadyEnded,
			Message: fmt.Sprintf("%s has ended, or its end is set, on %s. That can't be undone; begin a new subscription instead.", s.ID, s.EndedOn)}}
	case s.Status == SubscriptionActive && !day.IsZero():
		return []Problem{{Path: "endedOn", Code: CodeValidation, Message: "An active subscription has not ended. Tell with the status how it ended, or leave the day out."}}
	case s.Status == SubscriptionActive:
		return nil
	case known == SubscriptionActive && s.Status == SubscriptionEndedCompleted && day.IsZero() && !today.Before(s.End()):
		s.Status = known // it follows from the dates
		return nil
	case in.EndedOn != nil && day.IsZero():
		return []Problem{{Path: "endedOn", Code: CodeValidation, Message: "Tell the day it ended. A subscription that has ended needs it."}}
	}
	return s.putEnd(day, today, in.EndsLate)
}

// putEnd sets the day an ended subscription ended: the one that is told, else the one
// that is known, else today or the contract's last day, whichever is earlier. An end that
// is told must not lie before the start, one that is not told moves with it. Neither must
// it lie after the last day, unless late or known already.
func (s *Subscription) putEnd(day, today Date, late bool) []Problem {
	refuse := func(format string, args ...any) []Problem {
		return []Problem{{Path: "endedOn", Code: CodeValidation, Message: fmt.Sprintf(format, args...)}}
	}
	if !day.IsZero() && day.Before(s.Start) {
		return refuse("%s lies before the start on %s. Tell a day from the start on.", day, s.Start)
	}
	if s.Start.IsZero() || s.Length < 1 || s.Length > MaxContractLength {
		return nil // which is refused: there is no last day
	}
	last := s.End().AddDays(-1)
	if last.Before(day) && !late && day != s.EndedOn {
		return refuse("%s lies after the last day of the contract, %s. Tell a day up to that one.", day, last)
	}
	if last.Before(today) {
		today = last
	}
	s.EndedOn = cmp.Or(day, s.EndedOn, today)
	if s.EndedOn.Before(s.Start) {
		s.EndedOn = s.Start
	}
	return nil
}

// refusals finds what the rules don't let anybody change.
func (s Subscription) refusals(in SubscriptionChange, billed Billed) (problems []Problem) {
	refuse := func(path string, code Code, format string, args ...any) {
		problems = append(problems, Problem{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	months := billedMonths(s, billed)
	switch {
	case in.CustomerID == nil || *in.CustomerID == s.CustomerID:
	case months > 0:
		refuse("customer", CodeHasInvoices, "%s has been billed to customer %s and can't go to another. End it and begin a new subscription.", s.ID, s.CustomerID)
	case s.GroupID != "":
		refuse("customer", CodeSubscriptionAlreadyGrouped, "%s is in a billing group of customer %s. Take it out of the group before it goes to another customer.", s.ID, s.CustomerID)
	}
	if in.Start != nil && *in.Start != s.Start && months > 0 {
		refuse("start", CodeHasInvoices, "%s has been billed from its start on %s, which can't change any more. Put that date back.", s.ID, s.Start)
	}
	if in.Length != nil && *in.Length < months {
		refuse("length", CodeHasInvoices, "%s has been billed up to month %d of its contract. Write %d months or more.", s.ID, months, months)
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
