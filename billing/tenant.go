package billing

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without time zones must not bill on another day
)

// Tenant is one business unit that runs the console. Nothing crosses tenants.
type Tenant struct {
	ID   string
	Name string
	// Currency is fixed when the tenant is made: every amount is in it.
	Currency Currency
	// Zone is the time zone whose calendar days the tenant bills by.
	Zone *time.Location
	VAT  VAT
	// PaymentTerms are the days a business customer has to pay, where it has no
	// terms of its own.
	PaymentTerms int
	// InvoicePrefix begins every invoice number.
	InvoicePrefix string
	// CutOver is the day of the first import; what lies before was billed elsewhere.
	// Zero until then.
	CutOver Date
	// Seller is what is printed about the tenant on its invoices.
	Seller Seller
	// AddressRequired sets aside what is due of a customer without an address.
	AddressRequired bool
	// Automatic tells that the server bills by itself what is due.
	Automatic bool
	// TwoFactorRequired lets people in only who sign in with two factors.
	TwoFactorRequired bool
	// LastIssued is the day of its newest invoice or credit note, zero before the first.
	// Its today never goes back behind it.
	LastIssued Date
	// Version rises with every change of its settings.
	Version int
}

// TenantInput is what a person types to make a business unit.
type TenantInput struct {
	Name, Currency, Zone, VATMode, VATRate, PaymentTerms string
}

// TenantTerms are the payment terms a tenant can choose as its default, in days.
var TenantTerms = []string{"0", "7", "14", "30"}

// NewTenant checks the input for a business unit. All problems are told at once,
// each VALIDATION_ERROR with path name, currency, timezone, vatMode, vatRate or terms.
func NewTenant(in TenantInput) (Tenant, error) {
	var t Tenant
	problems := t.apply(in)
	t.InvoicePrefix = initials(t.Name)
	return t, Refuse(problems)
}

// apply puts what is typed on the tenant, and finds what is wrong with it. A currency
// stays once there is one.
func (t *Tenant) apply(in TenantInput) (problems []Problem) {
	var err error
	refuse := func(path, message string) {
		problems = append(problems, Problem{Path: path, Code: CodeValidation, Message: message})
	}
	if t.Name, err = cleanLine(in.Name, 120); err != nil {
		refuse("name", "Name the business unit: "+err.Error()+".")
	}
	if t.Currency == "" {
		if t.Currency, err = ParseCurrency(in.Currency); err != nil {
			refuse("currency", err.Error()+".")
		}
	}
	if t.Zone, err = ParseZone(in.Zone); err != nil {
		refuse("timezone", err.Error()+".")
	}
	if t.VAT, err = ParseVAT(in.VATMode, in.VATRate); err != nil {
		path := "vatRate"
		if !slices.Contains([]VATMode{VATNone, VATExclusive, VATInclusive}, VATMode(strings.TrimSpace(in.VATMode))) {
			path = "vatMode"
		}
		message := err.Error() + "."
		if path == "vatRate" && strings.TrimSpace(in.VATRate) == "" {
			message = "Enter the VAT rate in percent, for example 19 or 7.7."
		}
		refuse(path, message)
	}
	if !slices.Contains(TenantTerms, in.PaymentTerms) {
		refuse("terms", "Choose payment terms of 0, 7, 14 or 30 days.")
	} else {
		fmt.Sscan(in.PaymentTerms, &t.PaymentTerms)
	}
	return problems
}

// ParseZone reads an IANA time zone name, such as Europe/Berlin.
func ParseZone(s string) (*time.Location, error) {
	s = strings.TrimSpace(s)
	zone, err := time.LoadLocation(s)
	if err != nil || s != "UTC" && !strings.Contains(s, "/") || strings.HasPrefix(s, ".") {
		return nil, fmt.Errorf("%q is not a time zone. Use its IANA name, for example Europe/Berlin", s)
	}
	return zone, nil
}

// initials proposes an invoice prefix: the first letters of up to three words.
func initials(name string) string {
	var b strings.Builder
	for _, word := range strings.Fields(strings.ToUpper(name)) {
		if r := word[0]; r >= 'A' && r <= 'Z' && b.Len() < 3 {
			b.WriteByte(r)
		}
	}
	if prefix, err := ParseInvoicePrefix(b.String()); err == nil {
		return prefix
	}
	return "INV"
}
