package billing

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ExportCustomer is what the rows of an export tell about one customer. Where they
// differ, the row with the latest start counts, and of two that start on one day the
// later one in the file; each cell by itself, as an empty one tells nothing.
type ExportCustomer struct {
	ID   string
	told [len(customerColumns)]toldText
}

// toldText is one cell and the start of the contract whose row told it. The day is a
// number that compares as dates do: a large export has a great many of these.
type toldText struct {
	text  string
	start int32
}

// customerColumns are the columns that tell about a customer, besides its id.
var customerColumns = [...]column{
	customerEmailColumn, customerNameColumn, companyColumn, vatIDColumn,
	streetColumn, postalCodeColumn, cityColumn, countryColumn, paymentTermsColumn,
}

// customer reads the cells about the row's customer.
func (c cells) customer() (told [columnCount]string) {
	told[customerIDColumn] = c.value(customerIDColumn, maxExportID, true)
	for _, col := range customerColumns {
		told[col] = c.text(col, maxExportText)
	}
	if s := told[customerEmailColumn]; s != "" {
		email, err := ParseEmail(s)
		if err != nil {
			c.refuse(customerEmailColumn, err.Error()+".")
		}
		told[customerEmailColumn] = email
	}
	if told[paymentTermsColumn] != "" {
		told[paymentTermsColumn] = strconv.Itoa(c.number(paymentTermsColumn, 0, MaxPaymentTerms, false))
	}
	return told
}

// customerOf answers the export's customer with an id.
func (p *exportParser) customerOf(id string) *ExportCustomer {
	c, known := p.customers[id]
	if !known {
		c = &ExportCustomer{ID: strings.Clone(id)}
		p.customers[c.ID] = c
		p.export.Customers = append(p.export.Customers, c)
	}
	return c
}

// tell takes in what a row says about the customer.
func (c *ExportCustomer) tell(row [columnCount]string, start Date) {
	day := int32(start.Year*10000 + int(start.Month)*100 + start.Day)
	for i, col := range customerColumns {
		told := &c.told[i]
		if row[col] == "" || day < told.start {
			continue
		}
		told.start = day
		if told.text != row[col] {
			told.text = strings.Clone(row[col])
		}
	}
}

func (c *ExportCustomer) text(col column) string {
	for i, known := range customerColumns {
		if known == col {
			return c.told[i].text
		}
	}
	return ""
}

// TakeIn answers the customer as it is first taken in: active, a business where any
// row names a company, else a person.
func (c *ExportCustomer) TakeIn() Customer {
	customer, _ := c.Merge(Customer{ID: c.ID, Type: Individual, Status: CustomerActive, VATTreatment: VATStandard})
	return customer
}

// Merge brings a known customer up to date and tells whether anything changed. What
// the export doesn't tell stays. A company makes a business of a person; a business
// stays one, since it may have billing groups.
func (c *ExportCustomer) Merge(known Customer) (Customer, bool) {
	merged := known
	update := func(field *string, col column) {
		if text := c.text(col); text != "" {
			*field = text
		}
	}
	update(&merged.Company, companyColumn)
	update(&merged.Email, customerEmailColumn)
	update(&merged.VATID, vatIDColumn)
	update(&merged.Address.Street, streetColumn)
	update(&merged.Address.PostalCode, postalCodeColumn)
	update(&merged.Address.City, cityColumn)
	update(&merged.Address.Country, countryColumn)
	if name := c.text(customerNameColumn); name != "" {
		merged.FirstName, merged.LastName = splitName(name)
	}
	if c.text(companyColumn) != "" {
		merged.Type = Business
	}
	if days, err := strconv.Atoi(c.text(paymentTermsColumn)); err == nil && (known.PaymentTerms == nil || *known.PaymentTerms != days) {
		merged.PaymentTerms = &days
	}
	return merged, merged != known
}

// splitName takes a person's name apart: the last word is the last name, together
// with the words in lower case that lead it, as in "Ludwig van Beethoven". A single
// word is a first name.
func splitName(name string) (first, last string) {
	words := strings.Fields(name)
	cut := len(words) - 1
	if cut < 1 {
		return name, ""
	}
	for cut > 1 && startsLower(words[cut-1]) {
		cut--
	}
	return strings.Join(words[:cut], " "), strings.Join(words[cut:], " ")
}

func startsLower(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLower(r)
}
