package views

import (
	"cmp"
	"net/url"

	"billfold/billing"
)

// InvoiceList is the page of all invoices.
type InvoiceList struct {
	Listing
	Rows    []InvoiceListRow
	Figures InvoiceFigures
	Today   billing.Date
	// Ticked counts the ticked rows, on whatever page they are; TickedOpen is what is open
	// of them.
	Ticked     int
	TickedOpen billing.Money
	// TickFirst tells that they were to be marked as paid while none is ticked.
	TickFirst bool
}

// InvoiceListRow is one invoice in a list.
type InvoiceListRow struct {
	billing.Invoice
	Customer billing.Customer
	// GroupDeleted tells that the group it is of is there no more.
	GroupDeleted bool
	// Line is what is shown of an individual invoice, or of the one subscription that a
	// list is about.
	Line   billing.InvoiceLine
	Ticked bool
}

// InvoiceFigure is how many invoices there are of some kind, and what they come to.
type InvoiceFigure struct {
	Invoices int
	Amount   billing.Money
}

// InvoiceFigures are what all invoices come to.
type InvoiceFigures struct{ Outstanding, Overdue, PaidThisMonth InvoiceFigure }

// The query parameters of the list of invoices, besides those of every list; two of its
// states that no invoice has as such; and the button that marks the ticked ones as paid, with the query of the
// list that its page leads back to.
const (
	InvoicesStatus  = "status"
	InvoicesPaidIn  = "paid"
	InvoicesDueFrom = "due-from"
	InvoicesDueTo   = "due-to"
	StatusOpen      = "open"
	StatusOverdue   = "overdue"
	InvoicesPay     = "pay"
	InvoicesPayFrom = "list"
)

// OutstandingURL lists what is to be paid still.
func OutstandingURL() string { return InvoicesURL(url.Values{InvoicesStatus: {StatusOpen}}) }

// OverdueURL lists what should have been paid, the longest overdue first.
func OverdueURL() string {
	return InvoicesURL(url.Values{InvoicesStatus: {StatusOverdue}, ListSort: {"due"}})
}

// PaidURL lists what was paid in a month.
func PaidURL(month billing.Period) string {
	return InvoicesURL(url.Values{InvoicesPaidIn: {month.String()}})
}

func (f InvoiceFigure) note() string { return invoices(f.Invoices) }

func (f InvoiceFigures) outstanding() Figure {
	return Figure{Label: "Outstanding", Value: FormatWholeMoney(f.Outstanding.Amount), Note: f.Outstanding.note(), URL: OutstandingURL()}
}

func (f InvoiceFigures) overdue() Figure {
	figure := Figure{Label: "Overdue", Value: FormatWholeMoney(f.Overdue.Amount), Note: f.Overdue.note(), URL: OverdueURL()}
	if f.Overdue.Invoices > 0 {
		figure.Tone = Bad
	}
	return figure
}

func (l InvoiceList) figures() []Figure {
	month := l.Today.Period()
	paid := l.Figures.PaidThisMonth
	return []Figure{l.Figures.outstanding(), l.Figures.overdue(),
		{Label: "Paid in " + monthName(month), Value: FormatWholeMoney(paid.Amount), Note: paid.note(), URL: PaidURL(month)}}
}

func (l InvoiceList) tickedText() string {
	switch {
	case l.Ticked == 0 && l.TickFirst:
		return "Tick invoices first."
	case l.Ticked == 0:
		return "None selected"
	}
	return FormatNumber(l.Ticked) + " selected, " + FormatMoney(l.TickedOpen) + " open"
}

// Payable tells whether it can be marked as paid.
func (r InvoiceListRow) Payable() bool {
	return r.Status == billing.InvoicePending || r.Status == billing.InvoiceFailed
}

// what is what an individual invoice is for.
func (r InvoiceListRow) what() string { return cmp.Or(r.Line.Product, r.SubscriptionID) }

// kindText says of which kind it is, and how much or what is on it.
func (r InvoiceListRow) kindText() string {
	if r.Consolidated() {
		return "consolidated, " + Plural(r.LineCount, "line", "lines")
	}
	return cmp.Or(r.Line.Serial, "individual")
}

// overdueText says for how long it should have been paid, or "".
func (r InvoiceListRow) overdueText(today billing.Date) string {
	if !r.Overdue(today) {
		return ""
	}
	return Plural(r.Due.DaysUntil(today), "day", "days") + " late"
}

// InvoiceCard is the newest invoices about something, on its page.
type InvoiceCard struct {
	Rows  []InvoiceListRow
	Today billing.Date
	// Query lists them all.
	Query url.Values
	// OfLine shows what one subscription comes to on them, before tax that is added.
	OfLine bool
	// OfRun names the customers: they are a billing run's.
	OfRun bool
}

func (c InvoiceCard) title() string {
	if c.OfRun {
		return "Newest invoices"
	}
	return "Invoices"
}

// amount is what the card shows of an invoice.
func (c InvoiceCard) amount(r InvoiceListRow) billing.Money {
	if c.OfLine {
		return r.Money(r.Line.Amount)
	}
	return r.Money(r.Total)
}
