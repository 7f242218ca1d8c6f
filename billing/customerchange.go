package billing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The types, states and VAT treatments that a customer can have.
var (
	CustomerTypes    = []CustomerType{Business, Individual}
	CustomerStatuses = []CustomerStatus{CustomerActive, CustomerInactive}
	VATTreatments    = []VATTreatment{VATStandard, VATReverseCharge, VATExempt}
)

// CustomerChange is what somebody asks to change about a customer. What is nil stays;
// a text of "" is cleared.
type CustomerChange struct {
	Type   *CustomerType
	Status *CustomerStatus

	Company, FirstName, LastName, Email, Phone *string

	Street, PostalCode, City, Country *string

	VATID        *string
	VATTreatment *VATTreatment
	// PaymentTerms are the customer's own, in days; nil stays and a pointer to nil
	// takes them away.
	PaymentTerms **int
}

// NewCustomer decides whether a customer can be taken in, and answers it: active, a
// business where a company is given, else a person, unless the input says otherwise.
// It refuses as [Customer.Change] does.
func NewCustomer(id string, in CustomerChange) (Customer, error) {
	c := Customer{ID: id, Type: Individual, Status: CustomerActive, VATTreatment: VATStandard}
	problems := append(idProblems("customer", id), c.apply(in)...)
	if err := Refuse(problems); err != nil {
		return Customer{}, err
	}
	return c, nil
}

// Change decides a change of a customer, who has billing groups or not. A company that
// is told anew makes a business of a person, as in an import, unless the type is told too.
//
// It finds all problems at once: VALIDATION_ERROR with path type, status, company,
// firstName, lastName, email, phone, street, postalCode, city, country, vatId,
// vatTreatment or paymentTerms, and CUSTOMER_HAS_GROUPS with path type. A refused
// customer is answered as it was; one that nothing changes about compares equal.
func (c Customer) Change(in CustomerChange, hasGroups bool) (Customer, error) {
	after := c
	problems := after.apply(in)
	if hasGroups && after.Type == Individual && c.Type != Individual {
		problems = append(problems, Problem{Path: "type", Code: CodeCustomerHasGroups,
			Message: c.Name() + " has billing groups, so it has to stay a business. Delete its groups first."})
	}
	if err := Refuse(problems); err != nil {
		return c, err
	}
	return after, nil
}

// apply puts what is told on the customer, and finds what is wrong with it.
func (c *Customer) apply(in CustomerChange) (problems []Problem) {
	company := c.Company
	for _, text := range []struct {
		path, what string
		told       *string
		field      *string
	}{
		{"company", "company", in.Company, &c.Company},
		{"firstName", "first name", in.FirstName, &c.FirstName},
		{"lastName", "last name", in.LastName, &c.LastName},
		{"phone", "phone number", in.Phone, &c.Phone},
		{"street", "street", in.Street, &c.Address.Street},
		{"postalCode", "postal code", in.PostalCode, &c.Address.PostalCode},
		{"city", "city", in.City, &c.Address.City},
		{"country", "country", in.Country, &c.Address.Country},
		{"vatId", "VAT id", in.VATID, &c.VATID},
	} {
		problems = append(problems, takeText(text.path, text.what, text.told, text.field, maxExportText)...)
	}
	problems = append(problems, c.applyEmail(in.Email)...)
	if in.Type == nil && c.Company != "" && c.Company != company {
		c.Type = Business
	}
	problems = append(problems, takeOneOf("type", "type", in.Type, &c.Type, CustomerTypes)...)
	problems = append(problems, takeOneOf("status", "status", in.Status, &c.Status, CustomerStatuses)...)
	problems = append(problems, takeOneOf("vatTreatment", "VAT treatment", in.VATTreatment, &c.VATTreatment, VATTreatments)...)
	return append(problems, c.applyTerms(in.PaymentTerms)...)
}

func (c *Customer) applyEmail(told *string) []Problem {
	if told == nil {
		return nil
	}
	if strings.TrimSpace(*told) == "" {
		c.Email = ""
		return nil
	}
	email, err := ParseEmail(*told)
	if err != nil {
		return []Problem{{Path: "email", Code: CodeValidation, Message: err.Error() + "."}}
	}
	c.Email = email
	return nil
}

// applyTerms keeps the pointer where the days stay, so that a customer that nothing
// changes about compares equal.
func (c *Customer) applyTerms(told **int) []Problem {
	switch {
	case told == nil || *told != nil && c.PaymentTerms != nil && **told == *c.PaymentTerms:
		return nil
	case *told != nil && (**told < 0 || **told > MaxPaymentTerms):
		return []Problem{{Path: "paymentTerms", Code: CodeValidation, Message: fmt.Sprintf("Enter payment terms from 0 to %d days, or none.", MaxPaymentTerms)}}
	}
	c.PaymentTerms = *told
	return nil
}

// takeText puts a one-line text on a field where it is told, without the space around it.
func takeText(path, what string, told, field *string, limit int) []Problem {
	if told == nil {
		return nil
	}
	text := strings.TrimSpace(*told)
	if err := checkLine(text, limit); err != nil {
		return []Problem{{Path: path, Code: CodeValidation, Message: fmt.Sprintf("Correct the %s: %s.", what, err)}}
	}
	*field = text
	return nil
}

// takeOneOf puts a value on a field where it is told, and is one of those there are.
func takeOneOf[T ~string](path, what string, told, field *T, known []T) []Problem {
	if told == nil {
		return nil
	}
	if !slices.Contains(known, *told) {
		return []Problem{{Path: path, Code: CodeValidation, Message: fmt.Sprintf("Choose %s as the %s.", alternatives(known), what)}}
	}
	*field = *told
	return nil
}

// alternatives names values to choose from: "active or inactive".
func alternatives[T ~string](values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// idProblems says what is wrong with the id of something that is taken in.
func idProblems(path, id string) []Problem {
	err := checkLine(id, maxExportID)
	switch {
	case strings.TrimSpace(id) == "":
		err = errors.New("it can't be blank")
	case err == nil && strings.TrimSpace(id) != id:
		err = errors.New("it begins or ends with a space")
	case err == nil && (id == "." || id == ".."):
		err = errors.New("browsers read it as a part of an address")
	}
	if err == nil {
		return nil
	}
	return []Problem{{Path: path, Code: CodeValidation, Message: fmt.Sprintf("Correct the id: %s.", err)}}
}
