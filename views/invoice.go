package views

import (
	"net/url"
	"slices"
	"strconv"

	"billfold/billing"
)

// InvoiceView is the page of one invoice.
type InvoiceView struct {
	billing.Invoice
	Today    billing.Date
	Activity []ActivityLine
	// MayChange tells whether the user may do something about the invoice.
	MayChange bool
	Shown     PaperShown
	// Replaces are the invoices whose lines this one bills again, and Again those that bill
	// again what its credit notes took back, by the notes' numbers.
	Replaces []InvoiceLink
	Again    map[string][]InvoiceLink
}

// CreditNoteView is the page of one credit note of an invoice.
type CreditNoteView struct {
	Invoice billing.Invoice
	Note    billing.CreditNote
	Shown   PaperShown
	// Again are the invoices that bill again what it took back.
	Again []InvoiceLink
}

// InvoiceLink leads to another invoice that bills some of the same instalments.
type InvoiceLink struct {
	ID, Number string
	Lines      int
}

// maxInvoiceLinks is how many other invoices are named one by one.
const maxInvoiceLinks = 3

// notYet says how many lines of a note are still to be billed again, "" where none is.
func notYet(note billing.CreditNote, again []InvoiceLink) string {
	left := len(note.Lines)
	for _, link := range again {
		left -= link.Lines
	}
	if left <= 0 {
		return ""
	}
	return ", " + Plural(left, "line", "lines") + " still to be"
}

// PaperShown says which lines are shown of an invoice or credit note that has many.
type PaperShown struct {
	// From and To cut them out of all lines.
	From, To int
	// Pages leads to the others; AllURL to all at once, for printing. Empty where all are
	// shown.
	Pages  PagesArgs
	AllURL string
}

// LinesPage answers the part of an address that chooses a page of lines.
func LinesPage(number int) url.Values { return url.Values{"page": {strconv.Itoa(number)}} }

// AllLines answers the part of an address that chooses all lines.
func AllLines() url.Values { return url.Values{"lines": {"all"}} }

func (v InvoiceView) subtitle() string {
	return dotted(v.Buyer.Name(), v.GroupName, longPeriod(v.Period))
}

func (v InvoiceView) figures() []Figure {
	open := Figure{Label: "Open", Value: FormatMoney(v.Money(v.Open())), Note: v.openNote()}
	due := Figure{Label: "Due", Value: FormatDate(v.Due), Note: InDays(v.Today, v.Due)}
	if v.Overdue(v.Today) {
		open.Tone = Bad
	}
	if v.Open() == 0 {
		due.Note = Terms(v.Issued.DaysUntil(v.Due))
	}
	return []Figure{open, {Label: "Total", Value: FormatMoney(v.Money(v.Total)), Note: dotted(Plural(v.LineCount, "line", "lines"), taxText(v.Invoice))}, due}
}

// taxText names the tax of an invoice, or why there is none: "VAT 19 %", "Reverse charge".
func taxText(inv billing.Invoice) string {
	switch inv.Buyer.VATTreatment {
	case billing.VATReverseCharge:
		return "Reverse charge"
	case billing.VATExempt:
		return "Exempt"
	}
	return VATText(inv.VAT)
}

// openNote says how it comes that so much is open.
func (v InvoiceView) openNote() string {
	switch {
	case v.Status == billing.InvoicePaid && v.Total == 0:
		return "nothing was to be paid"
	case v.Status == billing.InvoicePaid && v.Refund() > 0:
		return "paid on " + FormatDate(v.Payment.On) + ", " + FormatMoney(v.Money(v.Refund())) + " owed back"
	case v.Status == billing.InvoicePaid:
		return "paid on " + FormatDate(v.Payment.On)
	case v.Status == billing.InvoiceCancelled:
		return "all of it was credited"
	case v.Credited > 0:
		return FormatMoney(v.Money(v.Credited)) + " credited"
	}
	return "nothing paid yet"
}

// mayPay, mayCredit, mayCancel and mayReopen tell what the invoice's state allows.
func (v InvoiceView) mayPay() bool {
	return v.Status == billing.InvoicePending || v.Status == billing.InvoiceFailed
}

func (v InvoiceView) mayCredit() bool {
	left := slices.ContainsFunc(v.Lines, func(l billing.InvoiceLine) bool { return l.CreditNumber == "" })
	return left && v.Status != billing.InvoiceProcessing
}

func (v InvoiceView) mayCancel() bool { return v.mayPay() }
func (v InvoiceView) mayReopen() bool { return v.Status == billing.InvoicePaid && v.Payment.ByHand }

// missing answers what an invoice has to tell of the seller and does not.
func (v InvoiceView) missing() []string {
	var missing []string
	if v.Seller.Address.Street == "" || v.Seller.Address.City == "" {
		missing = append(missing, "the seller’s address")
	}
	if v.Seller.VATID == "" && v.Seller.TaxNumber == "" {
		missing = append(missing, "the seller’s VAT ID or tax number")
	}
	return missing
}

// fate is the tile that says what became of what a note took back.
func (v CreditNoteView) fate() Figure {
	f := Figure{Label: "What it charged is", Value: Capital(creditWords(v.Note.Kind))}
	if len(v.Again) > 0 && notYet(v.Note, v.Again) == "" {
		f.Value = "Billed again"
	}
	return f
}

// timeline is what was done about an invoice, with its beginning: it was issued.
func (v InvoiceView) timeline() []ActivityLine {
	return append(slices.Clip(v.Activity), ActivityLine{On: v.Issued, Text: "Issued by", Link: "billing run of " + FormatDate(v.Issued), URL: BillingRunURL(v.RunID)})
}

// creditWords say in few words what became of what a note took back.
func creditWords(kind billing.CreditKind) string {
	switch kind {
	case billing.CreditAgain:
		return "to be billed again"
	case billing.CreditEnded:
		return "the contract had ended"
	}
	return "waived"
}

// paymentFacts say how an invoice was paid.
func (v InvoiceView) paymentFacts() []paperFact {
	marked := v.Payment.MarkedBy
	if !v.Payment.ByHand {
		marked = ""
	}
	return given([]paperFact{
		{"Paid on", FormatDate(v.Payment.On)}, {"Method", v.Payment.Method}, {"Reference", v.Payment.Reference},
		{"Marked by", marked}, {"Notes", v.Payment.Notes},
	})
}
