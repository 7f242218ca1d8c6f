package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
)

// CustomerEdit is the page that changes what is known of a customer.
type CustomerEdit struct {
	// Customer is the customer as it is, and Groups how many billing groups it has.
	Customer billing.Customer
	Groups   int
	Tenant   billing.Tenant
	Form     CustomerForm
	// Was is what the fields were when the form was made.
	Was url.Values
	// Changes are what was done since, and Meanwhile what the fields hold by now that
	// were changed here too.
	Changes   []ActivityLine
	Meanwhile Meanwhile
	Problems  Problems
}

// CustomerForm is what was typed. Every field is named after the path of the domain's
// problems with it.
type CustomerForm struct {
	// Version tells when the customer had last been changed as the form was made.
	Version string

	Type, Status, Company, FirstName, LastName string

	Email, Phone, Street, PostalCode, City, Country string

	VATID, VATTreatment string
	// Terms is "own" or "unit"; PaymentTerms are the customer's own, in days.
	Terms, PaymentTerms string
}

// The answers to the question whose payment terms hold.
const (
	OwnTerms  = "own"
	UnitTerms = "unit"
)

// NewCustomerForm is the form as it is first shown.
func NewCustomerForm(c billing.Customer) CustomerForm {
	f := CustomerForm{
		Version: CustomerVersion(c), Type: string(c.Type), Status: string(c.Status), Company: c.Company, FirstName: c.FirstName, LastName: c.LastName,
		Email: c.Email, Phone: c.Phone, Street: c.Address.Street, PostalCode: c.Address.PostalCode, City: c.Address.City, Country: c.Address.Country,
		VATID: c.VATID, VATTreatment: string(c.VATTreatment), Terms: UnitTerms,
	}
	if c.PaymentTerms != nil {
		f.Terms, f.PaymentTerms = OwnTerms, strconv.Itoa(*c.PaymentTerms)
	}
	return f
}

// Fields are the form's fields, by name.
func (f *CustomerForm) Fields() map[string]*string {
	return map[string]*string{
		"type": &f.Type, "status": &f.Status, "company": &f.Company, "firstName": &f.FirstName, "lastName": &f.LastName,
		"email": &f.Email, "phone": &f.Phone, "street": &f.Street, "postalCode": &f.PostalCode, "city": &f.City, "country": &f.Country,
		"vatId": &f.VATID, "vatTreatment": &f.VATTreatment, "terms": &f.Terms, "paymentTerms": &f.PaymentTerms,
	}
}

// CustomerVersion is the version of a customer, as a form carries it.
func CustomerVersion(c billing.Customer) string {
	return strconv.FormatInt(c.UpdatedAt.UnixMilli(), 10)
}

// beside is all that is said beside the fields.
func (e CustomerEdit) beside() Problems {
	return e.Meanwhile.beside(e.Problems, func(field, value string) string {
		if field == "terms" && e.Customer.PaymentTerms != nil {
			return Terms(*e.Customer.PaymentTerms)
		}
		for _, c := range []ChoicesArgs{e.types(), e.statuses(), e.treatments(), e.terms()} {
			if i := slices.IndexFunc(c.Options, func(o Choice) bool { return c.ID == field && o.Value == strings.TrimSpace(value) }); i >= 0 {
				return c.Options[i].Label
			}
		}
		return value
	})
}

func (e CustomerEdit) types() ChoicesArgs {
	args := ChoicesArgs{ID: "type", Label: "Type", Value: e.Form.Type, Options: []Choice{
		{string(billing.Business), "Business", "It can have billing groups."},
		{string(billing.Individual), "Private person", "Every subscription is billed alone."},
	}}
	if e.Groups > 0 && e.Customer.Type == billing.Business {
		args.Hint = "It has " + Plural(e.Groups, "billing group", "billing groups") + ", so it has to stay a business until " + Word(e.Groups, "that is", "these are") + " deleted."
	}
	return args
}

func (e CustomerEdit) statuses() ChoicesArgs {
	return ChoicesArgs{ID: "status", Label: "Status", Value: e.Form.Status, Options: []Choice{
		{string(billing.CustomerActive), "Active", ""},
		{string(billing.CustomerInactive), "Inactive", "It can get no new billing group. Its running contracts are still billed."},
	}}
}

func (e CustomerEdit) treatments() ChoicesArgs {
	standard := "As the business unit bills: " + vatNote(e.Tenant.VAT) + "."
	return ChoicesArgs{ID: "vatTreatment", Label: "VAT", Value: e.Form.VATTreatment, Options: []Choice{
		{string(billing.VATStandard), "Standard", standard},
		{string(billing.VATReverseCharge), "Reverse charge", "Billed without VAT: the customer owes it."},
		{string(billing.VATExempt), "Exempt", "Billed without VAT."},
	}}
}

func (e CustomerEdit) terms() ChoicesArgs {
	unit := e.Tenant.PaymentTerms
	return ChoicesArgs{ID: "terms", Label: "Payment terms", Value: e.Form.Terms, Options: []Choice{
		{UnitTerms, "The business unit’s: " + Terms(unit), "A private person is due at once."},
		{OwnTerms, "The customer’s own", ""},
	}}
}
