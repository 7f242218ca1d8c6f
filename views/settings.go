package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
)

// Settings is the page of the business unit's settings.
type Settings struct {
	// Tenant is the business unit as it is.
	Tenant billing.Tenant
	// Today is its business day.
	Today billing.Date
	// NextInvoice and NextCreditNote are the numbers that come next, as typed.
	NextInvoice, NextCreditNote string
	// MayChange tells whether the user may change anything.
	MayChange bool

	Form SettingsForm
	// Was is what the fields were when the form was made.
	Was url.Values
	// Changes are what was done since, and Meanwhile what the fields hold by now that
	// were changed here too.
	Changes   []ActivityLine
	Meanwhile Meanwhile
	Problems  Problems
	// Asks are what has to be confirmed before anything is saved.
	Asks []SettingsAsk
}

// SettingsAsk is something that follows from a change, and that an owner confirms by
// saving once more.
type SettingsAsk struct {
	// Key tells what was asked about.
	Key string
	// Sentences say what follows.
	Sentences []string
}

// SettingsForm is what was typed. Every field is named after the path of the domain's
// problems with it.
type SettingsForm struct {
	// Version is that of the settings the form was made from.
	Version string

	Name, SellerName, Street, PostalCode, City, Country string

	VATID, TaxNumber, Email, Phone, Bank, IBAN, BIC string

	InvoicePrefix, Terms, VATMode, VATRate, Zone, CutOver string
	// AddressRequired, Automatic and TwoFactorRequired are "yes" or "no".
	AddressRequired, Automatic, TwoFactorRequired string
}

// The answers to a question of yes or no.
const (
	Yes = "yes"
	No  = "no"
)

// NewSettingsForm is the form as it is first shown.
func NewSettingsForm(t billing.Tenant) SettingsForm {
	s := t.Seller
	return SettingsForm{
		Version: strconv.Itoa(t.Version), Name: t.Name, SellerName: s.Name, Street: s.Address.Street, PostalCode: s.Address.PostalCode, City: s.Address.City, Country: s.Address.Country,
		VATID: s.VATID, TaxNumber: s.TaxNumber, Email: s.Email, Phone: s.Phone, Bank: s.Bank, IBAN: fours(s.IBAN), BIC: s.BIC,
		InvoicePrefix: t.InvoicePrefix, Terms: strconv.Itoa(t.PaymentTerms), VATMode: string(t.VAT.Mode), VATRate: vatRate(t.VAT), Zone: t.Zone.String(), CutOver: t.CutOver.String(),
		AddressRequired: yesNo(t.AddressRequired), Automatic: yesNo(t.Automatic), TwoFactorRequired: yesNo(t.TwoFactorRequired),
	}
}

// Fields are the form's fields, by name.
func (f *SettingsForm) Fields() map[string]*string {
	return map[string]*string{
		"name": &f.Name, "sellerName": &f.SellerName, "street": &f.Street, "postalCode": &f.PostalCode, "city": &f.City, "country": &f.Country,
		"vatId": &f.VATID, "taxNumber": &f.TaxNumber, "email": &f.Email, "phone": &f.Phone, "bank": &f.Bank, "iban": &f.IBAN, "bic": &f.BIC,
		"invoicePrefix": &f.InvoicePrefix, "terms": &f.Terms, "vatMode": &f.VATMode, "vatRate": &f.VATRate, "timezone": &f.Zone, "cutOver": &f.CutOver,
		"addressRequired": &f.AddressRequired, "automatic": &f.Automatic, "twoFactorRequired": &f.TwoFactorRequired,
	}
}

// settingsFields are the fields in the order of the page.
var settingsFields = []string{"name", "sellerName", "street", "postalCode", "city", "country", "email", "phone", "vatId", "taxNumber", "bank", "iban", "bic",
	"invoicePrefix", "terms", "vatMode", "vatRate", "timezone", "cutOver", "addressRequired", "automatic", "twoFactorRequired"}

// summary is what is wrong, in the order of the page.
func (e Settings) summary() Problems {
	return slices.SortedStableFunc(slices.Values(e.Problems), func(a, b billing.Problem) int {
		return slices.Index(settingsFields, a.Path) - slices.Index(settingsFields, b.Path)
	})
}

// vatRate writes the rate for the form, which is blank without VAT.
func vatRate(v billing.VAT) string {
	if v.Mode == billing.VATNone {
		return ""
	}
	return v.Percent()
}

func yesNo(b bool) string {
	if b {
		return Yes
	}
	return No
}

// confirmed is what the form confirms when it is sent once more.
func (e Settings) confirmed() url.Values {
	keys := make(url.Values)
	for _, ask := range e.Asks {
		keys.Add("confirmed", ask.Key)
	}
	return keys
}

func (e Settings) verb() string {
	if len(e.Asks) > 0 {
		return "Save all the same"
	}
	return "Save settings"
}

// beside is all that is said beside the fields.
func (e Settings) beside() Problems {
	return e.Meanwhile.beside(e.Problems, func(field, value string) string {
		value = strings.TrimSpace(value)
		switch field {
		case "vatMode":
			return vatNote(e.Tenant.VAT)
		case "terms":
			return termsLabel(value)
		}
		for _, c := range []ChoicesArgs{e.addresses(), e.automatic(), e.twoFactor()} {
			if i := slices.IndexFunc(c.Options, func(o Choice) bool { return c.ID == field && o.Value == value }); i >= 0 {
				return c.Options[i].Label
			}
		}
		return value
	})
}

func (e Settings) vatModes() ChoicesArgs {
	return ChoicesArgs{ID: "vatMode", Label: "VAT on monthly amounts", Value: e.Form.VATMode, Options: vatModes}
}

func (e Settings) addresses() ChoicesArgs {
	return ChoicesArgs{ID: "addressRequired", Label: "Customers without a complete address", Value: e.Form.AddressRequired, Options: []Choice{
		{No, "Bill them", "Their invoices have a name and no address."},
		{Yes, "Set their invoices aside", "They are billed once street, city and country are known."},
	}}
}

func (e Settings) automatic() ChoicesArgs {
	return ChoicesArgs{ID: "automatic", Label: "Automatic billing", Value: e.Form.Automatic, Options: []Choice{
		{No, "Off", "What is due waits until somebody starts the billing run."},
		{Yes, "On", "Every hour, the server issues what is due. An issued invoice can’t be unmade."},
	}}
}

func (e Settings) twoFactor() ChoicesArgs {
	return ChoicesArgs{ID: "twoFactorRequired", Label: "Two-factor sign-in", Value: e.Form.TwoFactorRequired, Options: []Choice{
		{No, "Everybody decides", "Each person can switch it on under “Your account”."},
		{Yes, "Required", "Who has none sets it up before anything else. API keys are not asked for one."},
	}}
}

// calendarNote says what today is, and what can't be moved.
func (e Settings) calendarNote() string {
	note := "Today is " + FormatWeekday(e.Today) + ". "
	switch {
	case !e.Tenant.LastIssued.IsZero():
		return note + "Another time zone never takes the day back behind the last invoice, " + FormatDate(e.Tenant.LastIssued) + ". The cut-over day stays as it is from the first invoice on."
	case e.Tenant.CutOver.IsZero():
		return note + "A blank cut-over day becomes the day the first subscription is taken in."
	}
	return note + "The cut-over day can be moved until the first invoice is issued."
}

// numbers says what comes next.
func (e Settings) numbers() string {
	return "Next come invoice " + e.NextInvoice + " and credit note " + e.NextCreditNote + "."
}

// termsLabel answers how payment terms are called where they are chosen.
func termsLabel(days string) string {
	for _, o := range termOptions() {
		if o.Value == days {
			return o.Label
		}
	}
	return days
}

// fact is something that the page tells those who may not change it.
type fact struct{ name, value string }

// sellerFacts are what is printed on invoices about who sends them.
func (e Settings) sellerFacts() []fact {
	s := e.Tenant.PrintedSeller()
	return known(fact{"Business unit", e.Tenant.Name}, fact{"Name on invoices", s.Name}, fact{"Address", strings.Join(addressLines(s.Address), ", ")},
		fact{"E-mail", s.Email}, fact{"Phone", s.Phone}, fact{"VAT id", s.VATID}, fact{"Tax number", s.TaxNumber},
		fact{"Bank", s.Bank}, fact{"IBAN", fours(s.IBAN)}, fact{"BIC", s.BIC})
}

// ruleFacts are how the business unit bills.
func (e Settings) ruleFacts() []fact {
	pick := func(c ChoicesArgs) string {
		i := slices.IndexFunc(c.Options, func(o Choice) bool { return o.Value == c.Value })
		return c.Options[i].Label
	}
	t := e.Tenant
	return known(fact{"Next invoice", e.NextInvoice}, fact{"Next credit note", e.NextCreditNote}, fact{"Payment terms", upperFirst(Terms(t.PaymentTerms))},
		fact{"VAT", upperFirst(vatNote(t.VAT))}, fact{"Currency", string(t.Currency)}, fact{"Time zone", t.Zone.String()}, fact{"Cut-over day", FormatDate(t.CutOver)},
		fact{"Customers without a complete address", pick(e.addresses())}, fact{"Automatic billing", pick(e.automatic())}, fact{"Two-factor sign-in", pick(e.twoFactor())})
}

// known leaves out what there is nothing to say about.
func known(facts ...fact) []fact {
	return slices.DeleteFunc(facts, func(f fact) bool { return f.value == "" })
}
