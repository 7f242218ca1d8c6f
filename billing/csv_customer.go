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
	told[customerIDColumn] = c.id(customerIDColumn)
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

// TakeIn answers the customer as it is first taken in: see [NewCustomer]. Nothing is
// refused, as the cells were checked when they were read.
func (c *ExportCustomer) TakeIn() Customer {
	customer, _ := NewCustomer(c.ID, c.change())
	return customer
}

// Merge brings a known customer up to date: see [Customer.Change]. What the export
// doesn't tell stays. It makes nobody a person, so that it makes no difference whether
// the customer has billing groups.
func (c *ExportCustomer) Merge(known Customer) Customer {
	merged, _ := known.Change(c.change(), true)
	return merged
}

// change is what the rows tell, in the words of the rules.
func (c *ExportCustomer) change() CustomerChange {
	told := func(col column) *string {
		if text := c.text(col); text != "" {
			return &text
		}
		return nil
	}
	in := CustomerChange{
		Company: told(companyColumn), Email: told(customerEmailColumn), VATID: told(vatIDColumn),
		Street: told(streetColumn), PostalCode: told(postalCodeColumn), City: told(cityColumn), Country: told(countryColumn),
	}
	if name := told(customerNameColumn); name != nil {
		first, last := splitName(*name)
		in.FirstName, in.LastName = &first, &last
	}
	if days, err := strconv.Atoi(c.text(paymentTermsColumn)); err == nil {
		terms := &days
		in.PaymentTerms = &terms
	}
	return in
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
