package views

import (
	"strconv"

	"billfold/billing"
)

// CustomerEdit is the page that changes what is known of a customer.
type CustomerEdit struct {
	// Customer is the customer as it is, and Groups how many billing groups it has.
	Customer billing.Customer
	Groups   int
	Tenant   billing.Tenant
	Form     CustomerForm
	Changes  []ActivityLine
	Problems Problems
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

// CustomerVersion is the version of a customer, as a form carries it.
func CustomerVersion(c billing.Customer) string {
	return strconv.FormatInt(c.UpdatedAt.UnixMilli(), 10)
}

func (e CustomerEdit) types() ChoicesArgs {
	args := ChoicesArgs{ID: "type", Label: "Type", Value: e.Form.Type, Error: e.Problems.On("type"), Options: []Choice{
		{string(billing.Business), "Business", "It can have billing groups."},
		{string(billing.Individual), "Private person", "Every subscription is billed alone."},
	}}
	if e.Groups > 0 && e.Customer.Type == billing.Business {
		args.Hint = "It has " + Plural(e.Groups, "billing group", "billing groups") + ", so it has to stay a business until " + Word(e.Groups, "that is", "these are") + " deleted."
	}
	return args
}

func (e CustomerEdit) statuses() ChoicesArgs {
	return ChoicesArgs{ID: "status", Label: "Status", Value: e.Form.Status, Error: e.Problems.On("status"), Options: []Choice{
		{string(billing.CustomerActive), "Active", ""},
		{string(billing.CustomerInactive), "Inactive", "It can get no new billing group. Its running contracts are still billed."},
	}}
}

func (e CustomerEdit) treatments() ChoicesArgs {
	standard := "As the business unit bills: " + vatNote(e.Tenant.VAT) + "."
	return ChoicesArgs{ID: "vatTreatment", Label: "VAT", Value: e.Form.VATTreatment, Error: e.Problems.On("vatTreatment"), Options: []Choice{
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
