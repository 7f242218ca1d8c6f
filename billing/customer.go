package billing

import (
	"strings"
	"time"
)

// CustomerType tells a company from a person.
type CustomerType string

// The types of customer. Only a business can have billing groups.
const (
	Business   CustomerType = "business"
	Individual CustomerType = "individual"
)

// CustomerStatus tells whether a customer can get new billing groups.
type CustomerStatus string

// The states of a customer. The running contracts of an inactive one are still billed.
const (
	CustomerActive   CustomerStatus = "active"
	CustomerInactive CustomerStatus = "inactive"
)

// VATTreatment says whether VAT is charged to a customer.
type VATTreatment string

// The VAT treatments.
const (
	VATStandard      VATTreatment = "standard"
	VATReverseCharge VATTreatment = "reverse charge"
	VATExempt        VATTreatment = "exempt"
)

// MaxPaymentTerms is the longest time to pay that a customer can have, in days.
const MaxPaymentTerms = 365

// Address is where a customer's invoices are addressed to.
type Address struct {
	Street, PostalCode, City, Country string
}

// Complete tells whether a letter would arrive.
func (a Address) Complete() bool { return a.Street != "" && a.City != "" && a.Country != "" }

// Customer is who is billed.
type Customer struct {
	ID      string
	Type    CustomerType
	Status  CustomerStatus
	Company string

	FirstName, LastName, Email, Phone string

	Address      Address
	VATID        string
	VATTreatment VATTreatment
	// PaymentTerms are the customer's own, in days; nil where it has none.
	PaymentTerms *int

	// CreatedBy is the id of the user or key that took it in, or "import".
	CreatedBy string

	CreatedAt, UpdatedAt time.Time
}

// Name answers how the customer is called: the company, else the person, else the
// e-mail address, else the id.
func (c Customer) Name() string {
	if c.Company != "" {
		return c.Company
	}
	if person := strings.TrimSpace(c.FirstName + " " + c.LastName); person != "" {
		return person
	}
	if c.Email != "" {
		return c.Email
	}
	return c.ID
}

// Terms answers the days the customer has to pay: its own terms, else the
// tenant's. A person without terms of their own is due at once.
func (c Customer) Terms(t Tenant) int {
	switch {
	case c.PaymentTerms != nil:
		return *c.PaymentTerms
	case c.Type == Individual:
		return 0
	default:
		return t.PaymentTerms
	}
}
