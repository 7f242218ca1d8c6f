package billing

import (
	"cmp"
	"strings"
	"time"
)

// Seller is who sends the invoices, as it is printed on them.
type Seller struct {
	Name    string  `json:"name"`
	Address Address `json:"address"`
	VATID   string  `json:"vatId,omitempty"`
	// TaxNumber is the national one, where that is printed instead of a VAT id or beside it.
	TaxNumber string `json:"taxNumber,omitempty"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Bank      string `json:"bank,omitempty"`
	IBAN      string `json:"iban,omitempty"`
	BIC       string `json:"bic,omitempty"`
}

// PrintedSeller answers the tenant as it is printed on invoices: where no name is set for
// that, its own.
func (t Tenant) PrintedSeller() Seller {
	s := t.Seller
	s.Name = cmp.Or(s.Name, t.Name)
	return s
}

// MaxInvoice is the most that one invoice can come to, in minor units.
const MaxInvoice = 100_000_000_000_000

// Buyer is who an invoice goes to, as it is printed on it.
type Buyer struct {
	CustomerID string `json:"customerId"`
	// Company or Person may be "", not both.
	Company      string       `json:"company,omitempty"`
	Person       string       `json:"person,omitempty"`
	Email        string       `json:"email,omitempty"`
	Address      Address      `json:"address"`
	VATID        string       `json:"vatId,omitempty"`
	VATTreatment VATTreatment `json:"vatTreatment"`
}

// Name answers how the buyer is called.
func (b Buyer) Name() string { return cmp.Or(b.Company, b.Person, b.Email, b.CustomerID) }

// Buyer answers the customer as it is printed on an invoice.
func (c Customer) Buyer() Buyer {
	return Buyer{
		CustomerID: c.ID, Company: c.Company, Person: strings.TrimSpace(c.FirstName + " " + c.LastName), Email: c.Email,
		Address: c.Address, VATID: c.VATID, VATTreatment: cmp.Or(c.VATTreatment, VATStandard),
	}
}

// InvoiceStatus says how far an invoice is on its way to being paid.
type InvoiceStatus string

// The states of an invoice.
const (
	InvoicePending    InvoiceStatus = "pending"
	InvoiceProcessing InvoiceStatus = "processing" // a payment provider collects it
	InvoicePaid       InvoiceStatus = "paid"
	InvoiceFailed     InvoiceStatus = "failed"    // it could not be collected
	InvoiceCancelled  InvoiceStatus = "cancelled" // wholly credited, and not paid
)

// InvoiceStatuses lists every state there is.
var InvoiceStatuses = []InvoiceStatus{InvoicePending, InvoiceProcessing, InvoicePaid, InvoiceFailed, InvoiceCancelled}

// Invoice is one issued bill. It is frozen but for its state, its payment and what is
// credited of it.
type Invoice struct {
	ID string
	// Number is the one that is printed: "NL-2026-000001".
	Number     string
	CustomerID string
	// GroupID is set on a consolidated invoice, with the group's name and the customer's
	// reference as they were; SubscriptionID on an individual one.
	GroupID, GroupName, Reference string
	SubscriptionID                string

	Period Period
	// Turn is 1, and rises when the same group or subscription is billed again for the
	// same period.
	Turn        int
	Issued, Due Date
	Seller      Seller
	Buyer       Buyer
	Currency    Currency
	VAT         VAT
	Totals
	// LineCount is how many lines there are, also where Lines are not read.
	LineCount int
	Lines     []InvoiceLine
	// RunID is the billing run that issued it.
	RunID string

	Status InvoiceStatus
	// Credited is what credit notes took back, with tax, in minor units.
	Credited int64
	Payment  InvoicePayment
	// Credits are the credit notes, oldest first, also where their lines are not read.
	Credits []CreditNote

	CreatedAt, UpdatedAt time.Time
}

// InvoiceLine is one billed instalment.
type InvoiceLine struct {
	SubscriptionID  string
	Product, Serial string
	// From is the first day served, To the day after the last.
	From, To Date
	// Amount is before tax that is added, and with tax that is contained; Tax is its share
	// of the invoice's. Both are in minor units.
	Amount, Tax int64
	// CreditNumber is the credit note that took it back, or "".
	CreditNumber string
	// Live tells that its instalment counts as billed.
	Live bool
}

// Description answers what the line is for.
func (l InvoiceLine) Description() string {
	if l.Serial == "" {
		return cmp.Or(l.Product, l.SubscriptionID)
	}
	return cmp.Or(l.Product, l.SubscriptionID) + ", " + l.Serial
}

// InvoicePayment says when and how an invoice was paid. It is zero until then, but that
// it has the amount while a provider collects it.
type InvoicePayment struct {
	On Date
	// Amount is what was open when it was paid, or when the provider began to collect it,
	// in minor units.
	Amount int64
	// ByHand tells that somebody marked it paid, who is MarkedBy by name.
	ByHand                             bool
	MarkedBy, Method, Reference, Notes string
}

// CreditKind says what becomes of credited instalments.
type CreditKind string

// The kinds of credit note.
const (
	CreditWaived CreditKind = "waived"     // they are not asked for any more
	CreditAgain  CreditKind = "bill again" // the next run bills them again
	CreditEnded  CreditKind = "ended"      // they are not owed: the contract ended before
)

// CreditNote takes back whole lines of one invoice.
type CreditNote struct {
	ID string
	// Number is the one that is printed: "NL-CN-2026-000001".
	Number    string
	InvoiceID string
	Kind      CreditKind
	Reason    string
	Issued    Date
	Totals
	Lines []InvoiceLine
	// CreatedBy names who made it.
	CreatedBy string
	CreatedAt time.Time
}

// Money answers an amount of the invoice, given in minor units, with its currency.
func (i Invoice) Money(minor int64) Money { return Money{minor, i.Currency} }

// Consolidated tells whether a group's invoice it is.
func (i Invoice) Consolidated() bool { return i.GroupID != "" }

// Open answers what is still to be paid, in minor units: nothing once it is paid or
// cancelled.
func (i Invoice) Open() int64 {
	if i.Status == InvoicePaid || i.Status == InvoiceCancelled {
		return 0
	}
	return i.Total - i.Credited
}

// Overdue tells whether it should have been paid before a day.
func (i Invoice) Overdue(today Date) bool {
	return (i.Status == InvoicePending || i.Status == InvoiceFailed) && i.Due.Before(today)
}
