package billing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxPrefix is the longest invoice prefix, in characters.
const maxPrefix = 12

// TenantChange is what a person types to change a business unit: all of it but the
// currency, which never changes.
type TenantChange struct {
	Name string
	// Seller is what is printed on invoices. Each of its texts may be blank.
	Seller Seller

	InvoicePrefix, PaymentTerms, VATMode, VATRate, Zone string
	// CutOver is a date, blank only before one is set.
	CutOver string

	AddressRequired, Automatic, TwoFactorRequired bool

	// ByTwoFactor tells whether who changes it signs in with two factors. It is not typed.
	ByTwoFactor bool
}

// Change decides a change of the business unit's settings on a day. They hold for
// invoices issued from then on. One that nothing changes about compares equal.
//
// It finds all problems at once: VALIDATION_ERROR with path name, sellerName, street,
// postalCode, city, country, vatId, taxNumber, email, phone, bank, iban, bic,
// invoicePrefix, terms, vatMode, vatRate, timezone, cutOver or twoFactorRequired, and
// HAS_INVOICES with path cutOver: what is billed here begins with the cut-over day, so it
// stays from the first invoice on. Two-factor sign-in is required only by somebody who
// has it: nobody locks others out, or themselves, by a switch they have not tried.
func (t Tenant) Change(in TenantChange, today Date) (Tenant, error) {
	after := t
	problems := after.apply(TenantInput{Name: in.Name, Zone: in.Zone, VATMode: in.VATMode, VATRate: in.VATRate, PaymentTerms: in.PaymentTerms})
	problems = append(problems, after.Seller.apply(in.Seller)...)
	var err error
	if after.InvoicePrefix, err = ParseInvoicePrefix(in.InvoicePrefix); err != nil {
		problems = append(problems, Problem{Path: "invoicePrefix", Code: CodeValidation, Message: err.Error() + "."})
	}
	problems = append(problems, after.applyCutOver(in.CutOver, today)...)
	if in.TwoFactorRequired && !t.TwoFactorRequired && !in.ByTwoFactor {
		problems = append(problems, Problem{Path: "twoFactorRequired", Code: CodeValidation,
			Message: "Set up two-factor sign-in for yourself first, under “Your account”. Then require it of everybody."})
	}
	if err := Refuse(problems); err != nil {
		return t, err
	}
	after.TwoFactorRequired = in.TwoFactorRequired
	after.AddressRequired, after.Automatic = in.AddressRequired, in.Automatic
	if after.Zone.String() == t.Zone.String() {
		after.Zone = t.Zone // the same time zone, read twice, is two values
	}
	return after, nil
}

// apply puts what is typed on the seller, and finds what is wrong with it.
func (s *Seller) apply(in Seller) (problems []Problem) {
	for _, text := range []struct {
		path, what string
		typed      string
		field      *string
	}{
		{"sellerName", "name on invoices", in.Name, &s.Name},
		{"street", "street", in.Address.Street, &s.Address.Street},
		{"postalCode", "postal code", in.Address.PostalCode, &s.Address.PostalCode},
		{"city", "city", in.Address.City, &s.Address.City},
		{"country", "country", in.Address.Country, &s.Address.Country},
		{"taxNumber", "tax number", in.TaxNumber, &s.TaxNumber},
		{"phone", "phone number", in.Phone, &s.Phone},
		{"bank", "bank", in.Bank, &s.Bank},
	} {
		problems = append(problems, takeText(text.path, text.what, &text.typed, text.field, maxExportText)...)
	}
	for _, code := range []struct {
		path, typed string
		parse       func(string) (string, error)
		field       *string
	}{
		{"vatId", in.VATID, ParseVATID, &s.VATID}, {"email", in.Email, ParseEmail, &s.Email}, {"iban", in.IBAN, ParseIBAN, &s.IBAN}, {"bic", in.BIC, ParseBIC, &s.BIC},
	} {
		*code.field = ""
		if strings.TrimSpace(code.typed) == "" {
			continue
		}
		value, err := code.parse(code.typed)
		if err != nil {
			problems = append(problems, Problem{Path: code.path, Code: CodeValidation, Message: err.Error() + "."})
		}
		*code.field = value
	}
	return problems
}

var prefixShape = regexp.MustCompile(`^[A-Z0-9]+(-[A-Z0-9]+)*$`)

// ParseInvoicePrefix reads what invoice numbers begin with: up to 12 letters from A to Z
// and digits, with single hyphens between them, in capitals. No part of it is CN, by
// which the numbers of credit notes are told from those of invoices.
func ParseInvoicePrefix(s string) (string, error) {
	prefix := strings.ToUpper(strings.TrimSpace(s))
	switch {
	case prefix == "" || len(prefix) > maxPrefix || !prefixShape.MatchString(prefix):
		return "", fmt.Errorf("%q can't begin invoice numbers. Use up to %d letters from A to Z and digits, with hyphens only between them", prefix, maxPrefix)
	case slices.Contains(strings.Split(prefix, "-"), "CN"):
		return "", fmt.Errorf("%q can't begin invoice numbers: CN marks those of credit notes. Leave it out", prefix)
	}
	return prefix, nil
}

// applyCutOver puts a typed cut-over day on the tenant, and finds what is wrong with it.
func (t *Tenant) applyCutOver(typed string, today Date) []Problem {
	refuse := func(code Code, format string, args ...any) []Problem {
		return []Problem{{Path: "cutOver", Code: code, Message: fmt.Sprintf(format, args...)}}
	}
	typed = strings.TrimSpace(typed)
	if typed == t.CutOver.String() {
		return nil
	}
	day, err := ParseDate(typed)
	switch {
	case !t.LastIssued.IsZero():
		return refuse(CodeHasInvoices, "The cut-over day stays %s: invoices have been issued. Put that day back.", t.CutOver.Words())
	case err != nil:
		return refuse(CodeValidation, "Enter the cut-over day as a date, for example %s.", today)
	case today.AddMonths(12).Before(day):
		return refuse(CodeValidation, "%s lies more than a year ahead. Until the cut-over day nothing is billed; enter an earlier one.", day.Words())
	}
	t.CutOver = day
	return nil
}
