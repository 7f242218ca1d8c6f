package views

import (
	"cmp"
	"maps"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"billfold/billing"
)

// InvoiceAct is the page on which something is done to an invoice: what follows, and a
// form that holds what was typed.
type InvoiceAct struct {
	Invoice billing.Invoice
	Today   billing.Date
	Form    InvoiceForm
	// Nothing says why it can't be done, or is ""; NothingText says more.
	Nothing, NothingText string
	// Table is what there is to credit, and Note what the ticked lines come to, nil where
	// none is ticked.
	Table CreditTable
	Note  *billing.CreditNote
	// Again is when and how the lines would be billed again that the act credits.
	Again []billing.BilledAgain
	// Valid tells that nothing stands against the form as it is filled in.
	Valid bool
	// Changes are what was done since the page was made that the form came from.
	Changes  []ActivityLine
	Problems Problems
}

// InvoiceForm is what was typed about an invoice. Every field is named after the path of
// the domain's problems with it.
type InvoiceForm struct {
	PaidOn, Method, Reference, Notes string
	// Reason is why something is taken back, and Again what becomes of it then.
	Reason, Again string
}

// The answers to the question what becomes of credited lines.
const (
	AgainWaive = "waive"
	AgainBill  = "bill"
)

// paymentMethods are the ways to pay that the form offers.
var paymentMethods = []string{"Bank transfer", "Direct debit", "Card", "Cash", "Cheque", "Other"}

// InvoiceVersion tells when an invoice was last changed, as a form carries it.
func InvoiceVersion(i billing.Invoice) int { return int(i.UpdatedAt.UnixMilli()) }

// InvoiceCrumbs lead to a page about an invoice.
func InvoiceCrumbs(i billing.Invoice, here string) []Crumb {
	return []Crumb{{"Invoices", InvoicesURL(nil)}, {i.Number, InvoiceURL(i.ID)}, {Text: here}}
}

// minor writes an amount of the invoice, given in minor units.
func (a InvoiceAct) minor(amount int64) string { return FormatMoney(a.Invoice.Money(amount)) }

// paying says what follows of marking the invoice as paid.
func (a InvoiceAct) paying() []string {
	list := []string{a.minor(a.Invoice.Open()) + " from " + a.Invoice.Buyer.Name() + " counts as received, and nothing is left to pay."}
	if a.Invoice.Overdue(a.Today) {
		list = append(list, "It is overdue since "+FormatDate(a.Invoice.Due)+", and then is no longer.")
	}
	return append(list, "No money is moved: this only records that it came.", "If it turns out to be a mistake, you can reopen the invoice.")
}

// paymentFields are the fields about a payment that was received.
func (f InvoiceForm) paymentFields(problems Problems) []FieldArgs {
	methods := make([]Option, len(paymentMethods))
	for i, m := range paymentMethods {
		methods[i] = Option{m, m}
	}
	return []FieldArgs{
		{ID: "paidOn", Label: "Day the money came", Type: "date", Value: f.PaidOn, Short: true, Error: problems.On("paidOn")},
		{ID: "method", Label: "Way it was paid", Type: "select", Options: methods, Value: f.Method, Error: problems.On("method")},
		{ID: "reference", Label: "Reference", Hint: "For example the number of the bank statement.", Value: f.Reference, Optional: true, Error: problems.On("reference"), Attrs: noSuggestions},
		{ID: "notes", Label: "Notes", Hint: "For your colleagues; the customer does not see them.", Type: "textarea", Value: f.Notes, Optional: true, Error: problems.On("notes")},
	}
}

// noSuggestions keep a browser from offering what was typed elsewhere.
var noSuggestions = templ.Attributes{"autocomplete": "off"}

func (a InvoiceAct) reasonField(hint string) FieldArgs {
	return FieldArgs{ID: "reason", Label: "Reason", Hint: hint, Type: "textarea", Value: a.Form.Reason, Error: a.Problems.On("reason")}
}

// focused gives a field the focus when the page opens.
func focused(f FieldArgs) FieldArgs {
	f.Attrs = templ.Attributes{"autofocus": true}
	return f
}

func (a InvoiceAct) againChoice() ChoicesArgs {
	return ChoicesArgs{ID: "again", Label: "What becomes of the credited lines?", Value: a.Form.Again, Error: a.Problems.On("again"), Options: []Choice{
		{AgainWaive, "Waive them", "Nobody is asked for these months again."},
		{AgainBill, "Bill them again", "They are billed for the same month once more, with the amounts and the address known then."},
	}}
}

// reopening is the question before an invoice is reopened.
func (a InvoiceAct) reopening() ConfirmArgs {
	i := a.Invoice
	paid := "It was marked as paid on " + FormatDate(i.Payment.On)
	if i.Payment.MarkedBy != "" {
		paid = i.Payment.MarkedBy + " marked it as paid on " + FormatDate(i.Payment.On)
	}
	for _, detail := range []string{i.Payment.Method, i.Payment.Reference} {
		if detail != "" {
			paid += ", " + detail
		}
	}
	follows := a.minor(i.Total-i.Credited) + " is to be paid again, due on " + FormatDate(i.Due) + "."
	if i.Credited == i.Total {
		follows = "All of it was credited since, so it becomes cancelled."
	} else if i.Due.Before(a.Today) {
		follows += " That is " + InDays(a.Today, i.Due) + ", so it is overdue at once."
	}
	return ConfirmArgs{
		Title: "Reopen " + i.Number + "?", Crumbs: InvoiceCrumbs(i, "Reopen"), Action: InvoiceReopenURL(i.ID), Verb: "Reopen invoice", Gentle: true,
		Cancel: "Leave it paid", CancelURL: InvoiceURL(i.ID), Hidden: a.version(),
		Consequences: []string{paid + ".", follows, "Date, method, reference and notes are cleared; the activity keeps them."},
		Fields:       Field(focused(a.reasonField("Why it is not paid after all. Only your colleagues see it."))),
	}
}

// cancelling is the question before an invoice is cancelled.
func (a InvoiceAct) cancelling() ConfirmArgs {
	i := a.Invoice
	left := len(i.Uncredited())
	which := "all " + Plural(left, "line", "lines")
	switch {
	case left == 1:
		which = "its line"
	case left < len(i.Lines):
		which = "the " + Plural(left, "line that is", "lines that are") + " left"
	}
	return ConfirmArgs{
		Title: "Cancel " + i.Number + "?", Crumbs: InvoiceCrumbs(i, "Cancel"), Action: InvoiceCancelURL(i.ID), Verb: "Cancel invoice",
		Cancel: "Keep the invoice", CancelURL: InvoiceURL(i.ID), Hidden: a.version(),
		Consequences: append(append([]string{
			i.Buyer.Name() + " gets a credit note over " + which + " today: " + a.minor(i.Open()) + ".",
			"Nothing is left to pay. The invoice stays in the list as cancelled, with its credit note.",
		}, InvoiceAct{Again: a.Again, Today: a.Today}.then(left)...), "A credit note can’t be taken back."),
		Fields: cancelFields(a),
	}
}

// version is what the form was made from.
func (a InvoiceAct) version() url.Values {
	return url.Values{"version": {strconv.Itoa(InvoiceVersion(a.Invoice))}}
}

// CreditTable is the table to choose lines from: one page of those that match the filter.
type CreditTable struct {
	// MemberTable has the steps and counts; its Rows stay empty.
	MemberTable
	Lines []CreditRow
}

// CreditRow is one line to credit, or not.
type CreditRow struct {
	billing.InvoiceLine
	Ticked bool
	// Problem is what was wrong with choosing it, or "".
	Problem string
}

func (r CreditRow) available() bool { return r.CreditNumber == "" }

func (t CreditTable) linesText() string {
	if t.Matching == 0 {
		return "No line matches."
	}
	return "Lines " + FormatNumber(t.From) + " to " + FormatNumber(t.To) + " of " + FormatNumber(t.Matching)
}

// crediting says what follows of crediting the ticked lines.
func (a InvoiceAct) crediting() []string {
	after := a.Invoice.With(*a.Note)
	lines := Plural(len(a.Note.Lines), "line", "lines")
	list := []string{"A credit note over " + lines + " is issued today."}
	list = append(list, a.then(len(a.Note.Lines))...)
	switch after.Status {
	case billing.InvoicePaid:
		list = append(list, "The invoice is paid: "+a.Invoice.Buyer.Name()+" is owed "+a.minor(a.Note.Total)+" back. Nothing is paid out from here.")
	case billing.InvoiceCancelled:
		list = append(list, "Nothing is left to pay: the invoice becomes cancelled.")
	default:
		list = append(list, a.minor(after.Open())+" of "+a.minor(a.Invoice.Total)+" stays open.")
	}
	return list
}

// then says what becomes of so many credited lines, in either way while none is chosen.
func (a InvoiceAct) then(lines int) []string {
	switch a.Form.Again {
	case AgainWaive:
		return []string{Word(lines, "The line is waived: nobody is asked for it again.", "The lines are waived: nobody is asked for them again.")}
	case AgainBill:
		return []string{BilledAgainText(lines, a.Again, a.Today)}
	}
	these := Word(lines, "it", "them")
	return []string{"If you waive " + these + ": nobody is asked for " + these + " again.", ifBilledAgainText(lines, a.Again, a.Today)}
}

// InvoicePayMany is the page that marks several invoices as paid.
type InvoicePayMany struct {
	// Rows are those that can be, and Refused the others.
	Rows    []InvoiceListRow
	Refused []InvoiceRefused
	// IDs are all that were ticked, and From is the query of the list they were ticked in.
	IDs      []string
	From     url.Values
	Today    billing.Date
	Total    billing.Money
	Form     InvoiceForm
	Problems Problems
}

// InvoiceRefused is an invoice that can't be marked as paid, and why. Of one that is not
// there the number is missing.
type InvoiceRefused struct{ ID, Number, Reason string }

func (r InvoiceRefused) name() string { return cmp.Or(r.Number, r.ID) }

// backURL is the list with the same ticks.
func (m InvoicePayMany) backURL() string {
	query := url.Values{ListTick: m.IDs}
	maps.Copy(query, m.From)
	return InvoicesURL(query)
}

// hidden is what the form takes along.
func (m InvoicePayMany) hidden() url.Values {
	return url.Values{"i": m.IDs, InvoicesPayFrom: {m.From.Encode()}}
}

func (m InvoicePayMany) paying() []string {
	list := []string{Plural(len(m.Rows), "invoice counts", "invoices count") + " as paid: " + FormatMoney(m.Total) + "."}
	if n := len(m.Refused); n > 0 {
		list = append(list, Plural(n, "ticked invoice stays", "ticked invoices stay")+" as "+Word(n, "it is", "they are")+".")
	}
	return append(list, "No money is moved: this only records that it came.", "Each can be reopened, if it turns out to be a mistake.")
}
