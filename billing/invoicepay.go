package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The longest texts about a payment, in characters.
const (
	MaxPaymentMethod    = 60
	MaxPaymentReference = 140 // what fits a bank transfer
	MaxPaymentNotes     = 2000
	MaxInvoiceReason    = 500
)

// prepaidMonths is how many months before the one it bills an invoice may have been paid.
const prepaidMonths = 12

// MarkPaid is what somebody tells who saw the money of an invoice come in.
type MarkPaid struct {
	// On is the day it came; zero is today.
	On                       Date
	Method, Reference, Notes string
	// By names who tells it.
	By string
}

// Check decides what can be decided without an invoice: the texts, and that the day is
// not ahead. VALIDATION_ERROR with path paidOn, method, reference or notes.
func (in MarkPaid) Check(today Date) error {
	_, problems := in.clean(today)
	return Refuse(problems)
}

func (in MarkPaid) clean(today Date) (MarkPaid, []Problem) {
	problems := takeText("method", "way it was paid", &in.Method, &in.Method, MaxPaymentMethod)
	problems = append(problems, takeText("reference", "reference", &in.Reference, &in.Reference, MaxPaymentReference)...)
	in.Notes = strings.TrimSpace(in.Notes)
	if err := checkText(in.Notes, MaxPaymentNotes); err != nil {
		problems = append(problems, Problem{Path: "notes", Code: CodeValidation, Message: fmt.Sprintf("Correct the notes: %s.", err)})
	}
	in.On = cmp.Or(in.On, today)
	if today.Before(in.On) {
		problems = append(problems, Problem{Path: "paidOn", Code: CodeValidation, Message: fmt.Sprintf("%s lies ahead. Enter the day the money came, today at the latest.", in.On.Words())})
	}
	return in, problems
}

// MarkPaid records that an invoice was paid, as somebody tells: a pending one, or one
// that could not be collected. It may have been paid before it was issued, up to a year
// before the month it bills.
//
// ALREADY_PAID, PAYMENT_CANCELLED, or PAYMENT_PROCESSING while a provider collects it,
// which says itself how that ends. Else VALIDATION_ERROR as of [MarkPaid.Check].
func (i Invoice) MarkPaid(in MarkPaid, today Date) (Invoice, error) {
	if err := i.payable(); err != nil {
		return i, err
	}
	if i.Status == InvoiceProcessing {
		return i, i.refuse(CodePaymentProcessing, "%s is being collected by the payment provider, which tells how that ends. Wait for it.")
	}
	in, problems := in.clean(today)
	if earliest := i.Period.Add(-prepaidMonths).First(); in.On.Before(earliest) {
		problems = append(problems, Problem{Path: "paidOn", Code: CodeValidation,
			Message: fmt.Sprintf("%s lies long before %s, which the invoice bills. Enter a day from %s on.", in.On.Words(), i.Period.Words(), earliest.Words())})
	}
	if err := Refuse(problems); err != nil {
		return i, err
	}
	i.Payment = InvoicePayment{On: in.On, Amount: i.Open(), ByHand: true, MarkedBy: in.By, Method: in.Method, Reference: in.Reference, Notes: in.Notes}
	i.Status = InvoicePaid
	return i, nil
}

// payable refuses what has come to its end: ALREADY_PAID or PAYMENT_CANCELLED.
func (i Invoice) payable() error {
	switch i.Status {
	case InvoicePaid:
		return i.refuse(CodeAlreadyPaid, "%s is paid already.")
	case InvoiceCancelled:
		return i.refuse(CodePaymentCancelled, "%s is cancelled: nothing is to be paid any more.")
	}
	return nil
}

// Reopen takes back that somebody marked an invoice paid, for a reason: it is pending
// again, or cancelled where all of it was credited meanwhile. NOT_PAID_BY_HAND refuses
// any other invoice; VALIDATION_ERROR has path reason.
func (i Invoice) Reopen(reason string) (Invoice, error) {
	if i.Status != InvoicePaid || !i.Payment.ByHand {
		return i, i.refuse(CodeNotPaidByHand, "%s was not marked paid by hand. Only such an invoice can be reopened.")
	}
	if _, err := CleanReason(reason); err != nil {
		return i, err
	}
	i.Status, i.Payment = InvoicePending, InvoicePayment{}
	return i.settled(), nil
}

// ProviderStatuses are the states that a payment provider can tell of an invoice.
var ProviderStatuses = []InvoiceStatus{InvoiceProcessing, InvoiceFailed, InvoicePaid}

// SetStatus records what a payment provider tells of an invoice: processing, failed, or
// paid on a day. What it has told already changes nothing. One that can't be collected,
// and was wholly credited meanwhile, is cancelled. The reason may be "".
//
// ALREADY_PAID or PAYMENT_CANCELLED where it has come to its end; VALIDATION_ERROR with
// path status or reason.
func (i Invoice) SetStatus(status InvoiceStatus, reason string, today Date) (Invoice, error) {
	if err := i.payable(); err != nil {
		return i, err
	}
	var problems []Problem
	if !slices.Contains(ProviderStatuses, status) {
		problems = append(problems, Problem{Path: "status", Code: CodeValidation, Message: fmt.Sprintf("Choose %s as the status.", alternatives(ProviderStatuses))})
	}
	if err := checkLine(oneLine(reason), MaxInvoiceReason); err != nil {
		problems = append(problems, Problem{Path: "reason", Code: CodeValidation, Message: fmt.Sprintf("Correct the reason: %s.", err)})
	}
	if err := Refuse(problems); err != nil {
		return i, err
	}
	collected := i.Payment.Amount
	if i.Status != InvoiceProcessing {
		collected = i.Open()
	}
	i.Status = status
	switch status {
	case InvoiceProcessing:
		i.Payment = InvoicePayment{Amount: collected}
	case InvoicePaid:
		i.Payment = InvoicePayment{On: today, Amount: collected}
	default:
		i.Payment = InvoicePayment{}
	}
	return i.settled(), nil
}

// settled makes an invoice cancelled that is neither paid nor being collected, and of
// which nothing is left to pay.
func (i Invoice) settled() Invoice {
	if (i.Status == InvoicePending || i.Status == InvoiceFailed) && i.Credited == i.Total {
		i.Status = InvoiceCancelled
	}
	return i
}

// Refund answers what was paid and then credited, in minor units: it is owed to the
// customer. What was credited before was not asked for any more.
func (i Invoice) Refund() int64 {
	if i.Status != InvoicePaid {
		return 0
	}
	return i.Payment.Amount - (i.Total - i.Credited)
}

// refuse makes a refusal whose sentence names the invoice.
func (i Invoice) refuse(code Code, format string) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, i.Number)}
}

// oneLine puts a text on one line, with single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// CleanReason answers a reason as it is kept and printed: on one line. VALIDATION_ERROR
// with path reason where it is blank, or can't be printed.
func CleanReason(reason string) (string, error) {
	line, err := cleanLine(oneLine(reason), MaxInvoiceReason)
	if err != nil {
		return "", Refuse([]Problem{{Path: "reason", Code: CodeValidation, Message: fmt.Sprintf("Give a reason: %s.", err)}})
	}
	return line, nil
}
