package billing

import (
	"errors"
	"fmt"
	"slices"
)

// CreditInput is what somebody asks to credit of an invoice, and why.
type CreditInput struct {
	// SubscriptionIDs choose the lines; repeated ones count once.
	SubscriptionIDs []string
	// Reason is printed on the credit note.
	Reason string
	// Again has the next run bill the instalments once more. Else they are waived.
	Again bool
}

func (in CreditInput) kind() CreditKind {
	if in.Again {
		return CreditAgain
	}
	return CreditWaived
}

// Credit decides a credit note over some lines of an invoice, paid or not. It has no id,
// number and time yet; [Invoice.With] says what it makes of the invoice.
//
// PAYMENT_PROCESSING while a provider collects the invoice, ALREADY_CANCELLED where no
// line is left of a cancelled one. Else all problems at once: SUBSCRIPTION_NOT_FOUND or
// VALIDATION_ERROR with path subscriptions[n] for a line that it does not have or that
// was credited before, VALIDATION_ERROR with path subscriptions where none is chosen,
// and with path reason.
func (i Invoice) Credit(in CreditInput, today Date) (CreditNote, error) {
	switch {
	case i.Status == InvoiceProcessing:
		return CreditNote{}, i.beingCollected("credit")
	case i.Status == InvoiceCancelled && len(i.Uncredited()) == 0:
		return CreditNote{}, i.alreadyCancelled()
	}
	lines, problems := i.chosen(in.SubscriptionIDs)
	reason, err := CleanReason(in.Reason)
	if rule, refused := errors.AsType[*Error](err); refused {
		problems = append(problems, rule.Problems...)
	}
	if err := Refuse(problems); err != nil {
		return CreditNote{}, err
	}
	return i.note(in.kind(), reason, lines, today), nil
}

// Cancel decides a credit note over all lines that are left of an invoice that is not
// paid; in names none. ALREADY_PAID, ALREADY_CANCELLED, PAYMENT_PROCESSING, or
// VALIDATION_ERROR with path reason.
func (i Invoice) Cancel(in CreditInput, today Date) (CreditNote, error) {
	switch i.Status {
	case InvoicePaid:
		return CreditNote{}, i.refuse(CodeAlreadyPaid, "%s is paid, so it can't be cancelled. Credit its lines instead; then a refund is owed.")
	case InvoiceCancelled:
		return CreditNote{}, i.alreadyCancelled()
	case InvoiceProcessing:
		return CreditNote{}, i.beingCollected("cancel")
	}
	reason, err := CleanReason(in.Reason)
	if err != nil {
		return CreditNote{}, err
	}
	return i.note(in.kind(), reason, i.Uncredited(), today), nil
}

// beingCollected refuses what is to be done, as a verb, while a provider collects.
func (i Invoice) beingCollected(verb string) error {
	return i.refuse(CodePaymentProcessing, "%s is being collected by the payment provider. Wait until that is done, then "+verb+" it.")
}

func (i Invoice) alreadyCancelled() error {
	return i.refuse(CodeAlreadyCancelled, "%s is cancelled already.")
}

// CreditEnded decides the credit note over the live lines whose instalments are not owed
// any more, because their contracts ended on the days that are given by subscription:
// whatever state the invoice is in. Lines that were waived before are left as they are: they
// are credited already, and live on, so that no run asks for them again should the end be
// corrected. Where there are only those, or none at all, it answers false.
func (i Invoice) CreditEnded(endedOn map[string]Date, today Date) (CreditNote, bool) {
	var lines []InvoiceLine
	var days []Date
	for _, line := range i.Lines {
		if day := endedOn[line.SubscriptionID]; line.endedBy(day) {
			lines, days = append(lines, line), append(days, day)
		}
	}
	if len(lines) == 0 {
		return CreditNote{}, false
	}
	first, last := slices.MinFunc(days, Date.Compare), slices.MaxFunc(days, Date.Compare)
	reason := fmt.Sprintf("The contract ended on %s.", first.Words())
	switch {
	case first != last:
		reason = fmt.Sprintf("The contracts ended from %s to %s.", first.Words(), last.Words())
	case len(lines) > 1:
		reason = fmt.Sprintf("The contracts ended on %s.", first.Words())
	}
	return i.note(CreditEnded, reason, lines, today), true
}

// endedBy tells whether a live line that nothing took back is for a service that begins on
// the day its contract ended, or later. A zero day is no end.
func (l InvoiceLine) endedBy(day Date) bool {
	return l.Live && l.CreditNumber == "" && !day.IsZero() && !l.From.Before(day)
}

// Uncredited answers the lines that no credit note has taken back.
func (i Invoice) Uncredited() []InvoiceLine {
	return slices.DeleteFunc(slices.Clone(i.Lines), func(l InvoiceLine) bool { return l.CreditNumber != "" })
}

// Live tells whether one of the lines is.
func (i Invoice) Live() bool {
	return slices.ContainsFunc(i.Lines, func(l InvoiceLine) bool { return l.Live })
}

// chosen answers the lines of subscriptions, in the invoice's order.
func (i Invoice) chosen(ids []string) (lines []InvoiceLine, problems []Problem) {
	if len(ids) == 0 {
		return nil, []Problem{{Path: "subscriptions", Code: CodeValidation, Message: "Choose at least one line to credit."}}
	}
	at := make(map[string]int, len(i.Lines))
	for n, line := range i.Lines {
		at[line.SubscriptionID] = n
	}
	wanted := make([]bool, len(i.Lines))
	for n, id := range ids {
		line, has := at[id]
		switch {
		case !has:
			problems = append(problems, Problem{Path: fmt.Sprintf("subscriptions[%d]", n), Code: CodeSubscriptionNotFound, Subject: id,
				Message: fmt.Sprintf("%s is not on %s. Leave it out.", id, i.Number)})
		case wanted[line]:
		case i.Lines[line].CreditNumber != "":
			problems = append(problems, Problem{Path: fmt.Sprintf("subscriptions[%d]", n), Code: CodeValidation, Subject: id,
				Message: fmt.Sprintf("%s was credited already, by %s. Leave it out.", id, i.Lines[line].CreditNumber)})
		default:
			wanted[line] = true
		}
	}
	for n, line := range i.Lines {
		if wanted[n] {
			lines = append(lines, line)
		}
	}
	return lines, problems
}

// note makes a credit note over lines. Each line takes back its own tax, so that the
// notes over all lines add up to the invoice.
func (i Invoice) note(kind CreditKind, reason string, lines []InvoiceLine, today Date) CreditNote {
	note := CreditNote{InvoiceID: i.ID, Kind: kind, Reason: reason, Issued: today, Lines: lines}
	for _, line := range lines {
		sum := i.VAT.line(line)
		note.Subtotal += sum.Subtotal
		note.Tax += sum.Tax
		note.Total += sum.Total
	}
	return note
}

// line answers what a line comes to, with the tax that is added to it or contained in it.
func (v VAT) line(l InvoiceLine) Totals {
	if v.Mode == VATInclusive {
		return Totals{Subtotal: l.Amount - l.Tax, Tax: l.Tax, Total: l.Amount}
	}
	return Totals{Subtotal: l.Amount, Tax: l.Tax, Total: l.Amount + l.Tax}
}

// With answers the invoice with a credit note of its own taken off. Lines of a note that
// is not waived live no more. One of which nothing is left to pay is cancelled, unless it
// was paid or is being collected.
func (i Invoice) With(note CreditNote) Invoice {
	credited := make(map[string]bool, len(note.Lines))
	for _, line := range note.Lines {
		credited[line.SubscriptionID] = true
	}
	i.Lines = slices.Clone(i.Lines)
	for n, line := range i.Lines {
		if credited[line.SubscriptionID] {
			i.Lines[n].CreditNumber = note.Number
			i.Lines[n].Live = line.Live && note.Kind == CreditWaived
		}
	}
	i.Credited += note.Total
	i.Credits = append(slices.Clip(i.Credits), note)
	return i.settled()
}
